"""Rule index_transcripts -> exosift.transcriptome."""

from pathlib import Path

from exosift.kernel import load_kernel
from exosift.log import log_to
from exosift.references import read_fasta
from exosift.transcriptome import build_transcriptome, write_transcriptome

with log_to(snakemake.log[0]):
    sequences = read_fasta(snakemake.input[0])
    write_transcriptome(build_transcriptome(sequences, load_kernel()), Path(snakemake.output[0]))
