"""Counting: one library's walk from its reads to its exact counts, in one job.

Needs  FASTQ files of the sample sheet, several lanes per library
       <results>/references/{index,{transcripts,windows,features}.tsv}, and the genome's index
Makes  <results>/quantified/{sample}.tsv       exact counts per class, feature and kind
       <results>/quantified/{sample}.json      reads in, fates, classes, protocol, checksums
       <results>/isomirs/{sample}.{tsv,gff3}   isomiRs by their variants, and all inserts in mirGFF3
       <results>/aligned/{sample}.bam          unique inserts, all classes at once, best stratum
       <results>/aligned/genome/{sample}.bam   what no class explains, if there is a genome
"""


rule count_library:
    """Trim, collapse, align and count one library, and prove that its reads add up."""
    input:
        lanes=lanes,
        index="<results>/references/index",
        transcripts="<results>/references/transcripts.tsv",
        windows="<results>/references/windows.tsv",
        features="<results>/references/features.tsv",
        genome="<results>/references/genome" if STUDY.genome else [],
        protocols=STUDY.config["protocols"] or [],
    output:
        counts="<results>/quantified/{sample}.tsv",
        summary="<results>/quantified/{sample}.json",
        isomirs="<results>/isomirs/{sample}.tsv",
        mirgff3="<results>/isomirs/{sample}.gff3",
        bam="<results>/aligned/{sample}.bam",
        bai="<results>/aligned/{sample}.bam.bai",
        genome_bam=("<results>/aligned/genome/{sample}.bam" if STUDY.genome else []),
        genome_bai=("<results>/aligned/genome/{sample}.bam.bai" if STUDY.genome else []),
    log:
        "<logs>/count_library/{sample}.log",
    benchmark:
        "<benchmarks>/count_library/{sample}.tsv"
    conda:
        "../../envs/exosift.yaml"
    # Several libraries take one core each; a single one is read ahead by a second.
    threads: 1 if len(STUDY.samples.names) > 1 else 2
    resources:
        mem_mb=lambda wildcards, attempt: 1000 * attempt + (3000 if STUDY.genome else 0),
        runtime=60,
    params:
        protocol=lambda wildcards: STUDY.protocol(wildcards.sample),
        options=options(STUDY.counting_options),
        genome=genome_options,
        stamps=lane_stamps,
        code=fingerprint("exosift.steps"),
    shell:
        "python -m exosift count --sample {wildcards.sample:q} --protocol {params.protocol:q}"
        " --index {input.index:q} --transcripts {input.transcripts:q} --windows {input.windows:q}"
        " --features {input.features:q}"
        " {params.options} {params.genome} --threads {threads}"
        " --counts {output.counts:q} --summary {output.summary:q} --bam {output.bam:q}"
        " --isomirs {output.isomirs:q} --mirgff3 {output.mirgff3:q}"
        " {input.lanes:q} >{log:q} 2>&1"
