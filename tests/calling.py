"""Commands as a user calls them."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    status: int
    text: str

    @property
    def rules(self) -> set[str]:
        """The rules of a planned run, read from the job table of a dry run."""
        lines = self.text.partition("Job stats:")[2].splitlines()[3:]
        rules = set()
        for line in lines:
            words = line.split()
            if len(words) != 2 or not words[1].isdigit():
                break
            rules.add(words[0])
        return rules - {"total"}


def call(*words: str | Path, cwd: Path) -> Said:
    """Run a command of this environment and gather what it prints."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=1800,
    )
    return Said(done.returncode, done.stdout)


def call_snakemake(snakefile: Path, *words: str | Path, cwd: Path) -> Said:
    """Run snakemake."""
    return call(sys.executable, "-m", "snakemake", "--snakefile", snakefile, *words, cwd=cwd)


def call_exosift(*words: str | Path, cwd: Path) -> Said:
    """Run `python -m exosift`."""
    return call(sys.executable, "-m", "exosift", *words, cwd=cwd)
