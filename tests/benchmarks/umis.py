"""Molecules counted from UMIs: how right, and at what cost.

    python tests/benchmarks/umis.py --libraries 3 --pairs 5

The first table compares molecules counted with the truth of simulated libraries, over the share of
all UMIs that an insert fills, reads per molecule, and wrong bases per base; beside it are two
simpler ways: each pair of insert and UMI is a molecule, and (as is usual) a pair is merged into a
neighbour of one base that has at least twice its reads less one. The second table is the time and
memory of a library of --pairs million pairs of insert and UMI, most of them of few inserts, in a
process of its own.
"""

import argparse
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from exosift.simulation.umis import UmiTruth, simulate_pairs
from exosift.umi_neighbours import lineage
from exosift.umis import deduplicate

UMI_LENGTH = 8
MOLECULES = 50_000
OCCUPANCIES = (0.001, 0.01, 0.1, 0.3)
AMPLIFICATIONS = (1.5, 4.0, 10.0)
ERROR_RATES = (0.0, 0.001, 0.005)
INSERT_LENGTH = 22
LARGE = {"umi_length": 12, "inserts": 3000, "reads": 4.0, "error_rate": 0.001}


def planes(sequences: tuple[str, ...]) -> np.ndarray:
    """Write inserts as `deduplicate` takes them."""
    letters = np.array([list(sequence) for sequence in sequences])
    bits = np.uint64(1) << np.arange(letters.shape[1], dtype=np.uint64)
    words = np.zeros((len(sequences), 4), np.uint64)
    for plane, bases in enumerate(("CT", "GT")):
        words[:, plane] = (np.isin(letters, list(bases)) * bits).sum(axis=1)
    words[:, 3] = letters.shape[1]
    return words


def simulated(occupancy: float, amplification: float, error_rate: float, seed: int) -> UmiTruth:
    """Simulate inserts that fill a share of the UMIs."""
    rng = np.random.default_rng(seed)
    each = max(round(-(4**UMI_LENGTH) * np.log1p(-occupancy)), 1)
    number = max(1, min(300, round(MOLECULES / each)))
    return simulate_pairs(
        ["".join(rng.choice(list("ACGT"), size=INSERT_LENGTH)) for _ in range(number)],
        [each] * number,
        rng,
        umi_length=UMI_LENGTH,
        amplification=amplification,
        error_rate=error_rate,
    )


def ways(truth: UmiTruth) -> tuple[float, float, float]:
    """Count molecules in three ways, as shares of the true ones."""
    found = deduplicate(truth.inserts, truth.umis, truth.reads, UMI_LENGTH, planes(truth.sequences))
    near = truth.sources >= 0
    kin = lineage(truth.inserts, truth.umis, truth.reads, UMI_LENGTH)
    child, parent = (truth.reads[kin.rows[end]] for end in (kin.child, kin.parent))
    merged = np.zeros(len(truth.umis), bool)
    merged[kin.rows[kin.child[parent >= 2 * child - 1]]] = True
    of_source = near[truth.inserts]
    counted = found.counts[near].sum(), of_source.sum(), (of_source & ~merged).sum()
    share, pairs, ratio = (float(one / truth.molecules.sum()) for one in counted)
    return share, pairs, ratio


def accuracy(libraries: int) -> None:
    """Print the first table."""
    print(f"| UMIs taken | reads per molecule | errors | molecules found / true, of {libraries}"
          " libraries | each pair | count ratio |")  # fmt: skip
    print("|---|---|---|---|---|---|")
    for occupancy in OCCUPANCIES:
        for amplification in AMPLIFICATIONS:
            for error_rate in ERROR_RATES:
                shares, pairs, ratios = np.transpose(
                    [
                        ways(simulated(occupancy, amplification, error_rate, seed))
                        for seed in range(libraries)
                    ]
                )
                cells = (
                    f"{occupancy:.1%}",
                    f"{amplification:g}",
                    f"{error_rate:.1%}",
                    f"{shares.mean():.3f} ({shares.min():.3f} to {shares.max():.3f})",
                    f"{pairs.mean():.2f}",
                    f"{ratios.mean():.2f}",
                )
                print(f"| {' | '.join(cells)} |", flush=True)


def large_library(pairs: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Make pairs of insert and UMI: molecules, and reads that errors have led astray."""
    rng = np.random.default_rng(1)
    number, umi_length = round(0.87 * pairs), int(LARGE["umi_length"])
    weights = 1 / np.arange(1, LARGE["inserts"] + 1)
    source = np.repeat(np.arange(len(weights)), rng.multinomial(number, weights / weights.sum()))
    sequence = rng.integers(0, 4**INSERT_LENGTH, size=len(weights))[source]
    umi = rng.integers(0, 4**umi_length, size=number)
    reads = 1 + rng.negative_binomial(3, 3 / (2 + LARGE["reads"]), size=number)
    astray = [(sequence, umi, reads)]
    for length, in_insert in ((umi_length, False), (INSERT_LENGTH, True)):
        chance = length * LARGE["error_rate"]
        which = np.repeat(np.arange(number), rng.binomial(reads, chance))
        change = rng.integers(1, 4, size=len(which)) << 2 * rng.integers(0, length, len(which))
        where = (sequence[which] ^ change * in_insert, umi[which] ^ change * (not in_insert))
        astray.append((*where, np.ones(len(which), np.int64)))
    sequence, umi, reads = (np.concatenate(column) for column in zip(*astray, strict=True))
    sequences, inserts = np.unique(sequence, return_inverse=True)
    keys, which = np.unique(inserts << 2 * umi_length | umi, return_inverse=True)
    words = np.zeros((len(sequences), 4), np.uint64)
    for base in range(INSERT_LENGTH):
        for plane in (0, 1):
            bit = sequences >> (2 * base + plane) & 1
            words[:, plane] |= bit.astype(np.uint64) << np.uint64(base)
    words[:, 3] = INSERT_LENGTH
    counts = np.bincount(which, reads).astype(np.int64)
    return keys >> 2 * umi_length, keys & 4**umi_length - 1, counts, words


def peak_memory() -> float:
    """Tell the largest memory of this process so far, MB; `getrusage` counts its parent's too."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def measure(path: Path) -> None:
    """Print the second table."""
    with np.load(path) as kept:
        inserts, umis, reads, words = (kept[name] for name in sorted(kept))
    before = peak_memory()
    begun = time.process_time()
    found = deduplicate(inserts, umis, reads, int(LARGE["umi_length"]), words)
    seconds = time.process_time() - begun
    peak = peak_memory()
    print(
        "\n| pairs | reads | inserts | molecules | CPU, s | memory, MB | added to the input, MB |"
    )
    print("|---|---|---|---|---|---|---|")
    print(
        f"| {len(umis):,} | {reads.sum():,} | {len(words):,} | {found.summary['molecules']:,} |"
        f" {seconds:.1f} | {peak:.0f} | {peak - before:.0f} |"
    )


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--libraries", type=int, default=3, help="of each kind (default: 3)")
    parser.add_argument("--pairs", type=float, default=5.0, help="in millions (default: 5)")
    options = parser.parse_args()
    accuracy(options.libraries)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pairs.npz"
        np.savez(path, *large_library(1e6 * options.pairs))
        process = get_context("spawn").Process(target=measure, args=(path,))
        process.start()
        process.join()


if __name__ == "__main__":
    main()
