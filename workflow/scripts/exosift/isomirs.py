"""IsomiRs: what a read is to its mature, in the field's words, and how many there are of each.

The words are those of mirGFF3 1.2 (Desvignes 2020, Bioinformatics 36:698): `iso_5p:+1` begins 1 nt
behind the mature's 5' end, `iso_3p:+1` has a template that ends 1 nt behind its 3' end,
`iso_add3p:1` has a non-templated tail of 1 nt, `iso_snv` a changed base, with the part of the miRNA
that is changed; `NA` is the mature itself.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from exosift.files import replacing
from exosift.kernel.layout import HIT_ALIGNED, HIT_MISMATCH, KIND_MISMATCH
from exosift.quantification import Quantification, exact
from exosift.sharing import UNIT

COLUMNS = ("mirna", "variant", "shift_5p", "reads", "inserts")

PARTS_OF_MIRNA = (
    (1, "iso_snv"),
    (7, "iso_snv_seed"),
    (8, "iso_snv_central_offset"),
    (12, "iso_snv_central"),
    (17, "iso_snv_central_supp"),
)
"""Last place in the insert, from 1, of each kind of changed base; behind them it is `iso_snv`."""

LAST_PLACES = np.array([-1, *(last - 1 for last, _ in PARTS_OF_MIRNA)])
FIRST_PLACES = np.array([-1, *LAST_PLACES[:-1] + 1, 0])
"""The same from 0, first and last; -1 is no changed base, and what lies behind is as place 0."""


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
        words.append(next((name for last, name in PARTS_OF_MIRNA if snv < last), "iso_snv"))
    return ",".join(words) or "NA"


@dataclass(frozen=True)
class Isomirs:
    """What the inserts of a library's miRNAs are to the matures that get a share of them.

    All arrays are int64 and have one element per insert and mature, by insert and then by mature.

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
        Place of the changed base in the insert, 0-based; -1 if there is none, or none was read.
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

    @property
    def forms(self) -> np.ndarray:
        """Number what they are: one number of 32 bits for each variant."""
        kinds = FIRST_PLACES[np.searchsorted(LAST_PLACES, self.snvs)]
        return np.asarray(form_of(self.shifts_5p, self.shifts_3p, self.tails, kinds))


def form_of(shift_5p: Any, shift_3p: Any, tail: Any, snv: Any) -> Any:
    """Make one number of 32 bits of the parameters of `variant`."""
    return shift_5p + 128 << 24 | shift_3p + 128 << 16 | tail << 8 | snv + 1


@cache
def variant_of(form: int) -> str:
    """Type an isomiR by its number among `Isomirs.forms`."""
    return variant(shift_5p_of(form), (form >> 16 & 255) - 128, form >> 8 & 255, (form & 255) - 1)


def shift_5p_of(form: int) -> int:
    """Give the nt by which a form begins behind the mature's 5' end."""
    return (form >> 24 & 255) - 128


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
    inserts = shares.numbers[member].astype(np.int64)
    features = codes >> 24 & 0xFFFFFFFF
    starts = hits.starts[hit].astype(np.int64)
    snvs = hits.rows[hit, HIT_MISMATCH].astype(np.int64)
    unread = library.inserts.words[inserts, 2] >> np.maximum(snvs, 0).astype(np.uint64)
    return Isomirs(
        inserts,
        features,
        hits.transcripts[hit].astype(np.int64),
        starts,
        starts + hits.rows[hit, HIT_ALIGNED],
        (codes >> 8 & 255) - 128,
        (codes & 255) - 128,
        _tails(codes >> 16 & 255),
        np.where(unread & np.uint64(1), -1, snvs),
        parts,
        whole_reads(library.inserts.reads[inserts], parts, inserts, features),
    )


def _tails(kinds: np.ndarray) -> np.ndarray:
    """Give the length of the tail of each kind; see `exosift.kernel.layout`."""
    lengths = (kinds > 0).astype(np.int64) + (kinds > 4) + (kinds > 20)
    return np.where(kinds >= KIND_MISMATCH, kinds - KIND_MISMATCH, lengths)


