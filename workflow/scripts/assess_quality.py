"""Rule assess_quality -> exosift.quality.assess and exosift.pca.cohort_components."""

from exosift.files import write_json, write_table
from exosift.log import log_to
from exosift.pca import cohort_components
from exosift.quality import assess
from exosift.tables import Tables

with log_to(snakemake.log[0]):
    given = Tables.read(snakemake.params.settings, snakemake.input)
    limits = given.study.config["quality"]
    quality = assess(
        given.sheet, given.summaries, given.counts, given.class_counts, limits, given.isomirs
    )
    components, explained = cohort_components(given.counts, quality)
    write_table(quality, snakemake.output.quality, index=True)
    write_table(components, snakemake.output.pca, index=True)
    write_json(explained, snakemake.output.explained)
