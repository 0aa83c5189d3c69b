"""Differential expression: which miRNAs differ between the arms of a contrast?

Needs  <results>/counts/mirna_counts.tsv, <results>/quality/samples.tsv, the sheets
Makes  <results>/differential_expression/{contrast}.tsv    every tested miRNA, two engines
       <results>/differential_expression/{contrast}.json   verdict, samples, design, warnings
"""


rule test_contrast:
    """Judge the design of a contrast, and test it if it can answer."""
    input:
        samples=STUDY.config["samples"],
        contrasts=STUDY.config["contrasts"],
        counts="<results>/counts/mirna_counts.tsv",
        quality="<results>/quality/samples.tsv",
    output:
        table="<results>/differential_expression/{contrast}.tsv",
        record="<results>/differential_expression/{contrast}.json",
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
        config=STUDY.config,
        code=CODE,
    script:
        "../scripts/test_contrast.py"
