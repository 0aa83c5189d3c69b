"""Differential expression: which miRNAs differ between the arms of a contrast?

Needs  <results>/counts/mirna_counts.tsv, <results>/quality/samples.tsv, the sheets
       <results>/quantified/{sample}.json, for what FASTQ headers tell of the design
       <results>/counts/spike_in_counts.tsv, or what `spike_in_counts` names beside `counts`
Makes  <results>/differential_expression/{contrast}.tsv    every tested miRNA, two engines
       <results>/differential_expression/{contrast}.json   verdict, samples, design, warnings
"""

SPIKE_INS = [path for rna, path in zip(CLASSES_BESIDE, CLASS_MATRICES) if rna == "spike_in"]
if STUDY.from_counts:
    SPIKE_INS = [path for path in (STUDY.config["spike_in_counts"],) if path]


rule test_contrast:
    """Judge the design of a contrast, and test it if it can answer."""
    input:
        samples=STUDY.config["samples"],
        contrasts=STUDY.config["contrasts"],
        counts="<results>/counts/mirna_counts.tsv",
        quality="<results>/quality/samples.tsv",
        summaries=SUMMARIES,
        spike_ins=SPIKE_INS,
    output:
        table="<results>/differential_expression/single/{contrast}.tsv",
        record="<results>/differential_expression/single/{contrast}.json",
    log:
        "<logs>/test_contrast/{contrast}.log",
    benchmark:
        "<benchmarks>/test_contrast/{contrast}.tsv"
    conda:
        "../../envs/exosift.yaml"
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        settings=STUDY.settings(
            *("differential_expression", "design", "sections", "candidates.fewest_per_arm"),
            "quality.min_libraries",
            # Quality is held against the arms by a model like that of the panel.
            *(f"panel.{key}" for key in ("seed", "outer_folds", "inner_folds", "bootstraps")),
            *(f"panel.{key}" for key in ("penalties", "l1_ratio", "most_features")),
            "panel.libraries_per_feature",
        ),
        code=fingerprint("test_contrast.py"),
    script:
        "../scripts/test_contrast.py"


if STUDY.contrasts:

    rule adjust_over_contrasts:
        """Correct for all contrasts of the run together, beside each one alone."""
        input:
            tables=collect(
                "<results>/differential_expression/single/{contrast}.tsv",
                contrast=[contrast.name for contrast in STUDY.contrasts],
            ),
            records=collect(
                "<results>/differential_expression/single/{contrast}.json",
                contrast=[contrast.name for contrast in STUDY.contrasts],
            ),
        output:
            tables=collect(
                "<results>/differential_expression/{contrast}.tsv",
                contrast=[contrast.name for contrast in STUDY.contrasts],
            ),
            records=collect(
                "<results>/differential_expression/{contrast}.json",
                contrast=[contrast.name for contrast in STUDY.contrasts],
            ),
        log:
            "<logs>/adjust_over_contrasts.log",
        conda:
            "../../envs/exosift.yaml"
        params:
            code=fingerprint("adjust_over_contrasts.py"),
        script:
            "../scripts/adjust_over_contrasts.py"
