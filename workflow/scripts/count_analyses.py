"""Rule count_analyses -> exosift.analyses.remember."""

from exosift.analyses import present_analysis, remember
from exosift.log import log_to
from exosift.table_files import write_run_table
from exosift.tables import Tables

with log_to(snakemake.log[0]):
    given = Tables.read(snakemake.params.settings, snakemake.input)
    write_run_table("analyses", remember(present_analysis(given)), snakemake.output[0])
