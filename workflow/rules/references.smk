"""References: what small RNA may be, as one labelled set of sequences.

Needs  resources/                            shipped tables, and the user's own FASTA files
       resources/fetched/{rna}.fa.gz         what a url in the configuration names
Makes  <results>/references/transcripts.fa   all classes together, named class|name
       <results>/references/features.tsv     miRNAs: identical matures are one feature
       <results>/references/windows.tsv      where the matures lie on the hairpins
       <results>/references/antisense_partners.tsv   miRNAs that pair with each other
       <results>/references/fragment_matches.tsv   miRNAs that fit an RNA of another class
       <results>/references/index/           bowtie index of the transcripts
       <results>/references/genome/          bowtie index of the genome, if there is one
"""

# The genome is indexed by itself.
TRANSCRIPT_CLASSES = {
    rna: given for rna, given in STUDY.config["references"].items() if rna != "genome"
}


rule fetch_reference:
    """Fetch a reference from its declared public address and check its checksum."""
    output:
        f"{FETCHED}/{{rna}}.fa.gz",
    log:
        "<logs>/fetch_reference/{rna}.log",
    retries: 2
    localrule: True
    conda:
        "../../envs/exosift.yaml"
    params:
        source=lambda wildcards: STUDY.address(wildcards.rna),
    script:
        "../scripts/fetch_reference.py"


rule collect_transcripts:
    """Put the sequences of all classes into one labelled set, and find the matures in it."""
    input:
        own_files(STUDY.config["references"]),
    output:
        fasta="<results>/references/transcripts.fa",
        table="<results>/references/transcripts.tsv",
        features="<results>/references/features.tsv",
        windows="<results>/references/windows.tsv",
        antisense="<results>/references/antisense_partners.tsv",
        fragments="<results>/references/fragment_matches.tsv",
    log:
        "<logs>/collect_transcripts.log",
    conda:
        "../../envs/exosift.yaml"
    resources:
        mem_mb=2000,
    params:
        references=TRANSCRIPT_CLASSES,
        code=fingerprint("collect_transcripts.py"),
    script:
        "../scripts/collect_transcripts.py"


rule index_transcripts:
    """Index the words of the transcripts, for the match of inserts."""
    input:
        "<results>/references/transcripts.fa",
    output:
        directory("<results>/references/index"),
    log:
        "<logs>/index_transcripts.log",
    cache: True
    conda:
        "../../envs/exosift.yaml"
    resources:
        mem_mb=2000,
    params:
        code=fingerprint("index_transcripts.py"),
    script:
        "../scripts/index_transcripts.py"


if STUDY.genome:

    rule index_genome:
        """Build the bowtie index of the genome."""
        input:
            STUDY.genome,
        output:
            directory("<results>/references/genome"),
        log:
            "<logs>/index_genome.log",
        cache: True
        conda:
            "../../envs/bowtie.yaml"
        resources:
            mem_mb=16000,
            runtime=240,
        shell:
            "(mkdir {output:q} && bowtie-build --quiet --seed 1 {input:q} {output:q}/genome)"
            " >{log:q} 2>&1"
