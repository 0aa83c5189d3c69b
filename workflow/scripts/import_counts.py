"""Rule import_counts -> exosift.matrices.import_counts."""

from pathlib import Path

from exosift.log import log_to
from exosift.matrices import import_counts

with log_to(snakemake.log[0]):
    notes = import_counts(
        snakemake.input.matrix,
        snakemake.params.samples,
        Path(snakemake.input.features),
        **{name: Path(path) for name, path in snakemake.output.items()},
    )
    print(*notes, sep="\n")
