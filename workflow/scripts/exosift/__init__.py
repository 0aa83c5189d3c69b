"""exosift: exosomal miRNA biomarker candidates, one cancer at a time.

All science of the workflow lives here; nothing here knows Snakemake. Data walks one way:
FASTQ, unique inserts, alignments, counts, tests, candidates, reports.
"""

from pathlib import Path

__version__ = "0.1.0"  # x-release-please-version

PACKAGE = Path(__file__).resolve().parent

RESOURCES = PACKAGE.parents[2] / "resources"
"""The tables that are shipped with the workflow."""
