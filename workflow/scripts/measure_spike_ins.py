"""Rule measure_spike_ins -> exosift.spike_ins.linearity."""

from exosift.log import log_to
from exosift.spike_ins import known_spike_ins, linearity, read_amounts, spike_in_reads
from exosift.table_files import read_run_table, write_run_table

with log_to(snakemake.log[0]):
    amounts = read_amounts(snakemake.input.amounts, known_spike_ins(snakemake.input.transcripts))
    counts = read_run_table("class_matrix", snakemake.input.counts)
    reads = spike_in_reads(counts, amounts)
    write_run_table("spike_in_reads", reads, snakemake.output.reads)
    write_run_table("spike_in_linearity", linearity(reads), snakemake.output.linearity)
