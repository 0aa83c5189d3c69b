"""The rules of the workflow as Snakemake reads them, and a way to run the script of one."""

import logging
import os
import runpy
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from exosift.declared import declare
from exosift.study_sheets import GROUPS
from snakemake.api import SnakemakeApi
from snakemake.iocontainers import InputFiles, Log, OutputFiles, Params, Wildcards
from snakemake.settings.types import ConfigSettings, OutputSettings, ResourceSettings

Rules = Mapping[str, Any]


def read_rules(repository: Path, folder: Path, **config: Any) -> Rules:
    """Let Snakemake read the workflow in a folder; give its rules by name."""
    here = Path.cwd()
    try:
        with SnakemakeApi(OutputSettings(quiet=None)) as api:
            read = api.workflow(
                resource_settings=ResourceSettings(cores=1),
                config_settings=ConfigSettings(config=config),
                snakefile=repository / "workflow" / "Snakefile",
                workdir=folder,
            )
            return {rule.name: rule for rule in read._workflow.rules}
    finally:
        os.chdir(here)


@pytest.fixture(scope="session")
def rules_from_fastq(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Rules:
    """Give the rules of the embedded cohort, from FASTQ files to reports."""
    folder = tmp_path_factory.mktemp("fastq")
    shutil.copytree(repository / "config", folder / "config")
    return read_rules(repository, folder)


@pytest.fixture(scope="session")
def rules_from_counts(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Rules:
    """Give the rules of a run that starts from counts."""
    folder = tmp_path_factory.mktemp("counts")
    shutil.copytree(repository / "config", folder / "config")
    (folder / "matrix.tsv").write_text("mirna\n")
    config = yaml.safe_load((folder / "config" / "config.yaml").read_text())
    (folder / "config" / "config.yaml").write_text(
        yaml.safe_dump(config | {"counts": "matrix.tsv"})
    )
    return read_rules(repository, folder)


@pytest.fixture(scope="session")
def all_rules(rules_from_fastq: Rules, rules_from_counts: Rules) -> Rules:
    """Give the rules of both ways."""
    return {**rules_from_fastq, **rules_from_counts}


def as_declared(settings: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """Give the settings that a rule declares as they are in another configuration."""
    return {GROUPS: {}} | declare(config, *(key for key in settings if key != GROUPS))


@pytest.fixture(scope="module")
def run(all_rules: Rules, repository: Path) -> Iterator[Callable[..., None]]:
    """Run the script of a rule with files that have the names that the rule gives them."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def call(
        name: str,
        input: Mapping[str, Any],
        output: Mapping[str, str] | str,
        params: Mapping[str, Any],
        wildcards: Mapping[str, str] = {},
        log: str = "step.log",
    ) -> None:
        rule = all_rules[name]
        named = {} if isinstance(output, str) else dict(output)
        assert set(input) == set(rule.input.keys())
        assert set(named) == set(rule.output.keys())
        if "config" in params and "settings" in dict(rule.params.items()):
            params = {"settings": as_declared(rule.params.settings, params["config"])}
        assert {*params, "code"} == {*rule.params.keys(), "code"}
        assert set(wildcards) == set(rule.wildcard_names)
        snakemake = SimpleNamespace(
            input=InputFiles(fromdict=dict(input)),
            output=OutputFiles([output])
            if isinstance(output, str)
            else OutputFiles(fromdict=named),
            params=Params(fromdict=dict(params)),
            wildcards=Wildcards(fromdict=dict(wildcards)),
            log=Log([log]),
            threads=1,
        )
        script = repository / "workflow" / "scripts" / Path(rule.script).name
        runpy.run_path(str(script), init_globals={"snakemake": snakemake})

    yield call
    root.handlers[:] = handlers
    root.setLevel(level)
