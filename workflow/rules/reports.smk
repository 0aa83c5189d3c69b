"""Reports: one page per cancer, an index, and what is remembered of the run.

Needs  everything that the other rooms made
Makes  <results>/analyses.tsv            how often these libraries were analysed, and how
       <results>/reports/{cancer}.html
       <results>/reports/index.html
       <results>/run.json                versions, checksums, the merged configuration
"""

FRAGMENT_COUNTS = [] if STUDY.from_counts else "<results>/counts/fragment_derived.tsv"
SEED_COUNTS = [] if STUDY.from_counts else "<results>/counts/seed_isomir_counts.tsv"


rule count_analyses:
    """Remember the choices of this run, and tell those of earlier runs on the same libraries.

    The results are inputs since a choice counts from when its numbers can be seen.
    """
    input:
        samples=STUDY.config["samples"],
        contrasts=STUDY.config["contrasts"],
        summaries=SUMMARIES,
        counts="<results>/counts/mirna_counts.tsv",
        results=RESULTS_OF_CONTRASTS,
    output:
        "<results>/analyses.tsv",
    log:
        "<logs>/count_analyses.log",
    conda:
        "../../envs/exosift.yaml"
    params:
        settings=STUDY.settings(*(key for key in STUDY.config if key != "notice")),
        code=fingerprint("count_analyses.py"),
    script:
        "../scripts/count_analyses.py"


rule report_cancer:
    """Write the page of one cancer: whether to believe it first, then what it says."""
    input:
        **ACROSS_CANCERS,
        analyses="<results>/analyses.tsv",
        samples=STUDY.config["samples"],
        contrasts=STUDY.config["contrasts"],
        counts="<results>/counts/mirna_counts.tsv",
        features="<results>/counts/features.tsv",
        class_counts=CLASS_COUNTS,
        fragment_counts=FRAGMENT_COUNTS,
        seed_counts=SEED_COUNTS,
        quality="<results>/quality/samples.tsv",
        pca="<results>/quality/pca.tsv",
        explained="<results>/quality/pca.json",
        results=results_of_cancer,
    output:
        report(
            "<results>/reports/{cancer}.html",
            caption="../report/cancer.rst",
            category="Reports",
            labels={"cancer": "{cancer}"},
        ),
    log:
        "<logs>/report_cancer/{cancer}.log",
    conda:
        "../../envs/exosift.yaml"
    resources:
        mem_mb=2000,
    params:
        settings=STUDY.settings(),
        code=fingerprint("report_cancer.py"),
    script:
        "../scripts/report_cancer.py"


rule report_index:
    """Write the front page: all cancers, all contrasts, and who was left out."""
    input:
        **ACROSS_CANCERS,
        analyses="<results>/analyses.tsv",
        samples=STUDY.config["samples"],
        contrasts=STUDY.config["contrasts"],
        counts="<results>/counts/mirna_counts.tsv",
        features="<results>/counts/features.tsv",
        class_counts=CLASS_COUNTS,
        quality="<results>/quality/samples.tsv",
        pca="<results>/quality/pca.tsv",
        explained="<results>/quality/pca.json",
        results=RESULTS_OF_CONTRASTS,
        pages=collect("<results>/reports/{cancer}.html", cancer=STUDY.cancers),
    output:
        report("<results>/reports/index.html", caption="../report/index.rst", category="Reports"),
    log:
        "<logs>/report_index.log",
    conda:
        "../../envs/exosift.yaml"
    params:
        settings=STUDY.settings(),
        code=fingerprint("report_index.py"),
    script:
        "../scripts/report_index.py"


rule write_record:
    """Write down what the run used and made."""
    input:
        sheets=[
            path
            for path in (
                STUDY.config["samples"],
                STUDY.config["contrasts"],
                STUDY.config["counts"],
                STUDY.config["spike_in_counts"],
            )
            if path
        ],
        summaries=SUMMARIES,
        references=[
            *own_files(STUDY.config["references"]),
            *([STUDY.genome] if STUDY.genome else []),
            "<results>/references/transcripts.fa",
            "<results>/references/features.tsv",
        ],
        outputs=[
            *(rules.import_counts if STUDY.from_counts else rules.merge_counts).output,
            "<results>/counts/antisense_partners.tsv",
            "<results>/quality/samples.tsv",
            "<results>/quality/pca.tsv",
            *SPIKE_IN_TABLES,
            *RESULTS_OF_CONTRASTS,
            *ACROSS_CANCERS.values(),
            "<results>/analyses.tsv",
            *BUNDLES,
            "<results>/multiqc/multiqc_report.html",
            "<results>/reports/index.html",
            *collect("<results>/reports/{cancer}.html", cancer=STUDY.cancers),
        ],
    output:
        "<results>/run.json",
    log:
        "<logs>/write_record.log",
    conda:
        "../../envs/exosift.yaml"
    params:
        config=STUDY.config,
        code=fingerprint("write_record.py"),
    script:
        "../scripts/write_record.py"
