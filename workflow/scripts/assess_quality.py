"""Rule assess_quality -> exosift.quality.assess and exosift.pca.cohort_components."""

from exosift.files import write_json
from exosift.log import log_to
from exosift.pca import cohort_components
from exosift.quality import assess
from exosift.table_files import write_run_table
from exosift.tables import Tables

with log_to(snakemake.log[0]):
    given = Tables.read(snakemake.params.settings, snakemake.input)
    limits = given.study.config["quality"]
    quality = assess(
        given.sheet, given.summaries, given.counts, given.class_counts, limits, given.isomirs
    )
    components, explained = cohort_components(given.counts, quality)
    write_run_table("quality", quality, snakemake.output.quality)
    write_run_table("components", components, snakemake.output.pca)
    write_json(explained, snakemake.output.explained)
