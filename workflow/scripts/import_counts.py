"""Rule import_counts -> exosift.importing.import_counts."""

from pathlib import Path

from exosift.importing import import_counts
from exosift.log import log_to

with log_to(snakemake.log[0]):
    notes = import_counts(
        snakemake.input.matrix,
        snakemake.params.samples,
        Path(snakemake.input.features),
        snakemake.input.name_history or "",
        **{name: Path(path) for name, path in snakemake.output.items()},
    )
    for note in notes:
        print(note)
