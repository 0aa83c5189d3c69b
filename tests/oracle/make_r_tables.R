# What R says of the small cohort: Rscript tests/oracle/make_r_tables.R tests/oracle
#
# On Debian 12: apt-get install r-bioc-edger r-bioc-limma r-bioc-deseq2 r-cran-statmod
# (edgeR 3.40.2, limma 3.54.1, DESeq2 1.38.3). The versions are written beside the tables.

suppressPackageStartupMessages({
    library(limma)
    library(edgeR)
    library(DESeq2)
})

here <- commandArgs(trailingOnly = TRUE)[1]
counts <- as.matrix(read.delim(file.path(here, "counts.tsv"), row.names = 1))
samples <- read.delim(file.path(here, "samples.tsv"), row.names = 1, colClasses = c(batch = "character"))
condition <- factor(samples$condition, levels = c("healthy", "tumour"))
design <- model.matrix(~ batch + age + condition, samples)

data <- DGEList(counts)
data <- data[filterByExpr(data, group = condition), , keep.lib.sizes = FALSE]
data <- calcNormFactors(data)

fit <- glmQLFit(estimateDisp(data, design, robust = TRUE), design, robust = TRUE)
test <- glmQLFTest(fit)
edger <- topTags(test, n = Inf, sort.by = "none")$table
edger$df_total <- test$df.total

voomed <- eBayes(lmFit(voom(data, design), design))
limma <- topTable(voomed, coef = ncol(design), n = Inf, sort.by = "none", confint = TRUE)

treated <- topTreat(treat(lmFit(voom(data, design), design), lfc = 0.26),
    coef = ncol(design), n = Inf, sort.by = "none")

# Against the trend and the filters that PyDESeq2 is asked for: positive counts, no filter of its own.
wald <- DESeqDataSetFromMatrix(round(data$counts), samples, design)
wald <- DESeq(wald, sfType = "poscounts", quiet = TRUE)
deseq <- as.data.frame(results(wald, independentFiltering = FALSE))

save_table <- function(table, name) {
    table <- data.frame(mirna = rownames(table), format(table, digits = 8, trim = TRUE))
    write.table(table, file.path(here, name), sep = "\t", quote = FALSE, row.names = FALSE)
}
save_table(edger, "r_edger.tsv")
save_table(limma[, c("logFC", "CI.L", "CI.R", "P.Value", "adj.P.Val")], "r_limma.tsv")
save_table(treated[, c("logFC", "P.Value")], "r_treat.tsv")
save_table(deseq[, c("log2FoldChange", "lfcSE", "pvalue", "padj")], "r_deseq2.tsv")
save_table(data.frame(factor = data$samples$norm.factors, row.names = colnames(data)), "r_tmm.tsv")
writeLines(
    sprintf("%s %s", c("R", "edgeR", "limma", "DESeq2"),
        c(as.character(getRversion()), sapply(c("edgeR", "limma", "DESeq2"),
            function(name) as.character(packageVersion(name))))),
    file.path(here, "r_versions.txt")
)
