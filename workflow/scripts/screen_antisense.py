"""Rule screen_antisense -> exosift.antisense.screen."""

import pandas as pd
from exosift.antisense import screen, screen_notes
from exosift.log import log_to
from exosift.matrices import read_matrix
from exosift.table_files import read_run_table, write_run_table

with log_to(snakemake.log[0]):
    counts = pd.concat([read_matrix(path) for path in snakemake.input.counts])
    partners = read_run_table("reference_antisense", snakemake.input.partners)
    table = screen(counts, partners, any_pair=snakemake.params.imported)
    write_run_table("antisense", table, snakemake.output[0])
    for note in screen_notes(table):
        print(note)
