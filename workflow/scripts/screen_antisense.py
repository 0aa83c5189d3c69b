"""Rule screen_antisense -> exosift.antisense.screen."""

import pandas as pd
from exosift.antisense import screen, screen_notes
from exosift.files import write_table
from exosift.log import log_to
from exosift.matrices import read_matrix

with log_to(snakemake.log[0]):
    counts = pd.concat([read_matrix(path) for path in snakemake.input.counts])
    partners = pd.read_csv(snakemake.input.partners, sep="\t")
    table = screen(counts, partners, any_pair=snakemake.params.imported)
    write_table(table, snakemake.output[0])
    for note in screen_notes(table):
        print(note)
