"""Rule test_contrast -> exosift.differential_expression.test_contrast."""

import pandas as pd
from exosift.contrasts import select
from exosift.differential_expression import Limits, test_contrast
from exosift.files import write_json, write_table
from exosift.log import log_to
from exosift.tables import Tables

with log_to(snakemake.log[0]):
    given = Tables.read(snakemake.params.config, snakemake.input)
    spike_ins = next(iter(snakemake.input.spike_ins), None)
    result = test_contrast(
        given.counts,
        given.sheet,
        select(given.study.contrasts, snakemake.wildcards.contrast),
        given.excluded,
        limits=Limits.of(given.study.config),
        summaries=given.summaries,
        quality=given.quality,
        spike_ins=pd.read_csv(spike_ins, sep="\t", index_col=0) if spike_ins else None,
    )
    print(result.summary)
    write_table(result.table, snakemake.output.table)
    write_json(result.record, snakemake.output.record)
