# Whether R says the same of GSE71008 as a run from its counts: Rscript tests/oracle/check_gse71008.R RUN COUNTS
#
# RUN is a folder with config/samples.tsv and results/ of the three contrasts of docs/real-data.md,
# COUNTS the matrix. Packages as for make_r_tables.R.

suppressPackageStartupMessages(library(edgeR))

given <- commandArgs(trailingOnly = TRUE)
counts <- as.matrix(read.delim(given[2], row.names = 1, check.names = FALSE))
samples <- read.delim(file.path(given[1], "config/samples.tsv"), row.names = 1, colClasses = "character")
samples <- samples[colnames(counts), ]
samples$age <- as.numeric(samples$age)
samples$condition <- factor(samples$condition, levels = c("healthy", "colorectal"))
samples$level <- ifelse(samples$stage == "", 0, as.numeric(samples$stage))
made <- samples$batch != ""
names <- read.delim(file.path(given[1], "results/counts/imported_names.tsv"), quote = "")
feature <- setNames(names$feature, names$name)

compare <- function(contrast, used, formula, group) {
    sheet <- droplevels(samples[used, ])
    design <- model.matrix(formula, sheet)
    data <- DGEList(counts[, used])
    data <- data[filterByExpr(data, group = sheet[[group]]), , keep.lib.sizes = FALSE]
    data <- calcNormFactors(data)
    fit <- glmQLFit(estimateDisp(data, design, robust = TRUE), design, robust = TRUE)
    edger <- topTags(glmQLFTest(fit), n = Inf, sort.by = "none")$table
    limma <- topTable(eBayes(lmFit(voom(data, design), design)), coef = ncol(design), n = Inf, sort.by = "none")
    path <- file.path(given[1], "results/differential_expression", paste0(contrast, ".tsv"))
    ours <- read.delim(path)
    ours <- ours[match(feature[rownames(data)], ours$mirna), ]
    stopifnot(!anyNA(ours$mirna), nrow(ours) == nrow(data))
    cat(sprintf(
        "%s: %d libraries, %d miRNAs; largest difference of log2 fold change %.1g (edgeR) %.1g (limma); q <= 0.05: %d and %d, ours %d and %d, in both %d\n",
        contrast, ncol(data), nrow(data),
        max(abs(ours$edger_log2fc - edger$logFC)), max(abs(ours$limma_log2fc - limma$logFC)),
        sum(edger$FDR <= 0.05), sum(limma$adj.P.Val <= 0.05),
        sum(ours$edger_q <= 0.05), sum(ours$limma_q <= 0.05),
        sum(edger$FDR <= 0.05 & limma$adj.P.Val <= 0.05)))
}

compare("crc", made, ~ batch + age + sex + condition, "condition")
compare("stages", made, ~ batch + age + sex + level, "level")
compare("metastatic", made & samples$level %in% c(1, 4), ~ batch + age + sex + factor(level), "level")
