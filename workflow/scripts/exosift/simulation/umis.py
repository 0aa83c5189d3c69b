"""Reads of molecules with UMIs, as pairs of insert and UMI, with the truth about each insert.

`simulate_library` writes such libraries as FASTQ. Here only what deduplication sees is made, which
is quick enough for spaces of UMIs that are filled to a third.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from exosift.simulation.sources import BASES, Codes, Integers, encode

CYCLES = 12
EFFICIENCY = 0.6  # chance of a copy to be copied in a cycle; yields then vary by 50%
BLOCK = 200_000
END = len(BASES)  # stands behind the end of a sequence


@dataclass(frozen=True)
class UmiTruth:
    """Pairs of insert and UMI, sorted by insert and UMI, and where they came from.

    Attributes
    ----------
    sequences
        The inserts that were read, errors included.
    inserts, umis, reads
        The pairs: number of the insert, UMI (two bits a base, A 0, C 1, G 2, T 3, the first base
        uppermost) and reads, shape (pairs,).
    sources
        Of each insert the source that it is, or from which it differs by one base; else -1.
    molecules
        Of each source those that were read at least once.
    """

    sequences: tuple[str, ...]
    inserts: Integers
    umis: Integers
    reads: Integers
    sources: Integers
    molecules: Integers


def simulate_pairs(
    sources: Sequence[str],
    molecules: Sequence[int],
    rng: np.random.Generator,
    *,
    umi_length: int = 12,
    amplification: float = 4.0,
    error_rate: float = 0.001,
    frequencies: Sequence[float] = (0.25, 0.25, 0.25, 0.25),
) -> UmiTruth:
    """Sequence molecules with random UMIs after PCR.

    Parameters
    ----------
    sources
        Sequences of the inserts.
    molecules
        How many molecules each has before PCR, shape (sources,).
    umi_length
        In nt.
    amplification
        Reads per molecule on average; 1 reads each molecule once, without PCR.
    error_rate
        Chance of a base, of insert or UMI, to be read as another one.
    frequencies
        Of A, C, G and T in UMIs.
    """
    source = np.repeat(np.arange(len(sources)), molecules)
    copies = np.arange(len(source))
    if amplification != 1:
        yields = _amplified(len(source), rng)
        number = round(len(source) * amplification)
        copies = np.repeat(copies, rng.multinomial(number, yields / yields.sum()))
    longest = max(len(one) for one in sources)
    letters = np.full((len(sources), longest), END, np.uint8)
    for row, sequence in enumerate(sources):
        letters[row, : len(sequence)] = encode(sequence)
    umis = rng.choice(4, size=(len(source), umi_length), p=frequencies).astype(np.uint8)
    found, reads = _sequenced(
        np.concatenate([letters[source], umis], axis=1), copies, error_rate, rng
    )
    inserts, names = found[:, :longest], found[:, longest:]
    new = np.concatenate([[True], (inserts[1:] != inserts[:-1]).any(axis=1)])
    return UmiTruth(
        sequences=tuple(_spelled(row) for row in inserts[new]),
        inserts=np.cumsum(new) - 1,
        umis=names @ 4 ** np.arange(umi_length - 1, -1, -1),
        reads=reads,
        sources=_nearest(inserts[new], letters),
        molecules=np.bincount(source[np.unique(copies)], minlength=len(sources)),
    )


def _amplified(number: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Copy molecules in cycles of PCR; each copy is copied or not."""
    copies = np.ones(number, np.int64)
    for _ in range(CYCLES):
        copies += rng.binomial(copies, EFFICIENCY)
    return copies.astype(float)


def _sequenced(
    molecules: Codes, copies: Integers, error_rate: float, rng: np.random.Generator
) -> tuple[Codes, Integers]:
    """Read molecules, each as often as it is named; give the different reads, and how many of each.

    Most reads are right. These are counted by molecule, and only the others are looked at.
    """
    right = np.zeros(len(molecules), np.int64)
    wrong = []
    for begin in range(0, len(copies), BLOCK):
        shown = copies[begin : begin + BLOCK]
        errors = rng.random((len(shown), molecules.shape[1]), dtype=np.float32) < error_rate
        errors &= molecules[shown] != END
        one, at = np.nonzero(errors)
        bases = molecules[shown]
        bases[one, at] = (bases[one, at] + rng.integers(1, 4, size=one.size, dtype=np.uint8)) % 4
        changed = errors.any(axis=1)
        wrong.append(bases[changed])
        right += np.bincount(shown[~changed], minlength=len(right))
    rows = np.concatenate([molecules, *wrong])
    times = np.ones(len(rows), np.int64)
    times[: len(right)] = right
    rows, times = rows[times > 0], times[times > 0]
    found, which = np.unique(rows, axis=0, return_inverse=True)
    return found, np.bincount(which.ravel(), times).astype(np.int64)


def _nearest(rows: Codes, sources: Codes) -> Integers:
    """Find for each row the source that differs in no more than one place."""
    nearest = np.full(len(rows), -1)
    for number, source in enumerate(sources):
        nearest[(rows != source).sum(axis=1) <= 1] = number
    return nearest


def _spelled(row: Codes) -> str:
    return "".join(BASES[code] for code in row if code != END)
