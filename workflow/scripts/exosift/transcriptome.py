"""The transcriptome: all reference sequences as one line of bases, and the index of its words.

The index is a folder of arrays that are mapped into memory, so that loading it costs nothing.
"""

import json
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from exosift.errors import UserError
from exosift.inserts import place_of
from exosift.kernel import Kernel

WORD_BASES = ((8, 1 << 22), (10, 1 << 26), (12, 1 << 31))
"""Bases of an indexed word, and up to which size of the reference: some 16 places per word."""

ARRAYS = ("low", "high", "blocked", "offsets", "places", "starts", "lengths")
PADDING = 64
"""Blocked bases at both ends, so that 64 bases can be read from every place."""


@dataclass(frozen=True)
class Transcriptome:
    """The reference, ready to be matched against.

    Attributes
    ----------
    names
        Names of the transcripts, `class|name`.
    low, high, blocked
        uint64 words of bits: bit i of word w belongs to base 64 * w + i of the line. `low` and
        `high` are the two bits of a base (A 0, C 1, G 2, T 3); nothing aligns over a blocked base.
    offsets, places
        int32: the word w (of `word_bases` bases, two bits each, the first base uppermost) stands
        at `places[offsets[w]:offsets[w + 1]]`.
    starts, lengths
        int32, per transcript: where it begins in the line, and its length in nt.
    """

    names: list[str]
    word_bases: int
    low: np.ndarray
    high: np.ndarray
    blocked: np.ndarray
    offsets: np.ndarray
    places: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray

    def sequence(self, transcript: int) -> str:
        """Spell a transcript in the letters ACGTN."""
        first = int(self.starts[transcript])
        stop = first + int(self.lengths[transcript])
        low, high, blocked = (
            np.unpackbits(plane[first // 64 : stop // 64 + 1].view(np.uint8), bitorder="little")[
                first % 64 : first % 64 + stop - first
            ]
            for plane in (self.low, self.high, self.blocked)
        )
        letters = np.frombuffer(b"ACGTN", np.uint8)
        return letters[np.where(blocked, 4, low + 2 * high)].tobytes().decode("ascii")


def build_transcriptome(transcripts: Iterable[tuple[str, str]], kernel: Kernel) -> Transcriptome:
    """Index named sequences (letters ACGTN).

    Raises
    ------
    UserError
        If they are more than 2 billion bases: then they belong into `genome`.
    """
    names: list[str] = []
    lengths: list[int] = []
    pieces = [b"N" * PADDING]
    for name, sequence in transcripts:
        names.append(name)
        lengths.append(len(sequence))
        pieces += [sequence.encode("ascii"), b"N"]
    pieces.append(b"N" * PADDING)
    line = np.frombuffer(b"".join(pieces), np.uint8)
    word_bases = next((bases for bases, most in WORD_BASES if len(line) <= most), 0)
    if not word_bases:
        raise UserError(
            f"The references of all classes hold {len(line):,} bases; up to "
            f"{WORD_BASES[-1][1]:,} are possible. Give large ones as `genome`."
        )
    starts = PADDING + np.concatenate([[0], np.cumsum(np.array(lengths[:-1], np.int64) + 1)])
    low = _plane((line == ord("C")) | (line == ord("T")))
    high = _plane((line == ord("G")) | (line == ord("T")))
    blocked = _plane(~np.isin(line, np.frombuffer(b"ACGT", np.uint8)), filling=1)
    offsets = np.zeros(4**word_bases + 1, np.int32)
    places = np.empty(len(line), np.int32)
    number = kernel.index_places(
        *(place_of(plane) for plane in (low, high, blocked)),
        len(line),
        word_bases,
        place_of(offsets),
        place_of(places),
    )
    return Transcriptome(
        names,
        word_bases,
        low,
        high,
        blocked,
        offsets,
        places[:number].copy(),
        starts.astype(np.int32),
        np.array(lengths, np.int32),
    )


def _plane(bits: np.ndarray, filling: int = 0) -> np.ndarray:
    """Pack one bit per base into words, with two words of filling behind the end."""
    words = len(bits) // 64 + 3
    filled = np.full(64 * words, filling, np.uint8)
    filled[: len(bits)] = bits
    return np.packbits(filled, bitorder="little").view(np.uint64)


def write_transcriptome(reference: Transcriptome, folder: Path) -> None:
    """Write the index as a folder that appears when it is whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        part.chmod(0o755)
        for name in ARRAYS:
            np.save(part / f"{name}.npy", getattr(reference, name))
        told = {"word_bases": reference.word_bases, "names": reference.names}
        (part / "transcripts.json").write_text(json.dumps(told), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def load_transcriptome(folder: Path) -> Transcriptome:
    """Map an index into memory.

    Raises
    ------
    UserError
        If it is not there or not whole.
    """
    try:
        told = json.loads((folder / "transcripts.json").read_text(encoding="utf-8"))
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in ARRAYS}
    except (OSError, ValueError, EOFError) as error:
        raise UserError(
            f"{folder} is no whole index ({error}). Delete the folder and run again."
        ) from None
    return Transcriptome(told["names"], told["word_bases"], **arrays)
