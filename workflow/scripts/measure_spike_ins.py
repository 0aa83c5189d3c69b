"""Rule measure_spike_ins -> exosift.spike_ins.linearity."""

import pandas as pd
from exosift.files import write_table
from exosift.log import log_to
from exosift.spike_ins import known_spike_ins, linearity, read_amounts, spike_in_reads

with log_to(snakemake.log[0]):
    amounts = read_amounts(snakemake.input.amounts, known_spike_ins(snakemake.input.transcripts))
    counts = pd.read_csv(snakemake.input.counts, sep="\t", index_col="feature")
    reads = spike_in_reads(counts, amounts)
    write_table(reads, snakemake.output.reads)
    write_table(linearity(reads), snakemake.output.linearity)
