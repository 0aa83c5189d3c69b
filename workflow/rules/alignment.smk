"""Alignment: where does each unique insert come from?

Needs  <results>/trimmed/{sample}.fa.gz
       <results>/references/index/
Makes  <results>/aligned/{sample}.bam          all classes at once, sense strand, best stratum
       <results>/aligned/genome/{sample}.bam   what no class explains, if there is a genome
"""


rule align_to_transcripts:
    """Let all RNA classes compete for each unique insert."""
    input:
        inserts="<results>/trimmed/{sample}.fa.gz",
        index="<results>/references/index",
    output:
        bam="<results>/aligned/{sample}.bam",
        bai="<results>/aligned/{sample}.bam.bai",
    log:
        "<logs>/align_to_transcripts/{sample}.log",
    benchmark:
        "<benchmarks>/align_to_transcripts/{sample}.tsv"
    conda:
        "../../envs/bowtie.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=60,
    params:
        options=options(STUDY.config["alignment"]),
        code=exosift.fingerprint("alignment"),
    shell:
        "python -m exosift align --sample {wildcards.sample:q} --index {input.index:q}/transcripts"
        " {params.options} --bam {output.bam:q} {input.inserts:q} >{log:q} 2>&1"


if STUDY.genome:

    rule align_to_genome:
        """Seek what no class explains in the genome, both strands."""
        input:
            bam="<results>/aligned/{sample}.bam",
            index="<results>/references/genome",
        output:
            bam="<results>/aligned/genome/{sample}.bam",
            bai="<results>/aligned/genome/{sample}.bam.bai",
        log:
            "<logs>/align_to_genome/{sample}.log",
        benchmark:
            "<benchmarks>/align_to_genome/{sample}.tsv"
        conda:
            "../../envs/bowtie.yaml"
        resources:
            mem_mb=lambda wildcards, attempt: 4000 * attempt,
            runtime=120,
        params:
            code=exosift.fingerprint("alignment"),
        shell:
            "python -m exosift align-to-genome --sample {wildcards.sample:q} --index {input.index:q}/transcripts"
            " --bam {output.bam:q} {input.bam:q} >{log:q} 2>&1"
