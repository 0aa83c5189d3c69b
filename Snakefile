"""Exosomal miRNA biomarkers: from FASTQ files to candidates, one cancer at a time.

The workflow is workflow/Snakefile. This file lets `snakemake` find it from here.
"""


include: "workflow/Snakefile"


# An included file cannot set the default target, so the door names it.
workflow.default_target = "all"
