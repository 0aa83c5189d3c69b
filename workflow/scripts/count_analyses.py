"""Rule count_analyses -> exosift.analyses.remember."""

from exosift.analyses import present_analysis, remember
from exosift.files import write_table
from exosift.log import log_to
from exosift.tables import Tables

with log_to(snakemake.log[0]):
    given = Tables.read(snakemake.params.settings, snakemake.input)
    write_table(remember(present_analysis(given)), snakemake.output[0])
