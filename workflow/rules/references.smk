"""References: what small RNA may be, as one labelled set of sequences.

Needs  resources/                            shipped tables, and the user's own FASTA files
Makes  <results>/references/transcripts.fa   all classes together, named class|name
       <results>/references/features.tsv     miRNAs: identical matures are one feature
       <results>/references/windows.tsv      where the matures lie on the hairpins
       <results>/references/index/           bowtie index of the transcripts
       <results>/references/genome/          bowtie index of the genome, if there is one
"""


rule fetch_reference:
    """Fetch a reference from its declared public address and check its checksum."""
    output:
        "<resources>/fetched/{rna}.fa.gz",
    log:
        "<logs>/fetch_reference/{rna}.log",
    retries: 2
    localrule: True
    params:
        source=lambda wildcards: STUDY.config["references"][wildcards.rna],
    script:
        "../scripts/fetch_reference.py"


rule collect_transcripts:
    """Put the sequences of all classes into one labelled set, and find the matures in it."""
    input:
        STUDY.reference_files,
    output:
        fasta="<results>/references/transcripts.fa",
        table="<results>/references/transcripts.tsv",
        features="<results>/references/features.tsv",
        windows="<results>/references/windows.tsv",
        fragments="<results>/references/fragment_matches.tsv",
    log:
        "<logs>/collect_transcripts.log",
    conda:
        "../../envs/exosift.yaml"
    resources:
        mem_mb=2000,
    params:
        classes=STUDY.reference_classes,
        code=CODE,
    script:
        "../scripts/collect_transcripts.py"


rule index_transcripts:
    """Build the bowtie index of the transcripts."""
    input:
        "<results>/references/transcripts.fa",
    output:
        directory("<results>/references/index"),
    log:
        "<logs>/index_transcripts.log",
    conda:
        "../../envs/bowtie.yaml"
    cache: True
    resources:
        mem_mb=2000,
    shell:
        "(mkdir {output:q} && bowtie-build --quiet --seed 1 {input:q} {output:q}/transcripts)"
        " >{log:q} 2>&1"


use rule index_transcripts as index_genome with:
    input:
        STUDY.genome or "no genome in config/config.yaml",
    output:
        directory("<results>/references/genome"),
    log:
        "<logs>/index_genome.log",
    threads: 2
    resources:
        mem_mb=16000,
        runtime=240,
