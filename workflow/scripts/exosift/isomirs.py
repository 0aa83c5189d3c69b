"""IsomiRs: what a read is to its mature, in the field's words, and how many there are of each.

The words are those of mirGFF3 (Desvignes 2020, Bioinformatics 36:698), version 1.2, as
mirtop 0.4.30 writes and reads them: `iso_5p:+1` begins 1 nt behind the mature's 5' end, `iso_3p:+1`
ends 1 nt behind its 3' end, `iso_add3p:1` has a non-templated tail of 1 nt, `iso_snv` a changed
base, with the part of the mature that is changed; `NA` is the mature itself.
"""

import csv
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from exosift.files import replacing
from exosift.kernel.layout import HIT_ALIGNED, HIT_MISMATCH, KIND_MISMATCH
from exosift.quantification import Quantification, exact
from exosift.sharing import UNIT

COLUMNS = ("mirna", "variant", "shift_5p", "reads", "inserts")

PLACES_OF_SNV = (
    (1, "iso_snv"),
    (7, "iso_snv_seed"),
    (8, "iso_snv_central_offset"),
    (12, "iso_snv_central"),
    (17, "iso_snv_central_supp"),
)
"""Last place in the insert, from 1, of each kind of changed base; behind them it is `iso_snv`."""


@cache
def variant(shift_5p: int, shift_3p: int, tail: int, snv: int) -> str:
    """Type an isomiR.

    Parameters
    ----------
    shift_5p, shift_3p
        nt by which the ends of the template lie behind the mature's ends.
    tail
        nt of a non-templated tail.
    snv
        Place of a changed base in the insert, 0-based; -1 if there is none.

    Examples
    --------
    >>> variant(0, 0, 0, -1), variant(-1, 2, 0, -1), variant(0, -1, 1, 4)
    ('NA', 'iso_3p:+2,iso_5p:-1', 'iso_3p:-1,iso_add3p:1,iso_snv_seed')
    """
    words = []
    if shift_3p:
        words.append(f"iso_3p:{shift_3p:+d}")
    if shift_5p:
        words.append(f"iso_5p:{shift_5p:+d}")
    if tail:
        words.append(f"iso_add3p:{tail}")
    if snv >= 0:
        words.append(next((name for last, name in PLACES_OF_SNV if snv < last), "iso_snv"))
    return ",".join(words) or "NA"


@dataclass(frozen=True)
class Isomirs:
    """What the inserts of a library's miRNAs are to the matures that get a share of them.

    All arrays have one element per insert and mature, by insert and then by mature.

    Attributes
    ----------
    inserts
        Number of the insert in the library.
    features
        Number of the feature that it counts for.
    transcripts, starts, ends
        Number of the hairpin, and where the template lies on it, 0-based and half-open.
    shifts_5p, shifts_3p
        nt by which the ends of the template lie behind the mature's ends.
    tails
        nt of the non-templated tail.
    snvs
        Place of the changed base in the insert, 0-based; -1 if there is none.
    parts
        The share of the insert, in parts of `sharing.UNIT`.
    reads
        The share in whole reads; those of an insert sum to its reads.
    """

    inserts: np.ndarray
    features: np.ndarray
    transcripts: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    shifts_5p: np.ndarray
    shifts_3p: np.ndarray
    tails: np.ndarray
    snvs: np.ndarray
    parts: np.ndarray
    reads: np.ndarray

    def variants(self) -> list[str]:
        """Type each of them, in the words of mirGFF3."""
        columns = (self.shifts_5p, self.shifts_3p, self.tails, self.snvs)
        return [variant(*one) for one in zip(*(c.tolist() for c in columns), strict=True)]


def find_isomirs(library: Quantification) -> Isomirs:
    """Tell what each insert of a miRNA is to each mature that gets a share of it."""
    shares = library.mirnas
    groups, calls, hits = shares.groups, shares.calls, shares.hits
    # Each member of a group has the calls of the group, in their order.
    sizes = np.bincount(groups.of, minlength=len(groups))[groups.of_member]
    member = np.repeat(groups.members, sizes)
    offset = np.arange(len(member)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    first_call = np.cumsum(np.bincount(groups.of, minlength=len(groups)))
    first_call = np.concatenate([[0], first_call]).astype(np.int64)
    parts = shares.parts[first_call[np.repeat(groups.of_member, sizes)] + offset]
    place = calls.first[member] + offset
    taken = np.flatnonzero(parts > 0)
    taken = taken[np.lexsort((offset[taken], member[taken]))]
    member, place, parts = member[taken], place[taken], parts[taken]
    codes, hit = calls.codes[place], calls.hits[place]
    inserts = shares.numbers[member]
    starts = hits.starts[hit]
    return Isomirs(
        inserts,
        codes >> 24 & 0xFFFFFFFF,
        hits.transcripts[hit],
        starts,
        starts + hits.rows[hit, HIT_ALIGNED],
        (codes >> 8 & 255) - 128,
        (codes & 255) - 128,
        _tails(codes >> 16 & 255),
        hits.rows[hit, HIT_MISMATCH],
        parts,
        _whole_reads(library.inserts.reads[inserts], parts, member),
    )


def _tails(kinds: np.ndarray) -> np.ndarray:
    """Give the length of the tail of each kind; see `exosift.kernel.layout`."""
    lengths = (kinds > 0).astype(np.int64) + (kinds > 4) + (kinds > 20)
    return np.where(kinds >= KIND_MISMATCH, kinds - KIND_MISMATCH, lengths)


def _whole_reads(reads: np.ndarray, parts: np.ndarray, insert: np.ndarray) -> np.ndarray:
    """Give whole reads of each share, by the largest remainders within an insert."""
    whole, rest = np.divmod(reads * parts, UNIT)
    _, number = np.unique(insert, return_inverse=True)
    given = np.bincount(number, whole).astype(np.int64)[number] if len(insert) else whole
    order = np.lexsort((-rest, number))
    rank = np.empty(len(order), np.int64)
    starts = np.flatnonzero(np.diff(number[order], prepend=-1))
    sizes = np.diff(np.append(starts, len(order)))
    rank[order] = np.arange(len(order)) - np.repeat(starts, sizes)
    return np.asarray(whole + (rank < reads - given))


def write_isomirs(library: Quantification, isomirs: Isomirs, path: Path) -> None:
    """Write how many reads and inserts of each mature have each variant.

    Parameters
    ----------
    library, isomirs
        The library and its isomiRs.
    path
        Where the table goes: mirna, variant, shift_5p (nt), reads (exact), inserts.
    """
    reads: dict[tuple[str, str, int], int] = defaultdict(int)
    inserts: dict[tuple[str, str, int], int] = defaultdict(int)
    names = library.annotation.feature_names
    units = isomirs.parts * library.inserts.reads[isomirs.inserts]
    for feature, name, shift, amount in zip(
        isomirs.features.tolist(),
        isomirs.variants(),
        isomirs.shifts_5p.tolist(),
        units.tolist(),
        strict=True,
    ):
        key = (names[feature], name, shift)
        reads[key] += amount
        inserts[key] += 1
    with replacing(path) as part, part.open("w", newline="") as handle:
        writer = csv.writer(handle, delimiter="\t", lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([*key, exact(reads[key]), inserts[key]] for key in sorted(reads))
