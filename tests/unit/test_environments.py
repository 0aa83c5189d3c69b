"""The conda environments of users' sites hold what requirements.lock holds."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

CONDA_NAMES = {"isal": "python-isal"}
NOT_FROM_PYPI = {"python", "bowtie", "pip"}


def conda_pins(path: Path) -> dict[str, str]:
    """Read which version of what an environment file asks for."""
    pins = {}
    for entry in yaml.safe_load(path.read_text())["dependencies"]:
        for line in entry["pip"] if isinstance(entry, dict) else [entry]:
            name, _, version = line.partition("=")
            pins[name.strip()] = version.strip("= ")
    return pins


@pytest.fixture(scope="module")
def locked(repository: Path) -> dict[str, str]:
    """Read the versions of the lock, by conda's names."""
    # Where versions differ by Python, the first is that of 3.11.
    found = re.findall(
        r"^([\w.-]+)==([^ ]+)", (repository / "requirements.lock").read_text(), re.MULTILINE
    )
    return {CONDA_NAMES.get(name, name): version for name, version in reversed(found)}


@pytest.mark.parametrize("name", ["exosift", "bowtie", "multiqc"])
def test_versions_are_those_of_the_lock(name, repository, locked):
    pins = conda_pins(repository / "envs" / f"{name}.yaml")
    assert pins["python"] == "3.11"
    for library, version in pins.items():
        if library not in NOT_FROM_PYPI:
            assert version == locked[library], library


def test_every_library_that_we_declare_is_there(repository):
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    declared = {re.split(r"[^\w-]", line)[0] for line in project["dependencies"]}
    there = conda_pins(repository / "envs" / "exosift.yaml")
    # Snakemake is outside: it makes these environments.
    wanted = {CONDA_NAMES.get(name, name) for name in declared} - {"snakemake"}
    assert wanted <= set(there)


def test_every_environment_that_a_rule_names_is_there(repository):
    for path in (repository / "workflow" / "rules").glob("*.smk"):
        for name in re.findall(r'"\.\./\.\./(envs/[\w.]+)"', path.read_text()):
            assert (repository / name).is_file(), f"{path.name}: {name}"
