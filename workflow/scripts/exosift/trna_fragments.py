"""Fragments of tRNA: what part of the molecule a read is, in the words of the field.

The boundaries are those of MINTmap (Loher 2017, doi:10.1038/srep41184). With n1 n2 A1 A2 A3 n3 n4
for the anticodon loop (positions 32 to 38, the anticodon is A1 A2 A3), a 5' half begins at the
5' end and ends with n1, n2, A1 or A2; a 3' half begins with n2, A1, A2 or A3 and ends in the CCA.
What has one of these ends alone is a 5'-tRF or a 3'-tRF, the tRF-5 and tRF-3 of tRFdb (Kumar 2015,
doi:10.1093/nar/gku1138); what has neither is an i-tRF. A tRF-1 lies behind the 3' end, in the
trailer of the precursor.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

KINDS = (
    *("", "whole", "5p_half", "3p_half", "tRF-5", "tRF-3", "i-tRF"),
    *("leader", "tRF-1", "precursor"),
)
"""The kinds by their codes; "" where the place of the mature tRNA is not known.

`leader` and `tRF-1` (the trailer) lie outside the mature tRNA, `precursor` across its ends.
"""

_CODE = {name: code for code, name in enumerate(KINDS)}

UNKNOWN = -1

CCA = "CCA"
LONGEST_MATURE = 100
"""nt with CCA; human mature tRNAs have 62 to 90. What is longer holds more than the tRNA."""

COMMON_ANTICODON = 33
"""Where the anticodon begins in most tRNAs, 0-based: at position 34."""
FIRST_ANTICODON, LAST_ANTICODON = 17, 45
"""Where it may begin; mitochondrial tRNAs without a D arm have it early."""

NAMED_ANTICODON = re.compile(
    r"t(?:RNA|RX)-[A-Za-z]+\d?-([ACGT]{3})|trna\d+-[A-Z][a-z]+([ACGT]{3})$"
)
HISTIDINE = re.compile("tR(?:NA|X)-His|trna\\d+-His")
PAIRS = frozenset(["AT", "TA", "CG", "GC", "GT", "TG"])
STEM, STEM_GAP = 5, 2
"""The anticodon stem: 5 pairs, 2 nt before and behind the anticodon."""

ACCEPTOR = 7
"""Pairs of the acceptor stem."""

WORD = 18
"""nt by which mature tRNAs are looked up in longer sequences."""


@dataclass(frozen=True)
class Layout:
    """Where a mature tRNA lies on a reference sequence, 0-based and half-open.

    Attributes
    ----------
    start, end
        Of the mature tRNA from position 1 on; with the CCA if the sequence ends there, without it
        if a trailer follows. `UNKNOWN` if the sequence is longer than a tRNA and holds none that
        is known.
    anticodon
        Where the anticodon begins, or `UNKNOWN`.
    """

    start: int
    end: int
    anticodon: int


def kind(
    start: ArrayLike,
    end: ArrayLike,
    length: ArrayLike,
    anticodon: ArrayLike = UNKNOWN,
    mature_start: ArrayLike = 0,
    mature_end: ArrayLike | None = None,
) -> NDArray[np.int8]:
    """Name the part of a tRNA that an alignment covers.

    Parameters
    ----------
    start, end
        The alignment on the reference sequence, 0-based and half-open, the non-templated tail left
        out. All arguments are numbers or arrays that broadcast.
    length
        nt of the reference sequence.
    anticodon
        Where the anticodon begins; `UNKNOWN` counts as position 34 of the mature tRNA.
    mature_start, mature_end
        Where the mature tRNA lies; see `Layout`. By default the sequence is one.

    Returns
    -------
    Codes of `KINDS`. A fragment may begin one base before the mature tRNA, as MINTmap's may: tRNA
    of histidine carries a base there.

    Examples
    --------
    >>> [KINDS[code] for code in kind([0, 0, 35, 54, 20], [34, 20, 76, 76, 40], 76, 33)]
    ['5p_half', 'tRF-5', '3p_half', 'tRF-3', 'i-tRF']
    """
    start, end, length = np.asarray(start), np.asarray(end), np.asarray(length)
    first = np.asarray(mature_start)
    last = length if mature_end is None else np.asarray(mature_end)
    loop = np.where(np.asarray(anticodon) < 0, first + COMMON_ANTICODON, anticodon)
    from_5p = (start == first) | (start == first - 1)
    # The CCA is part of the sequence only where no trailer follows.
    to_3p = (last == length) & (end > length - len(CCA))
    closing = end - 1 - loop
    opening = start - loop
    found = np.select(
        [
            (first < 0) | (last < 0),
            end <= first,
            start >= last,
            (end > last) | (start < first - 1),
            from_5p & to_3p,
            from_5p & (closing >= -2) & (closing <= 1),
            to_3p & (opening >= -1) & (opening <= 2),
            from_5p,
            to_3p,
        ],
        [
            _CODE[name]
            for name in (
                *("", "leader", "tRF-1", "precursor"),
                *("whole", "5p_half", "3p_half", "tRF-5", "tRF-3"),
            )
        ],
        _CODE["i-tRF"],
    )
    return found.astype(np.int8)


def layouts(
    records: Sequence[tuple[str, str]], known: Iterable[str] = ()
) -> tuple[list[Layout], list[str]]:
    """Find the mature tRNA in each of some reference sequences.

    Parameters
    ----------
    records
        Names and sequences of the class tRNA, each with CCA at its end, precursors among them.
    known
        Mature tRNAs without CCA, which are sought in the longer sequences.

    Returns
    -------
    layouts, bodies
        For each record where the mature tRNA lies, and its sequence without CCA; the latter is ""
        for a sequence that holds no known tRNA.
    """
    index = _index([*known, *(s.removesuffix(CCA) for _, s in records if _is_mature(s))])
    found = [_layout(name, sequence, index) for name, sequence in records]
    return [layout for layout, _ in found], [body for _, body in found]


def _is_mature(sequence: str) -> bool:
    return len(sequence) <= LONGEST_MATURE


def _index(bodies: Iterable[str]) -> Mapping[str, list[str]]:
    """Gather mature tRNAs by their first letters, the longest first."""
    index: dict[str, list[str]] = {}
    for body in sorted(set(bodies), key=lambda body: (-len(body), body)):
        index.setdefault(body[:WORD], []).append(body)
    return index


def _layout(name: str, sequence: str, index: Mapping[str, list[str]]) -> tuple[Layout, str]:
    if _is_mature(sequence):
        anticodon = find_anticodon(sequence, named_anticodon(name))
        return Layout(_position_1(name, sequence), len(sequence), anticodon), sequence.removesuffix(
            CCA
        )
    for start in range(len(sequence) - WORD + 1):
        for body in index.get(sequence[start : start + WORD], ()):
            if sequence.startswith(body, start):
                anticodon = find_anticodon(body + CCA, named_anticodon(name))
                at = anticodon if anticodon == UNKNOWN else start + anticodon
                return Layout(start, start + len(body), at), body
    return Layout(UNKNOWN, UNKNOWN, UNKNOWN), ""


def _position_1(name: str, sequence: str) -> int:
    """Tell where a mature tRNA with CCA begins: histidine's has a base before position 1.

    Positions 1 to 7 pair with 66 to 72, which stand before the base 73 and the CCA.
    """
    if not HISTIDINE.search(name):
        return 0
    behind = sequence[-len(CCA) - 1 - ACCEPTOR : -len(CCA) - 1]
    plain, extended = (_pairs(sequence[at : at + ACCEPTOR], behind) for at in (0, 1))
    return int(extended > plain)


def named_anticodon(name: str) -> str:
    """Read the anticodon out of a name of GtRNAdb, tRNAscan-SE or ours; "" if it tells none.

    Examples
    --------
    >>> named_anticodon("Homo_sapiens_tRNA-Gly-GCC-2-1")
    'GCC'
    >>> named_anticodon("chr6.trna8-ArgACG")
    'ACG'
    """
    found = NAMED_ANTICODON.search(name)
    return (found[1] or found[2]) if found else ""


def find_anticodon(sequence: str, anticodon: str = "") -> int:
    """Find where the anticodon begins in a mature tRNA, by the stem that holds its loop.

    Parameters
    ----------
    sequence
        A mature tRNA without intron, DNA letters.
    anticodon
        Its letters; "" if they are not known.

    Returns
    -------
    0-based place; of several the one with most pairs in the stem, then the one nearest to the
    usual place. `UNKNOWN` where fewer than 3 of 5 pair, or where the letters are nowhere.

    Examples
    --------
    >>> gly = "GCATTGGTGGTTCAGTGGTAGAATTCTCGCCTGCCACGCGGGAGGCCCGGGTTCGATTCCCGGCCAATGCACCA"
    >>> find_anticodon(gly, "GCC")
    32
    """
    best = (0, 0, UNKNOWN)
    for at in range(FIRST_ANTICODON, min(LAST_ANTICODON, len(sequence) - 10) + 1):
        if not sequence.startswith(anticodon, at):
            continue
        pairs = _stem_pairs(sequence, at)
        # Without its letters, the T before an anticodon tells it from a neighbour.
        if not anticodon and sequence[at - 1] != "T":
            continue
        best = max(best, (pairs, -abs(at - COMMON_ANTICODON), at))
    return best[2] if best[0] >= 3 else UNKNOWN


def _stem_pairs(sequence: str, anticodon: int) -> int:
    before = sequence[anticodon - STEM_GAP - STEM : anticodon - STEM_GAP]
    behind = sequence[anticodon + 3 + STEM_GAP : anticodon + 3 + STEM_GAP + STEM]
    return _pairs(before, behind)


def _pairs(one: str, other: str) -> int:
    """Count the pairs, G with T among them, of two strands that run against each other."""
    return sum(a + b in PAIRS for a, b in zip(one, other[::-1], strict=False))
