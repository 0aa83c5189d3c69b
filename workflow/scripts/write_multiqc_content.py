"""Rule write_multiqc_content -> exosift.multiqc_content.write_multiqc_content."""

import pandas as pd
from exosift.config import lowered_limits
from exosift.log import log_to
from exosift.multiqc_content import Overview, write_multiqc_content
from exosift.provenance import versions
from exosift.tables import Tables

with log_to(snakemake.log[0]):
    given = Tables.read(snakemake.params.settings, snakemake.input)
    config = given.study.config
    overview = Overview(
        given.sheet,
        given.quality,
        given.components,
        given.explained,
        summaries=given.summaries,
        class_counts=pd.DataFrame() if given.class_counts is None else given.class_counts,
        trna_counts=given.trna_counts,
        versions=versions(bowtie=given.study.with_genome),
        thresholds=config["quality"],
        notes=lowered_limits(config),
    )
    write_multiqc_content(overview, snakemake.output[0])
