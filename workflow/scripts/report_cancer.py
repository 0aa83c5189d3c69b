"""Rule report_cancer -> exosift.reports.build_report."""

from exosift import RESOURCES
from exosift.log import log_to
from exosift.reports import build_report
from exosift.reports.evidence import read_run
from exosift.tables import Tables

with log_to(snakemake.log[0]):
    given = Tables.read(snakemake.params.settings, snakemake.input)
    run, outcomes = read_run(given, RESOURCES / "knowledge", snakemake.input.results)
    build_report(run, snakemake.wildcards.cancer, outcomes, snakemake.output[0])
