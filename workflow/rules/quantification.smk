"""Quantification: from the counts of libraries to the matrices of the cohort.

Needs  <results>/quantified/{sample}.{tsv,json}, <results>/isomirs/{sample}.tsv
       <results>/references/features.tsv
Makes  <results>/counts/mirna_counts.tsv        integers, all libraries
       <results>/counts/mirna_cpm.tsv
       <results>/counts/fragment_derived.tsv    miRNAs whose reads are rather of another RNA
       <results>/counts/features.tsv            names, sequences, doubtful shares
       <results>/counts/class_counts.tsv        reads per fate and class, summing to the reads in
       <results>/counts/{rna}_counts.tsv        integers, all libraries, of each other class
       <results>/counts/isomir_counts.tsv       integers, all libraries, of each variant
       <results>/counts/seed_isomir_counts.tsv  the same of each 5' end
       <results>/counts/imported_names.tsv      what names of an imported matrix became
       <results>/counts/antisense_partners.tsv  reads of miRNAs that pair with each other
"""

CLASSES_BESIDE = [*(rna for rna in STUDY.sources if rna != "miRNA"), "miRNA_hairpin"]
CLASS_MATRICES = [f"<results>/counts/{rna}_counts.tsv" for rna in map(str.lower, CLASSES_BESIDE)]


if STUDY.from_counts:

    rule import_counts:
        """Start from a count matrix that somebody else made."""
        input:
            matrix=STUDY.config["counts"],
            features="<results>/references/features.tsv",
            name_history=STUDY.config["name_history"] or [],
        output:
            mirna_counts="<results>/counts/mirna_counts.tsv",
            mirna_cpm="<results>/counts/mirna_cpm.tsv",
            feature_table="<results>/counts/features.tsv",
            imported_names="<results>/counts/imported_names.tsv",
        log:
            "<logs>/import_counts.log",
        conda:
            "../../envs/exosift.yaml"
        params:
            samples=STUDY.samples.names,
            code=fingerprint("import_counts.py"),
        script:
            "../scripts/import_counts.py"

else:

    rule merge_counts:
        """Put all libraries side by side, as integers that keep their sums."""
        input:
            counts=collect("<results>/quantified/{sample}.tsv", sample=STUDY.samples.names),
            totals=collect("<results>/quantified/{sample}.json", sample=STUDY.samples.names),
            isomirs=collect("<results>/isomirs/{sample}.tsv", sample=STUDY.samples.names),
            features="<results>/references/features.tsv",
        output:
            mirna_counts="<results>/counts/mirna_counts.tsv",
            mirna_cpm="<results>/counts/mirna_cpm.tsv",
            fragment_derived="<results>/counts/fragment_derived.tsv",
            feature_table="<results>/counts/features.tsv",
            class_counts="<results>/counts/class_counts.tsv",
            class_matrices=CLASS_MATRICES,
            isomir_counts="<results>/counts/isomir_counts.tsv",
            seed_isomir_counts="<results>/counts/seed_isomir_counts.tsv",
        log:
            "<logs>/merge_counts.log",
        conda:
            "../../envs/exosift.yaml"
        params:
            **STUDY.config["matrices"],
            classes=CLASSES_BESIDE,
            ambiguous_share=STUDY.config["candidates"]["ambiguous_share"],
            code=fingerprint("merge_counts.py"),
        script:
            "../scripts/merge_counts.py"


rule screen_antisense:
    """Was the strand ignored? Hold antisense partners side by side, and all rows of a matrix."""
    input:
        counts=[
            "<results>/counts/mirna_counts.tsv",
            *([] if STUDY.from_counts else ["<results>/counts/fragment_derived.tsv"]),
        ],
        partners="<results>/references/antisense_partners.tsv",
    output:
        "<results>/counts/antisense_partners.tsv",
    log:
        "<logs>/screen_antisense.log",
    conda:
        "../../envs/exosift.yaml"
    params:
        imported=STUDY.from_counts,
        code=fingerprint("screen_antisense.py"),
    script:
        "../scripts/screen_antisense.py"
