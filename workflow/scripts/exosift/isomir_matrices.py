"""Matrices of isomiRs: each variant for itself, and the reads of a miRNA by their seed."""

from collections.abc import Collection, Sequence
from pathlib import Path

from exosift.biotypes import MIRNA
from exosift.count_matrix import CountMatrix, largest_remainder
from exosift.features import natural
from exosift.files import read_json
from exosift.library_tables import check_sum, read_isomirs


def merge_isomirs(
    isomirs: Sequence[Path],
    totals: Sequence[Path],
    moved: Collection[str],
    fewest_reads: int,
    *,
    isomir_counts: Path,
    seed_isomir_counts: Path,
) -> None:
    """Put the isomiRs of all libraries into matrices.

    Parameters
    ----------
    isomirs, totals
        What quantification wrote, one pair per library, in the order of the sample sheet.
    moved
        Fragment-derived miRNAs, which are left out as in `mirna_counts.tsv`.
    fewest_reads
        A row needs so many reads over all libraries.
    isomir_counts
        Integers, one row per `mirna` and `variant`.
    seed_isomir_counts
        Integers; the reads of a miRNA with its own 5' end, and one row for each other 5' end, which
        changes the seed and so the targets: `hsa-let-7a-5p|iso_5p:+1`.

    Raises
    ------
    UserError
        If the isomiRs of a library do not sum to its class miRNA: files of different runs.
    """
    matrix = CountMatrix()
    for path, summary in zip(isomirs, totals, strict=True):
        told = read_json(summary)
        if told["status"] != "failed":
            numbers, shares = read_isomirs(path, matrix.rows)
            whole = largest_remainder(shares)
            check_sum(path, MIRNA, int(whole.sum()), told["classes"][MIRNA])
            matrix.add(told["sample"], numbers, whole)
    variants = matrix.grouped(lambda name: name.rpartition("\t")[0])
    seeds = matrix.grouped(_seed)
    _write(variants, moved, fewest_reads, isomir_counts, ["mirna", "variant"], "\t")
    _write(seeds, moved, fewest_reads, seed_isomir_counts, ["feature"], "|")


def _seed(name: str) -> str:
    mirna, _, shift = name.split("\t")
    return f"{mirna}|iso_5p:{int(shift):+d}" if int(shift) else mirna


def _write(
    matrix: CountMatrix,
    moved: Collection[str],
    fewest_reads: int,
    path: Path,
    heading: Sequence[str],
    behind_mirna: str,
) -> None:
    totals = matrix.totals().tolist()
    shown = [
        (name.partition(behind_mirna)[::2], name)
        for name, total in zip(matrix.rows, totals, strict=True)
        if total >= fewest_reads
    ]
    names = [
        name
        for (mirna, _), name in sorted(shown, key=lambda row: (natural(row[0][0]), row[0][1]))
        if mirna not in moved
    ]
    matrix.write(path, names, heading)
