"""Snakemake's own lint, and that the house stays liveable."""

import re

import pytest

pytestmark = pytest.mark.workflow


def test_snakemake_lint_is_content(snakemake):
    said = snakemake("--lint")
    assert said.status == 0, said.text


def test_every_rule_explains_itself(repository):
    for path in sorted((repository / "workflow").rglob("*.smk")):
        for rule in re.findall(r"^ *rule \w+:\n( +.*)", path.read_text(), re.MULTILINE):
            assert '"""' in rule, f"{path.name}: {rule}"


def test_the_package_knows_no_snakemake(repository):
    for path in (repository / "workflow" / "scripts" / "exosift").rglob("*.py"):
        assert not re.search(r"^\s*(import|from) snakemake", path.read_text(), re.MULTILINE), path
