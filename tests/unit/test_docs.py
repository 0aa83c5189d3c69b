"""The documents tell the truth: columns, outputs, keys and links."""

import re

import pytest
from exosift import candidates, differential_expression, matrices, quantification
from exosift.config import defaults

DOCUMENTS = ("README.md", "config/README.md", "docs", "resources/README.md", "tests/README.md")


@pytest.fixture(scope="module")
def outputs(repository):
    return (repository / "docs" / "outputs.md").read_text()


@pytest.mark.parametrize(
    "columns",
    [
        differential_expression.COLUMNS,
        candidates.COLUMNS,
        quantification.COLUMNS,
        quantification.CLASSES,
        matrices.FATES,
        [f"{kind}_share" for kind in matrices.DOUBTS],
        [metric for metric, limits in defaults()["quality"].items() if isinstance(limits, dict)],
    ],
)
def test_every_column_is_documented(outputs, columns):
    assert [column for column in columns if f"`{column}`" not in outputs] == []


def test_every_output_of_a_rule_is_documented(outputs, repository):
    missing = []
    for rules in (repository / "workflow" / "rules").glob("*.smk"):
        for path in re.findall(r'"<results>/([^"]+)"', rules.read_text()):
            name = path.replace("{contrast.name}", "{contrast}")
            if name.startswith("{room}"):
                continue  # the rooms of a contrast, which are named one by one elsewhere
            stem = re.sub(r"\.(bam\.bai|tsv|json|fa|fa\.gz|bam|html)$", "", name)
            if stem not in outputs:
                missing.append(name)
    assert missing == []


def test_every_key_of_the_configuration_is_explained_where_it_is_set(repository):
    text = (repository / "config" / "config.yaml").read_text()
    for key in defaults():
        assert re.search(rf"^{key}:", text, re.MULTILINE), key


def test_links_lead_somewhere(repository):
    for document in DOCUMENTS:
        place = repository / document
        for path in sorted(place.glob("*.md")) if place.is_dir() else [place]:
            for link in re.findall(r"\]\(([^)#]+)\)", path.read_text()):
                if not link.startswith("http"):
                    assert (path.parent / link).exists(), f"{path.name}: {link}"
