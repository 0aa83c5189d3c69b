"""Quality: is each library to be believed, and why not?

Needs  <results>/counts/, <results>/quantified/{sample}.json, <results>/isomirs/{sample}.tsv
Makes  <results>/quality/samples.tsv            every metric, a status and its reason
       <results>/quality/pca.{tsv,json}         principal components of the usable libraries
       <results>/quality/spike_ins.tsv, spike_in_linearity.tsv   if their amounts are given
       <results>/multiqc/multiqc_report.html    the same for the eye
"""

SUMMARIES = (
    []
    if STUDY.from_counts
    else collect("<results>/quantified/{sample}.json", sample=STUDY.samples.names)
)
ISOMIRS = (
    []
    if STUDY.from_counts
    else collect("<results>/isomirs/{sample}.tsv", sample=STUDY.samples.names)
)
TRNA_COUNTS = (
    "<results>/counts/trna_counts.tsv" if "tRNA" in STUDY.sources and not STUDY.from_counts else []
)
CLASS_COUNTS = [] if STUDY.from_counts else "<results>/counts/class_counts.tsv"


rule assess_quality:
    """Measure every library and judge it, without looking at its condition."""
    input:
        samples=STUDY.config["samples"],
        summaries=SUMMARIES,
        counts="<results>/counts/mirna_counts.tsv",
        class_counts=CLASS_COUNTS,
        isomirs=ISOMIRS,
    output:
        quality=report(
            "<results>/quality/samples.tsv",
            caption="../report/quality.rst",
            category="Quality",
        ),
        pca="<results>/quality/pca.tsv",
        explained="<results>/quality/pca.json",
    log:
        "<logs>/assess_quality.log",
    conda:
        "../../envs/exosift.yaml"
    params:
        settings=STUDY.settings("quality"),
        code=fingerprint("assess_quality.py"),
    script:
        "../scripts/assess_quality.py"


if not STUDY.from_counts:

    rule measure_spike_ins:
        """Hold the reads of the spike-ins against the amounts in which they were added."""
        input:
            amounts=STUDY.config["spike_in_amounts"] or [],
            counts="<results>/counts/spike_in_counts.tsv",
            transcripts="<results>/references/transcripts.tsv",
        output:
            reads="<results>/quality/spike_ins.tsv",
            linearity="<results>/quality/spike_in_linearity.tsv",
        log:
            "<logs>/measure_spike_ins.log",
        conda:
            "../../envs/exosift.yaml"
        params:
            code=fingerprint("measure_spike_ins.py"),
        script:
            "../scripts/measure_spike_ins.py"


# Only where somebody says how much was added.
SPIKE_IN_TABLES = (
    rules.measure_spike_ins.output
    if STUDY.config["spike_in_amounts"] and not STUDY.from_counts
    else []
)


rule write_multiqc_content:
    """Write what MultiQC shall show, in our order and words."""
    input:
        samples=STUDY.config["samples"],
        summaries=SUMMARIES,
        counts="<results>/counts/mirna_counts.tsv",
        class_counts=CLASS_COUNTS,
        trna_counts=TRNA_COUNTS,
        quality="<results>/quality/samples.tsv",
        pca="<results>/quality/pca.tsv",
        explained="<results>/quality/pca.json",
    output:
        directory("<results>/multiqc/content"),
    log:
        "<logs>/write_multiqc_content.log",
    conda:
        "../../envs/exosift.yaml"
    params:
        settings=STUDY.settings("quality", "references.genome"),
        code=fingerprint("write_multiqc_content.py"),
    script:
        "../scripts/write_multiqc_content.py"


rule multiqc:
    """Gather the quality of all libraries in one page."""
    input:
        "<results>/multiqc/content",
    output:
        report(
            "<results>/multiqc/multiqc_report.html",
            caption="../report/multiqc.rst",
            category="Quality",
        ),
    log:
        "<logs>/multiqc.log",
    benchmark:
        "<benchmarks>/multiqc.tsv"
    conda:
        "../../envs/multiqc.yaml"
    resources:
        mem_mb=2000,
    params:
        # A path, unlike a text, counts as no parameter: another clone plans nothing.
        config=REPORT / "multiqc_config.yaml",
        code=fingerprint("multiqc_config.yaml"),
    shell:
        "multiqc --no-version-check --no-data-dir --force --config {params.config:q}"
        " --filename multiqc_report.html --outdir $(dirname {output:q}) {input:q}"
        " >{log:q} 2>&1"
