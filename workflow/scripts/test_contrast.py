"""Rule test_contrast -> exosift.differential_expression.test_contrast."""

from exosift.contrasts import select
from exosift.differential_expression import Limits, test_contrast
from exosift.files import write_json
from exosift.log import log_to
from exosift.spike_ins import read_spike_ins
from exosift.table_files import write_run_table
from exosift.tables import Tables

with log_to(snakemake.log[0]):
    given = Tables.read(snakemake.params.settings, snakemake.input)
    paths = snakemake.input.spike_ins
    result = test_contrast(
        given.counts,
        given.sheet,
        select(given.study.contrasts, snakemake.wildcards.contrast),
        given.excluded,
        limits=Limits.of(given.study.config),
        summaries=given.summaries,
        quality=given.quality,
        spike_ins=read_spike_ins(paths, given.sheet.index, imported=given.study.from_counts),
    )
    print(result.summary)
    write_run_table("tests", result.table, snakemake.output.table)
    write_json(result.record, snakemake.output.record)
