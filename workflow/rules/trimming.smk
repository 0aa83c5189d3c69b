"""Trimming and collapsing: from reads to unique inserts, and the fate of every read.

Needs  FASTQ files of the sample sheet, several lanes per library
Makes  <results>/trimmed/{sample}.fa.gz   unique inserts, most frequent first
       <results>/trimmed/{sample}.json    reads in, their fates, insert lengths, checksums
"""


rule trim_and_collapse:
    """Find the adapter, take the insert, count how often each one was sequenced."""
    input:
        lanes,
    output:
        inserts="<results>/trimmed/{sample}.fa.gz",
        summary="<results>/trimmed/{sample}.json",
    log:
        "<logs>/trim_and_collapse/{sample}.log",
    benchmark:
        "<benchmarks>/trim_and_collapse/{sample}.tsv"
    conda:
        "../../envs/exosift.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=30,
    params:
        protocol=lambda wildcards: STUDY.protocol(wildcards.sample),
        options=options(STUDY.trimming_options),
        stamps=lane_stamps,
        code=exosift.fingerprint("trimming", "kernel", "inserts", "fastq", "protocols"),
    shell:
        "python -m exosift trim --sample {wildcards.sample:q} --protocol {params.protocol:q}"
        " {params.options} --inserts {output.inserts:q} --summary {output.summary:q}"
        " {input:q} >{log:q} 2>&1"
