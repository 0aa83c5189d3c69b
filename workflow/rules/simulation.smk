"""Simulation: the embedded cohort, for those who have no libraries at hand.

Needs  nothing but the shipped references
Makes  simulated/fastq/{sample}.fastq.gz   when config/samples.tsv is the embedded cohort's
       simulated/truth/                    what is true of them
"""

if STUDY.simulated:

    rule simulate_cohort:
        """Simulate the libraries of the embedded cohort, with known truth."""
        output:
            STUDY.simulated,
            truth=directory("simulated/truth"),
        log:
            "<logs>/simulate_cohort.log",
        benchmark:
            "<benchmarks>/simulate_cohort.tsv"
        conda:
            "../../envs/exosift.yaml"
        threads: 2
        resources:
            mem_mb=2000,
        params:
            code=fingerprint("exosift.simulation.command"),
        shell:
            "python -m exosift simulate --output simulated --processes {threads} --keep-sheets"
            " >{log:q} 2>&1"
