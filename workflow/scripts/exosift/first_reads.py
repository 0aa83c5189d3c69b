"""The first reads of a library as a matrix of bases, and as words of eight bases."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from exosift.errors import SampleError
from exosift.fastq import FastqFile

Codes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint16]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

WORD = 8
LONGEST = 100  # cycles that are looked at: an insert, its adapter and what stands behind
BASES = "ACTG"  # in the order of their codes
_PIECE = 1 << 18
_NARROWEST = 32
_LEAST_RUN = 10


@dataclass(frozen=True)
class FirstReads:
    """Reads as numbers.

    Attributes
    ----------
    codes
        Base codes 0 to 3 (A, C, T, G), shape (reads, cycles). N counts as G, and so does what lies
        behind the end of a read: runs of G tell nothing here, since machines of two colours write
        them where there is no template.
    words
        Codes of the eight bases from each place on, shape (reads, cycles - 7).
    lengths
        Length of each read in nt, of at most `LONGEST` of them and without a run of ten or more G
        at its end, shape (reads,).
    longest, shortest
        Lengths of the longest and shortest read, nt.
    modal_share
        Share of the reads that have the commonest length.
    lane
        From which file each read is, shape (reads,).
    """

    codes: Codes
    words: Words
    lengths: Integers
    longest: int
    shortest: int
    modal_share: float
    lane: Integers

    def __len__(self) -> int:
        """Count the reads."""
        return len(self.codes)


def read_first(fastq: Sequence[Path], reads: int) -> tuple[FirstReads, str]:
    """Read the first reads of a library, the same number from each of its files.

    Returns
    -------
    reads, damage
        The reads that could be read, and what was wrong with the first damaged file, or "".
    """
    sequences: list[bytes] = []
    lanes: list[int] = []
    damage = ""
    share = max(1, -(-reads // max(len(fastq), 1)))
    for number, path in enumerate(fastq):
        try:
            found, problem = _sequences(Path(path), share)
        except SampleError as error:
            found, problem = [], str(error)
        damage = damage or problem
        sequences += found
        lanes += [number] * len(found)
    return as_numbers(sequences, lanes), damage


def _sequences(path: Path, reads: int) -> tuple[list[bytes], str]:
    """Read the sequence lines of the first whole records of a file."""
    text = bytearray()
    piece = bytearray(_PIECE)
    problem = ""
    lines_read = 0
    with FastqFile(path) as fastq:
        while lines_read < 4 * reads:
            try:
                size = fastq.read_text(memoryview(piece))
            except SampleError as error:
                problem = str(error)
                break
            if not size:
                break
            text += piece[:size]
            lines_read += piece.count(b"\n", 0, size)
    lines = bytes(text).split(b"\n", 4 * reads)
    return [line.rstrip(b"\r") for line in lines[1 : 4 * (len(lines) // 4) : 4]], problem


def as_numbers(sequences: Sequence[bytes], lanes: Sequence[int] = ()) -> FirstReads:
    """Turn sequences into numbers."""
    lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
    longest = int(lengths.max(initial=0))
    width = min(max(longest, _NARROWEST), LONGEST)
    text = b"".join([sequence[:width].ljust(width, b"G") for sequence in sequences])
    letters = np.frombuffer(text, dtype=np.uint8).reshape(len(sequences), width)
    codes: Codes = (letters >> 1).astype(np.uint8) & np.uint8(3)
    pairs = (codes[:, :-1] << 2) | codes[:, 1:]
    fours = (pairs[:, :-2] << 4) | pairs[:, 2:]
    words = fours[:, :-4].astype(np.uint16)
    words <<= 8
    words |= fours[:, 4:]
    counts = np.bincount(lengths) if len(lengths) else np.zeros(1, dtype=np.int64)
    return FirstReads(
        codes=codes,
        words=words,
        lengths=_without_run(codes, np.minimum(lengths, width)),
        longest=longest,
        shortest=int(lengths.min(initial=longest)),
        modal_share=float(counts.max() / max(len(lengths), 1)),
        lane=np.array(lanes or [0] * len(sequences), dtype=np.int64),
    )


def _without_run(codes: Codes, lengths: Integers) -> Integers:
    """Take a run of G, written where there is no template, off the length of reads."""
    other = codes[:, ::-1] != BASES.index("G")
    last = np.where(other.any(axis=1), codes.shape[1] - other.argmax(axis=1), 0)
    return np.where(lengths - last >= _LEAST_RUN, last, lengths)


def encode(sequence: str) -> Codes:
    """Give the base codes of a sequence."""
    letters = np.frombuffer(sequence.encode(), dtype=np.uint8)
    return (letters >> 1).astype(np.uint8) & np.uint8(3)


def word_of(codes: Codes) -> int:
    """Give the code of eight bases."""
    number = 0
    for code in codes[:WORD].tolist():
        number = number << 2 | code
    return number


def spelt(codes: Codes) -> str:
    """Write base codes as letters."""
    return "".join(BASES[code] for code in codes.tolist())


def twelve_from(reads: FirstReads, rows: Integers, columns: Integers | int) -> Integers:
    """Give the codes of the twelve bases that begin at a column of each row."""
    first = reads.words[rows, columns].astype(np.int64)
    return first << 8 | (reads.words[rows, columns + 4].astype(np.int64) & 0xFF)
