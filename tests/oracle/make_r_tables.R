# What R says of the small cohort: Rscript tests/oracle/make_r_tables.R tests/oracle
#
# On Debian 12: apt-get install r-bioc-edger r-bioc-limma r-cran-statmod
# (edgeR 3.40.2, limma 3.54.1). The versions are written beside the tables.

suppressPackageStartupMessages({
    library(limma)
    library(edgeR)
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

save_table <- function(table, name) {
    table <- data.frame(mirna = rownames(table), format(table, digits = 8, trim = TRUE))
    write.table(table, file.path(here, name), sep = "\t", quote = FALSE, row.names = FALSE)
}
save_table(edger, "r_edger.tsv")
save_table(limma[, c("logFC", "CI.L", "CI.R", "P.Value", "adj.P.Val")], "r_limma.tsv")
save_table(data.frame(factor = data$samples$norm.factors, row.names = colnames(data)), "r_tmm.tsv")
writeLines(
    sprintf("%s %s", c("R", "edgeR", "limma"),
        c(as.character(getRversion()), as.character(packageVersion("edgeR")), as.character(packageVersion("limma")))),
    file.path(here, "r_versions.txt")
)
