"""Merging: the counts of all libraries side by side, as integers that keep their sums."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from exosift.biotypes import MIRNA
from exosift.count_matrix import CountMatrix, largest_remainder
from exosift.errors import UserError
from exosift.features import natural
from exosift.files import read_json, replacing
from exosift.library_tables import DOUBTS, LibraryCounts, check_sum, read_counts
from exosift.matrices import AMBIGUOUS, COUNTED, FATES, FRAGMENT_DERIVED, UMI_DUPLICATE
from exosift.settings.candidates import CallRules
from exosift.settings.matrices import Matrices
from exosift.table_files import read_run_table, write_run_table

NONE = np.zeros(0, np.int64)


@dataclass(frozen=True)
class Limits:
    """When the reads of a miRNA may be those of another RNA.

    Attributes
    ----------
    ambiguous_share, fragment_share
        Shares of its reads over all libraries that fit another class as well: above the first it
        is flagged, above the second its count is moved to the fragment-derived miRNAs.
    """

    ambiguous_share: float = CallRules.ambiguous_share
    fragment_share: float = Matrices.fragment_share


def merge(
    counts: Sequence[Path],
    totals: Sequence[Path],
    features: Path,
    limits: Limits,
    *,
    mirna_counts: Path,
    mirna_cpm: Path,
    fragment_derived: Path,
    feature_table: Path,
    class_counts: Path,
    class_matrices: Mapping[str, Path],
) -> list[str]:
    """Put the tables of all libraries into matrices.

    Nothing here knows the condition of a sample: what is ambiguous is judged over all of them.

    Parameters
    ----------
    counts, totals
        What quantification wrote, one pair per library, in the order of the sample sheet.
    features
        Every miRNA feature of the reference with its names and sequence.
    limits
        When a miRNA is called ambiguous or derived from a fragment.
    mirna_counts
        Integers, miRNA x sample. All miRNAs of the reference are there but the fragment-derived
        ones; libraries that could not be read are not.
    mirna_cpm
        The same per million of the column's sum.
    fragment_derived
        Integers of the fragment-derived miRNAs.
    feature_table
        The features with the shares of doubtful reads over all libraries, and what follows of them.
    class_counts
        Reads per fate and class, one row per library; they sum to `reads_in`.
    class_matrices
        For each class with a matrix where it goes: integers, feature x sample, of features with
        reads. tRNA features stand with the kind of fragment, `tRNA-Gly-GCC-2|5p_half`.

    Returns
    -------
    The fragment-derived miRNAs.

    Raises
    ------
    UserError
        If the files of a library are not of the same run: the sums differ, or a miRNA is unknown.
    """
    reference = read_run_table("reference_features", features)
    known = {name: row for row, name in enumerate(reference["mirna"])}
    matrices = {rna: CountMatrix() for rna in (MIRNA, *class_matrices)}
    doubtful = np.zeros((len(known), 1 + len(DOUBTS)), np.int64)
    told = [read_json(path) for path in totals]
    for path, library in zip(counts, told, strict=True):
        if library["status"] == "failed":
            continue
        found = read_counts(path)
        doubtful[_rows_of(found, known, path)] += found.evidence
        for rna, matrix in matrices.items():
            rows = np.array([matrix.rows[name] for name in found.names.get(rna, [])], np.int32)
            whole = largest_remainder(found.shares.get(rna, NONE))
            check_sum(path, rna, int(whole.sum()), library["classes"].get(rna, 0))
            matrix.add(library["sample"], rows, whole)
    table = _with_doubts(reference, doubtful, limits)
    moved = table["status"] == FRAGMENT_DERIVED
    kept = table["mirna"][~moved].tolist()
    matrices[MIRNA].write(mirna_counts, kept, ["mirna"])
    _write_cpm(matrices[MIRNA], kept, mirna_cpm)
    matrices[MIRNA].write(fragment_derived, table["mirna"][moved].tolist(), ["mirna"])
    write_run_table("features", table, feature_table)
    for rna, path in class_matrices.items():
        matrices[rna].write(path, sorted(matrices[rna].rows, key=natural), ["feature"])
    write_run_table("class_counts", _class_rows(told), class_counts)
    return table["mirna"][moved].tolist()


def _rows_of(found: LibraryCounts, known: Mapping[str, int], path: Path) -> list[int]:
    """Find the miRNAs of a library among those of the reference."""
    names = found.names.get(MIRNA, [])
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UserError(
            f"{path} holds {len(unknown)} miRNAs that the references do not, such as {unknown[0]}: "
            "it is not of the same run. Delete it and run again."
        )
    return [known[name] for name in names]


def _with_doubts(reference: pd.DataFrame, doubtful: np.ndarray, limits: Limits) -> pd.DataFrame:
    """Add what the reads over all libraries say of each miRNA."""
    reads = doubtful[:, 0].astype(float)
    shares = doubtful[:, 1:] / np.where(reads > 0, reads, np.nan)[:, None]
    table = reference.assign(**{f"{kind}_share": shares[:, at] for at, kind in enumerate(DOUBTS)})
    ambiguous = table["ambiguous_share"]
    return table.assign(
        status=np.select(
            [ambiguous > limits.fragment_share, ambiguous > limits.ambiguous_share],
            [FRAGMENT_DERIVED, AMBIGUOUS],
            COUNTED,
        )
    )


def _class_rows(told: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Tell of each library, also of the failed ones, what became of its reads."""
    rows = [
        {
            "sample": library["sample"],
            "status": library["status"],
            "reads_in": library["reads_in"],
            **library["fates"],
            **library["classes"],
        }
        for library in told
    ]
    fates = [*FATES, *([UMI_DUPLICATE] if any(UMI_DUPLICATE in row for row in rows) else [])]
    classes = dict.fromkeys(name for library in told for name in library["classes"])
    numbers = ["reads_in", *fates, *classes]
    table = pd.DataFrame(rows, columns=["sample", "status", *numbers])
    return table.fillna(dict.fromkeys(numbers, 0)).astype(dict.fromkeys(numbers, "int64"))


def _write_cpm(matrix: CountMatrix, names: Sequence[str], path: Path) -> None:
    """Write counts per million of the column's sum; a library without reads has empty cells."""
    sums = np.zeros(len(matrix.samples), np.int64)
    for _, counts in matrix.lines(names):
        sums += counts
    scale = 1e6 / np.where(sums > 0, sums, np.nan)
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="\n") as handle:
        handle.write("\t".join(["mirna", *matrix.samples]) + "\n")
        for name, counts in matrix.lines(names):
            cells = ("" if cpm != cpm else f"{cpm:.6g}" for cpm in (counts * scale).tolist())
            handle.write("\t".join([name, *cells]) + "\n")
