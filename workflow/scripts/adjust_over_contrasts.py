"""Rule adjust_over_contrasts -> exosift.differential_expression.adjust_over_contrasts."""

from exosift.differential_expression import adjust_over_contrasts, tests_of_run
from exosift.differential_expression.record import read_record
from exosift.files import write_json
from exosift.log import log_to
from exosift.table_files import read_run_table, write_run_table

with log_to(snakemake.log[0]):
    paths = dict(zip(snakemake.output.tables, snakemake.input.tables, strict=True))
    tables = {out: read_run_table("tests", path) for out, path in paths.items()}
    for path, table in adjust_over_contrasts(tables).items():
        write_run_table("tests", table, path)
    corrected = tests_of_run(tables.values())
    for path, given in zip(snakemake.output.records, snakemake.input.records, strict=True):
        write_json({**read_record(given).to_dict(), "tests_of_run": corrected}, path)
