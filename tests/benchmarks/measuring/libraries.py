"""Simulated libraries to measure with: plasma, and one whose inserts are nearly all different.

Reads of 50 nt with NovaSeq's headers and binned qualities, compressed by gzip's default level as a
single member. 56 % are miRNA (500 miRNAs, log-normal, those of vesicles on top), 13 % fragments of
tRNA, 10 % of Y RNA, 10 % of rRNA, 6 % unknown, 5 % adapter dimers; all cut from the shipped
references.
"""

import multiprocessing
import shutil
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

from measuring.processes import REPOSITORY

READ_LENGTH = 50
BATCH = 250_000
ERROR_RATE = 0.0013
MIRNAS = 500
UNKNOWN_BASES = 40_000_000
PIECE, PIECES = 60, 20_000  # of unknown RNA, nt and number


def library(folder: Path, reads: int, *, diverse: bool = False) -> Path:
    """Give a library of a size; make it if it is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{'diverse' if diverse else 'plasma'}_{reads}.fastq.gz"
    if not path.exists():
        # In processes of their own, which leave this one small.
        with multiprocessing.get_context("spawn").Pool(2, maxtasksperchild=8) as pool:
            _make(path, reads, diverse, pool)
    return path


def _make(path: Path, reads: int, diverse: bool, pool: "multiprocessing.pool.Pool") -> None:
    """Make batches side by side and pack them, in order, as one member."""
    part = path.with_suffix(".part")
    with part.open("wb") as stored, tempfile.TemporaryDirectory(dir=path.parent) as made:
        packer = subprocess.Popen(
            [shutil.which("pigz") or "gzip", "-6", "-c"], stdin=subprocess.PIPE, stdout=stored
        )
        assert packer.stdin is not None
        jobs = [
            (Path(made) / f"{first}.fastq.gz", min(BATCH, reads - first), first // BATCH, diverse)
            for first in range(0, reads, BATCH)
        ]
        for batch in pool.imap(batch_of_reads, jobs):
            subprocess.run(["igzip", "-dc", batch], stdout=packer.stdin, check=True)
            batch.unlink()
        packer.stdin.close()
        packer.wait()
    part.rename(path)


def batch_of_reads(job: tuple[Path, int, int, bool]) -> Path:
    """Write some of the reads of a library."""
    import numpy as np
    from exosift.simulation.expression import USUAL_NOISE, plan_expression
    from exosift.simulation.layouts import LAYOUTS, NOVASEQ
    from exosift.simulation.library import DIMER, IsomirRates, simulate_library
    from exosift.simulation.sources import UNKNOWN, References, load_sources, stream

    path, reads, number, diverse = job
    sources = load_sources(References.shipped(REPOSITORY / "resources"))
    shares = {DIMER: 0.05, "tRNA": 0.13, "Y_RNA": 0.1, "rRNA": 0.1, UNKNOWN: 0.06}
    low, high = sources.fragments[UNKNOWN][0]
    begins = np.linspace(low, high - PIECE, PIECES).astype(np.int64)
    weights = stream(1, "pieces").lognormal(0.0, 2.2, PIECES)
    sources = replace(
        sources,
        fragments={**sources.fragments, UNKNOWN: np.column_stack([begins, begins + PIECE])},
        weights={**sources.weights, UNKNOWN: weights / weights.sum()},
    )
    if diverse:
        shares = {DIMER: 0.02, UNKNOWN: 0.87}
        more = stream(1, "diverse").integers(0, 4, UNKNOWN_BASES, dtype=np.uint8)
        forward = np.concatenate([sources.bases[: len(sources.bases) // 2], more])
        span = np.array([[len(forward) - len(more), len(forward)]])
        sources = replace(
            sources,
            bases=np.concatenate([forward, (3 - forward)[::-1]]),
            fragments={**sources.fragments, UNKNOWN: span},
            weights={**sources.weights, UNKNOWN: np.ones(1)},
        )
    expression = plan_expression(
        sources,
        expressed=MIRNAS,
        reads=reads,
        protocols=("truseq",),
        batches=("B1",),
        noise=USUAL_NOISE,
        seed=1,
    )
    weights = np.zeros(len(sources.names))
    weights[expression.rows] = expression.share
    simulate_library(
        path,
        sources=sources,
        layout=LAYOUTS["truseq"],
        weights=weights,
        reads=reads,
        rng=stream(1, "benchmark", str(number)),
        shares=shares,
        isomirs=IsomirRates(mixed=0.5, snv=0.012),
        error_rate=ERROR_RATE,
        run=replace(NOVASEQ, read_length=READ_LENGTH),
    )
    return path
