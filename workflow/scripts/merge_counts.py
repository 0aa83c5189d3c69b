"""Rule merge_counts -> exosift.merging.merge and exosift.isomir_matrices.merge_isomirs."""

from pathlib import Path

from exosift.isomir_matrices import merge_isomirs
from exosift.log import log_to
from exosift.merging import Limits, merge

with log_to(snakemake.log[0]):
    totals = [Path(path) for path in snakemake.input.totals]
    matrices = zip(snakemake.params.classes, snakemake.output.class_matrices, strict=True)
    moved = merge(
        [Path(path) for path in snakemake.input.counts],
        totals,
        Path(snakemake.input.features),
        Limits(snakemake.params.ambiguous_share, snakemake.params.fragment_share),
        mirna_counts=Path(snakemake.output.mirna_counts),
        mirna_cpm=Path(snakemake.output.mirna_cpm),
        fragment_derived=Path(snakemake.output.fragment_derived),
        feature_table=Path(snakemake.output.feature_table),
        class_counts=Path(snakemake.output.class_counts),
        class_matrices={rna: Path(path) for rna, path in matrices},
    )
    if moved:
        print(f"Counted as fragments of another RNA: {', '.join(moved)}.")
    merge_isomirs(
        [Path(path) for path in snakemake.input.isomirs],
        totals,
        moved,
        snakemake.params.isomir_reads,
        isomir_counts=Path(snakemake.output.isomir_counts),
        seed_isomir_counts=Path(snakemake.output.seed_isomir_counts),
    )
