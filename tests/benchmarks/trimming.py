"""Trimming and collapsing against the speed at which the same file can be decompressed.

    python tests/benchmarks/trimming.py 1 5 20 --rounds 5

Simulates a TruSeq library of plasma for each size (millions of 50 nt reads), then runs
`igzip -dc` (Debian package isal) and `python -m exosift trim` on it in turn, each as a whole
process, and prints the medians of the rounds and of the ratios within each round as a Markdown
table. The libraries are kept in --folder and used again.
"""

import argparse
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[2]
READ_LENGTH = 50
BATCH = 250_000
BASES = np.frombuffer(b"ACGT", np.uint8)
TAIL = b"TGGAATTCTCGGGTGCCAAGGAACTCCAGTCACATCACGATCTCGTATGCCGTCTTCTGC"
TAIL_CODES = np.array([b"ACGT".index(base) for base in TAIL], np.uint8)
BINNED = np.frombuffer(b"F:,", np.uint8)  # Phred 37, 25 and 11
BASE_ERRORS = np.array([0.0007, 0.004, 0.03])
# Kinds of RNA: share of reads, number of parents, their length, shortest and longest insert (nt)
# and how far inserts begin from the parent's 5' end.
KINDS = (
    (0.56, 500, 30, 19, 25, 1),
    (0.13, 200, 76, 18, 36, 4),
    (0.10, 4, 110, 20, 36, 30),
    (0.10, 3, 1000, 15, 36, 960),
    (0.06, 20_000, 60, 15, 42, 18),
    (0.05, 1, 30, 0, 2, 1),  # adapter dimers
)


@dataclass(frozen=True)
class Usage:
    """What one process took: seconds of wall clock and of CPU, and MB at its largest."""

    wall: float
    cpu: float
    memory: float


def simulate(path: Path, reads: int) -> None:
    """Write a library, compressed by gzip's default level."""
    random = np.random.default_rng(20_240_601)
    parents = [random.integers(0, 4, (number, length), np.uint8) for _, number, length, *_ in KINDS]
    weights = [random.lognormal(0, 2.2, number) for _, number, *_ in KINDS]
    part = path.with_suffix(".part")
    with part.open("wb") as stored:
        packer = subprocess.Popen(
            [shutil.which("pigz") or "gzip", "-6", "-c"], stdin=subprocess.PIPE, stdout=stored
        )
        assert packer.stdin is not None
        for first in range(0, reads, BATCH):
            number = min(BATCH, reads - first)
            packer.stdin.write(batch(random, parents, weights, first, number))
        packer.stdin.close()
        packer.wait()
    part.rename(path)


def batch(
    random: np.random.Generator,
    parents: list[np.ndarray],
    weights: list[np.ndarray],
    first: int,
    number: int,
) -> bytes:
    """Make the text of some reads; all records have the same length."""
    codes = np.empty((number, READ_LENGTH), np.uint8)
    kinds = random.choice(len(KINDS), number, p=[kind[0] for kind in KINDS])
    places = np.arange(READ_LENGTH)
    for kind, (_, _, length, shortest, longest, starts) in enumerate(KINDS):
        rows = np.flatnonzero(kinds == kind)
        share = weights[kind] / weights[kind].sum()
        parent = random.choice(len(share), len(rows), p=share)
        start = random.integers(0, starts, len(rows))
        spread = (longest - shortest) / 2
        size = np.rint(random.normal(shortest + spread, spread / 3, len(rows))).astype(int)
        size = np.clip(size, shortest, longest)
        within = np.minimum(start[:, None] + places, length - 1)
        behind = np.clip(places - size[:, None], 0, len(TAIL) - 1)
        codes[rows] = np.where(
            places < size[:, None], parents[kind][parent[:, None], within], TAIL_CODES[behind]
        )
    quality = random.choice(3, codes.shape, p=(0.93, 0.05, 0.02)).astype(np.uint8)
    wrong = random.random(codes.shape) < BASE_ERRORS[quality]
    codes[wrong] = (codes[wrong] + random.integers(1, 4, wrong.sum())) % 4
    sequences = BASES[codes]
    unknown = np.flatnonzero(random.random(number) < 0.001)
    sequences[unknown, random.integers(0, READ_LENGTH, len(unknown))] = ord("N")
    names = np.empty((number, 6), np.int64)
    names[:, :] = np.arange(first, first + number)[:, None] // 10 ** np.arange(5, -1, -1) % 10
    across = random.integers(10_000, 32_768, number)
    header = b"@A00785:162:HYCJYDRXX:1:1101:000000:00000 1:N:0:ATCACG\n"
    record = np.frombuffer(
        header + b"N" * READ_LENGTH + b"\n+\n" + b"N" * READ_LENGTH + b"\n", np.uint8
    )
    text = np.tile(record, (number, 1))
    text[:, 29:35] = names + ord("0")
    text[:, 36:41] = across[:, None] // 10 ** np.arange(4, -1, -1) % 10 + ord("0")
    text[:, len(header) : len(header) + READ_LENGTH] = sequences
    text[:, -READ_LENGTH - 1 : -1] = BINNED[quality]
    return text.tobytes()


def run(command: list[str]) -> Usage:
    """Run a process to its end and say what it took."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment())
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    return Usage(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def environment() -> dict[str, str]:
    """Let the package be found without being installed."""
    return {**os.environ, "PYTHONPATH": str(REPOSITORY / "workflow" / "scripts")}


def compare(library: Path, rounds: int) -> str:
    """Run decompression and trimming in turn; give a row of the table."""
    with tempfile.TemporaryDirectory() as folder:
        trim = [sys.executable, "-m", "exosift", "trim", str(library), "--sample", "benchmark"]
        trim += ["--protocol", "truseq", "--inserts", f"{folder}/inserts.fa.gz"]
        trim += ["--summary", f"{folder}/summary.json"]
        run(trim)
        pairs = [(run(["igzip", "-dc", str(library)]), run(trim)) for _ in range(rounds)]

    def median(values: list[float]) -> float:
        return statistics.median(values)

    cells = [
        f"{median([base.cpu for base, _ in pairs]):.2f}",
        f"{median([ours.cpu for _, ours in pairs]):.2f}",
        f"{median([ours.wall for _, ours in pairs]):.2f}",
        f"**{median([ours.cpu / base.cpu for base, ours in pairs]):.2f}**",
        f"{median([ours.wall / base.wall for base, ours in pairs]):.2f}",
        f"{max(ours.memory for _, ours in pairs):.0f}",
    ]
    return " | ".join(cells)


def main() -> None:
    """Make the libraries, run the rounds, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("sizes", nargs="+", type=float, help="millions of reads")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "exosift_benchmark"
    )
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    print("| reads | igzip CPU s | CPU s | wall s | CPU / igzip | wall / igzip | memory MB |")
    print("|---|---|---|---|---|---|---|")
    for millions in arguments.sizes:
        library = arguments.folder / f"plasma_{millions:g}M.fastq.gz"
        if not library.exists():
            # In a process of its own: what it allocates would count as the memory of every child.
            maker = multiprocessing.get_context("spawn").Process(
                target=simulate, args=(library, round(millions * 1e6))
            )
            maker.start()
            maker.join()
        print(f"| {millions:g} M | {compare(library, arguments.rounds)} |", flush=True)


if __name__ == "__main__":
    main()
