"""Names of covariates and measures as a sentence writes them."""

COVARIATES = {
    "depth": "sequencing depth",
    "mirna_share": "the share of miRNA in the library",
    "haemolysis_h1": "haemolysis (miR-451a over miR-23a-3p)",
    "haemolysis_h2": "haemolysis (20 miRNAs)",
    "platelet": "platelets",
    "blood_cells": "blood cells (haemolysis and platelets)",
    "matched_pairs": "age and sex, by matching",
    "storage_time": "storage time",
}
METHODS = {"edger": "edgeR", "limma": "limma"}


def covariate_name(covariate: str) -> str:
    """Return the name of a covariate for a sentence; a column of the sheet keeps its own."""
    return COVARIATES.get(covariate, covariate)
