"""What a process took, of seconds and of memory."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Usage:
    """What a process and its children took: seconds of wall clock and CPU, MB of the largest."""

    wall: float
    cpu: float
    memory: float


def run(command: Sequence[str | Path], folder: Path | None = None) -> Usage:
    """Run a command to its end and say what it took.

    Memory is right only as long as this process is small: a child begins with that of its parent.
    """
    started = time.perf_counter()
    with (folder or Path()).joinpath(os.devnull).open("wb") as nothing:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdout=nothing,
            stderr=subprocess.PIPE,
            env=environment(),
            cwd=folder,
        )
        assert process.stderr is not None
        said = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed: {said.decode()[-2000:]}")
    return Usage(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def environment() -> dict[str, str]:
    """Let the package and the programs of its environment be found, and numpy start fast."""
    changed = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    changed["PYTHONPATH"] = str(REPOSITORY / "workflow" / "scripts")
    changed["PATH"] = f"{Path(sys.executable).parent}:{changed['PATH']}"
    changed.pop("PYTHONDONTWRITEBYTECODE", None)
    return changed


def rounds(commands: Mapping[str, Sequence[str | Path]], number: int) -> dict[str, list[Usage]]:
    """Run all commands in turn, again and again, so that all meet the same disturbances."""
    taken: dict[str, list[Usage]] = {name: [] for name in commands}
    for _ in range(number):
        for name, command in commands.items():
            taken[name].append(run(command))
    return taken


def median_ratio(usages: Sequence[Usage], bases: Sequence[Usage], what: str) -> float:
    """Give the median of the ratios to another command in the same round."""
    return statistics.median(
        getattr(one, what) / getattr(base, what) for one, base in zip(usages, bases, strict=True)
    )


def table(taken: Mapping[str, Sequence[Usage]], base: str) -> str:
    """Write a Markdown table of medians, with the ratios to one of the commands."""
    lines = [
        f"| | wall s | CPU s | MB | CPU / {base} | wall / {base} |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for name, usages in taken.items():
        wall, cpu = (
            statistics.median(getattr(one, what) for one in usages) for what in ("wall", "cpu")
        )
        memory = max(one.memory for one in usages)
        ratios = [median_ratio(usages, taken[base], what) for what in ("cpu", "wall")]
        cells = [f"{wall:.2f}", f"{cpu:.2f}", f"{memory:.0f}", *(f"{one:.2f}" for one in ratios)]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)
