"""A run of the embedded cohort, made once for all tests of it."""

import shutil
from pathlib import Path

import pytest

from tests.calling import Said, call_snakemake


@pytest.fixture(scope="session")
def cohort(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> tuple[Path, Said]:
    """Run the workflow as committed in an empty folder; give the folder and what was said."""
    folder = tmp_path_factory.mktemp("cohort")
    shutil.copytree(repository / "config", folder / "config")
    return folder, call_snakemake(repository / "Snakefile", "--cores", "2", cwd=folder)
