"""Panel: how well do the miRNAs separate people whom no model has seen?

Needs  <results>/differential_expression/{contrast}.{tsv,json}
       <results>/counts/{mirna_counts,features}.tsv, <results>/quality/samples.tsv
       resources/knowledge/
       another cohort's counts and sheet, if the configuration names them
Makes  <results>/panels/{contrast}.json           AUCs, permutations, stability, baselines
       <results>/panels/{contrast}/*.tsv          single miRNAs, folds, scores, curves
       <results>/panels/{contrast}/bundle.json    the frozen panel
       <results>/validation/{contrast}.{json,tsv} what it says of the other cohort
"""


rule train_panel:
    """Judge single miRNAs out of fold; train a panel, test it in nested folds, and freeze it."""
    input:
        samples=STUDY.config["samples"],
        contrasts=STUDY.config["contrasts"],
        counts="<results>/counts/mirna_counts.tsv",
        features="<results>/counts/features.tsv",
        quality="<results>/quality/samples.tsv",
        table="<results>/differential_expression/{contrast}.tsv",
        record="<results>/differential_expression/{contrast}.json",
    output:
        record="<results>/panels/{contrast}.json",
        markers="<results>/panels/{contrast}/markers.tsv",
        folds="<results>/panels/{contrast}/folds.tsv",
        stability="<results>/panels/{contrast}/stability.tsv",
        roc="<results>/panels/{contrast}/roc.tsv",
        scores="<results>/panels/{contrast}/scores.tsv",
        permutations="<results>/panels/{contrast}/permutations.tsv",
        bundle="<results>/panels/{contrast}/bundle.json",
    log:
        "<logs>/train_panel/{contrast}.log",
    benchmark:
        "<benchmarks>/train_panel/{contrast}.tsv"
    conda:
        "../../envs/exosift.yaml"
    threads: 4
    resources:
        mem_mb=4000,
        runtime=120,
    params:
        settings=STUDY.settings("panel"),
        code=fingerprint("train_panel.py"),
    script:
        "../scripts/train_panel.py"


# Beside what stands among the results of the contrasts.
BUNDLES = collect(
    rules.train_panel.output.bundle, contrast=[contrast.name for contrast in STUDY.contrasts]
)


rule validate_panel:
    """Apply a frozen panel once to another cohort; nothing is fitted."""
    input:
        samples=STUDY.config["samples"],
        contrasts=STUDY.config["contrasts"],
        bundle="<results>/panels/{contrast}/bundle.json",
        features="<results>/references/features.tsv",
        name_history=STUDY.config["name_history"] or [],
        other_counts=STUDY.config["validation"]["counts"] or [],
        other_samples=STUDY.config["validation"]["samples"] or [],
    output:
        record="<results>/validation/{contrast}.json",
        scores="<results>/validation/{contrast}.tsv",
    log:
        "<logs>/validate_panel/{contrast}.log",
    conda:
        "../../envs/exosift.yaml"
    params:
        settings=STUDY.settings("panel", "sections.calibration", "design", "quality"),
        code=fingerprint("validate_panel.py"),
    script:
        "../scripts/validate_panel.py"
