"""Snakemake as a user calls it, in an empty folder."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.calling import Said, call_snakemake


@pytest.fixture
def folder(tmp_path: Path, repository: Path) -> Path:
    """Give an empty working directory with a copy of config/."""
    shutil.copytree(repository / "config", tmp_path / "config")
    return tmp_path


@pytest.fixture
def snakemake(folder: Path, repository: Path) -> Callable[..., Said]:
    """Call snakemake in the folder."""

    def run(*words: str, snakefile: str | Path = "Snakefile") -> Said:
        return call_snakemake(repository / snakefile, *words, cwd=folder)

    return run
