"""Snakemake as a user calls it, in an empty folder."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest


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
        timeout=600,
    )
    return Said(done.returncode, done.stdout)


@pytest.fixture
def folder(tmp_path: Path, repository: Path) -> Path:
    """Give an empty working directory with a copy of config/."""
    shutil.copytree(repository / "config", tmp_path / "config")
    return tmp_path


@pytest.fixture
def snakemake(folder: Path, repository: Path) -> Callable[..., Said]:
    """Call snakemake in the folder."""

    def run(*words: str, snakefile: str | Path = "Snakefile") -> Said:
        return call(
            sys.executable,
            "-m",
            "snakemake",
            "--snakefile",
            repository / snakefile,
            *words,
            cwd=folder,
        )

    return run
