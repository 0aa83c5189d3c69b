"""Rule test_contrast -> exosift.differential_expression.test_contrast."""

from exosift.contrasts import select
from exosift.differential_expression import test_contrast
from exosift.files import write_json, write_table
from exosift.log import log_to
from exosift.tables import Tables

with log_to(snakemake.log[0]):
    given = Tables.read(snakemake.params.config, snakemake.input)
    result = test_contrast(
        given.counts,
        given.sheet,
        select(given.study.contrasts, snakemake.wildcards.contrast),
        given.excluded,
        **given.study.config["differential_expression"],
    )
    write_table(result.table, snakemake.output.table)
    write_json(result.record, snakemake.output.record)