def whole_reads(
    reads: np.ndarray, parts: np.ndarray, inserts: np.ndarray, features: np.ndarray
) -> np.ndarray:
    """Turn shares into whole reads, so that inserts keep their reads and matures their sums.

    The reads that rounding down leaves of an insert go to the largest remainders. Rounding alone
    would take all inserts of one read from the smaller partner, so what a mature was denied is
    added to its next remainder, and what it was given too much is taken off: its sum stays within
    about one read of the exact one.

    Parameters
    ----------
    reads, parts
        Reads of the insert, and the share of them in parts of `sharing.UNIT`; the parts of an
        insert sum to `UNIT`.
    inserts, features
        Whose share of what it is, by insert.
    """
    whole, rest = np.divmod(reads * parts, UNIT)
    shared = np.flatnonzero(rest)
    owed: dict[int, int] = defaultdict(int)
    columns = (column[shared].tolist() for column in (inserts, features, rest))
    rows = zip(*columns, shared.tolist(), strict=True)
    for _, several in groupby(rows, key=lambda row: row[0]):
        here = list(several)
        for _, feature, remainder, _ in here:
            owed[feature] += remainder
        left = sum(remainder for _, _, remainder, _ in here) // UNIT
        here.sort(key=lambda row: (-owed[row[1]], row[1]))
        for _, feature, _, place in here[:left]:
            owed[feature] -= UNIT
            whole[place] += 1
    return np.asarray(whole)


def write_isomirs(library: Quantification, isomirs: Isomirs, path: Path) -> None:
    """Write how many reads and inserts of each mature have each variant.

    Parameters
    ----------
    library, isomirs
        The library and its isomiRs.
    path
        Where the table goes: mirna, variant, shift_5p (nt), reads (exact), inserts.
    """
    found, row = np.unique(isomirs.features << 32 | isomirs.forms, return_inverse=True)
    units = np.zeros(len(found), np.int64)
    np.add.at(units, row, isomirs.parts * library.inserts.reads[isomirs.inserts])
    inserts = np.bincount(row, minlength=len(found))
    names = library.annotation.feature_names
    lines = [
        f"{names[key >> 32]}\t{variant_of(key & 0xFFFFFFFF)}\t{shift_5p_of(key)}\t"
        f"{exact(reads) if reads % UNIT else reads // UNIT}\t{number}\n"
        for key, reads, number in zip(found.tolist(), units.tolist(), inserts.tolist(), strict=True)
    ]
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="\n") as handle:
        handle.write("\t".join(COLUMNS) + "\n")
        handle.writelines(sorted(lines))


def commonest_ends(shifts: Iterable[tuple[str, int, float]]) -> dict[str, tuple[int, float]]:
    """Find where most reads of each miRNA begin, and which share of them does: its homogeneity.

    5' ends of miRNAs are cut precisely, which is a criterion of their annotation (Fromm 2015,
    doi:10.1146/annurev-genet-120213-092023). If fewer than half of the reads begin at one place,
    they may be those of a degraded RNA.

    Parameters
    ----------
    shifts
        miRNA, nt by which reads begin behind its 5' end, and how many do; a pair may come again.

    Returns
    -------
    By miRNA the shift of most reads (of several the one nearest to 0, then the lower), and the
    share that has it. miRNAs without reads are not there.

    Examples
    --------
    >>> commonest_ends([("miR-21-5p", 0, 90), ("miR-21-5p", 1, 10), ("miR-9", -1, 4)])
    {'miR-21-5p': (0, 0.9), 'miR-9': (-1, 1.0)}
    """
    reads: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(int))
    for mirna, shift, number in shifts:
        reads[mirna][shift] += number
    ends = {}
    for mirna, numbers in reads.items():
        if total := sum(numbers.values()):
            shift = max(numbers, key=lambda one: (numbers[one], -abs(one), -one))
            ends[mirna] = (shift, float(numbers[shift] / total))
    return ends
