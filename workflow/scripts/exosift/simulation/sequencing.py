"""What the sequencer adds: qualities, the errors they stand for, headers, the file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
from isal import igzip

from exosift.files import replacing
from exosift.simulation.layouts import Run
from exosift.simulation.sources import BASES, N_CODE, Codes, Integers

Floats = npt.NDArray[np.float32]

LETTERS = np.frombuffer(BASES.encode() + b"\0", dtype=np.uint8)
NOTHING = len(BASES)  # the code of a place behind the end of a read
N_SHARE = 0.001
N_SCORE = 2
GOOD, MIDDLING, POOR = 0, 1, 2
MOST_MIDDLING = 0.25
USUAL_MIDDLING = 80.0  # share of middling bases per unit of error rate: 8 % at 0.1 %


@contextmanager
def fastq_file(path: str | Path) -> Iterator[igzip.IGzipFile]:
    """Open a gzipped FASTQ file whose bytes depend on its content alone."""
    with (
        replacing(path) as part,
        part.open("wb") as plain,
        igzip.IGzipFile(filename="", mode="wb", compresslevel=2, fileobj=plain, mtime=0) as handle,
    ):
        yield handle


def bin_shares(
    error_rate: float, scores: tuple[int, int, int]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Share and error probability of good, middling and poor bases that give a mean error rate.

    The error probabilities are those that the scores promise. Only a rate below that of the good
    score cannot be kept honest: then all bases are good, and better than their score.
    """
    chance = np.power(10.0, -np.array(scores) / 10.0)
    if error_rate <= chance[GOOD]:
        return np.array([1.0, 0.0, 0.0]), np.full(3, error_rate)
    excess = error_rate - chance[GOOD]
    over = chance - chance[GOOD]
    middling = min(USUAL_MIDDLING * error_rate, MOST_MIDDLING, excess / over[MIDDLING])
    poor = (excess - middling * over[MIDDLING]) / over[POOR]
    return np.array([1.0 - middling - poor, middling, poor]), chance


def sequence_reads(
    reads: Codes, rng: np.random.Generator, scores: tuple[int, int, int], error_rate: float
) -> tuple[Codes, int]:
    """Put errors into reads, in place, and give each base its quality.

    Poor bases gather in poor reads and towards the end; a few reads have an N.

    Parameters
    ----------
    reads
        Base codes, shape (reads, cycles).
    error_rate
        Mean share of wrong bases.

    Returns
    -------
    Quality characters, shape (reads, cycles), and the number of bases changed to another base.
    """
    number, cycles = reads.shape
    shares, chance = bin_shares(error_rate, scores)
    badness = np.asarray(rng.standard_gamma(2.0, size=(number, 1), dtype=np.float32)) / 2
    ageing = np.linspace(0.4, 1.6, cycles, dtype=np.float32)[None, :]
    lot = rng.random(reads.shape, dtype=np.float32)
    lot /= badness * ageing + np.float32(1e-6)
    bins = (lot < shares[POOR] + shares[MIDDLING]).astype(np.uint8)
    bins += lot < shares[POOR]
    wrong = rng.random(reads.shape, dtype=np.float32) < chance.astype(np.float32)[bins]
    row, column = np.nonzero(wrong)
    shift = rng.integers(1, 4, size=row.size, dtype=np.uint8)
    reads[row, column] = (reads[row, column] + shift) % 4
    characters = np.array(scores, dtype=np.uint8)[bins] + np.uint8(33)
    unread = np.flatnonzero(rng.random(number) < N_SHARE) if error_rate else np.empty(0, int)
    at = rng.integers(0, cycles, size=unread.size)
    reads[unread, at] = N_CODE
    characters[unread, at] = N_SCORE + 33
    return characters, int(row.size)


def places(number: int, rng: np.random.Generator, run: Run) -> Integers:
    """Draw tile, x and y of each read in the order of the file, shape (reads, 3); no two alike."""
    shape = (len(run.tiles), 36_000, 31_000)
    spots = np.empty(0, dtype=np.int64)
    while len(spots) < number:
        more = rng.integers(0, np.prod(shape), size=number - len(spots))
        spots = np.unique(np.concatenate([spots, more]))
    tile, y, x = np.unravel_index(spots, shape)
    return np.column_stack([np.array(run.tiles)[tile], x + 1000, y + 1000]).astype(np.int64)


def fastq_text(reads: Codes, qualities: Codes, at: Integers, run: Run, index: str) -> bytes:
    """Write records as FASTQ text.

    Parameters
    ----------
    reads, qualities
        Base codes and quality characters, shape (reads, cycles); `NOTHING` and 0 behind the end of
        a read.
    at
        Tile, x and y of each read, shape (reads, 3).
    index
        The index sequence in the header.
    """
    number = len(reads)

    def constant(text: str) -> Codes:
        code = np.frombuffer(text.encode(), dtype=np.uint8)
        return np.broadcast_to(code, (number, len(code)))

    parts = [
        constant(f"@{run.instrument}:{run.number}:{run.flowcell}:{run.lane}:"),
        _digits(at[:, 0]),
        constant(":"),
        _digits(at[:, 1]),
        constant(":"),
        _digits(at[:, 2]),
        constant(f" 1:N:0:{index}\n"),
        LETTERS[reads],
        constant("\n+\n"),
        qualities,
        constant("\n"),
    ]
    text = np.concatenate(parts, axis=1)
    return text[text != 0].tobytes()


def _digits(values: Integers, width: int = 5) -> Codes:
    """Write numbers as decimal characters; places before the first digit hold 0 bytes."""
    powers = 10 ** np.arange(width - 1, -1, -1)
    characters = (values[:, None] // powers % 10 + ord("0")).astype(np.uint8)
    characters[values[:, None] < powers] = 0
    return characters


def cut_in_half(path: str | Path) -> None:
    """Damage a file as a broken transfer does: keep the first half of its bytes."""
    whole = Path(path).read_bytes()
    with replacing(path) as part:
        part.write_bytes(whole[: len(whole) // 2])
