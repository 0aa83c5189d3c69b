"""Quantification: from places to counts, every read once.

Needs  <results>/aligned/{sample}.bam, <results>/trimmed/{sample}.json
       <results>/references/{features,windows}.tsv
Makes  <results>/quantified/{sample}.tsv        exact counts of one library
       <results>/counts/mirna_counts.tsv        integers, all libraries
       <results>/counts/mirna_cpm.tsv
       <results>/counts/features.tsv            names, sequences, doubtful shares
       <results>/counts/class_counts.tsv        reads per fate and class, summing to the reads in
"""


rule quantify_library:
    """Count one library, and prove that its reads add up."""
    input:
        bam="<results>/aligned/{sample}.bam",
        genome="<results>/aligned/genome/{sample}.bam" if STUDY.genome else [],
        summary="<results>/trimmed/{sample}.json",
        windows="<results>/references/windows.tsv",
    output:
        counts="<results>/quantified/{sample}.tsv",
        totals="<results>/quantified/{sample}.json",
    log:
        "<logs>/quantify_library/{sample}.log",
    benchmark:
        "<benchmarks>/quantify_library/{sample}.tsv"
    conda:
        "../../envs/exosift.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=30,
    params:
        options=options(STUDY.config["quantification"]),
        genome=lambda wildcards, input: (
            options({"genome_bam": input.genome}) if STUDY.genome else ""
        ),
        code=exosift.fingerprint("quantification", "ties"),
    shell:
        "python -m exosift quantify --summary {input.summary:q} --windows {input.windows:q}"
        " {params.options} {params.genome} --counts {output.counts:q}"
        " --totals {output.totals:q} {input.bam:q} >{log:q} 2>&1"


if STUDY.from_counts:

    rule import_counts:
        """Start from a count matrix that somebody else made."""
        input:
            matrix=STUDY.config["counts"],
            features="<results>/references/features.tsv",
        output:
            mirna_counts="<results>/counts/mirna_counts.tsv",
            mirna_cpm="<results>/counts/mirna_cpm.tsv",
            feature_table="<results>/counts/features.tsv",
        log:
            "<logs>/import_counts.log",
        conda:
            "../../envs/exosift.yaml"
        params:
            samples=STUDY.samples.names,
            code=CODE,
        script:
            "../scripts/import_counts.py"

else:

    rule merge_counts:
        """Put all libraries side by side, as integers that keep their sums."""
        input:
            counts=collect("<results>/quantified/{sample}.tsv", sample=STUDY.samples.names),
            totals=collect("<results>/quantified/{sample}.json", sample=STUDY.samples.names),
            features="<results>/references/features.tsv",
        output:
            mirna_counts="<results>/counts/mirna_counts.tsv",
            mirna_cpm="<results>/counts/mirna_cpm.tsv",
            feature_table="<results>/counts/features.tsv",
            class_counts="<results>/counts/class_counts.tsv",
        log:
            "<logs>/merge_counts.log",
        conda:
            "../../envs/exosift.yaml"
        params:
            code=CODE,
        script:
            "../scripts/merge_counts.py"
