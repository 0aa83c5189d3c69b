"""Rule merge_counts -> exosift.matrices.merge."""

from pathlib import Path

from exosift.log import log_to
from exosift.matrices import merge

with log_to(snakemake.log[0]):
    merge(
        [Path(path) for path in snakemake.input.counts],
        [Path(path) for path in snakemake.input.totals],
        Path(snakemake.input.features),
        **{name: Path(path) for name, path in snakemake.output.items()},
    )
