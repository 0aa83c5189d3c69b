"""Words that a cohort has to earn: without another cohort nothing is called validated."""

import re

import pytest

from tests.fake_run import Plan, fake_run, write_pages

UNEARNED = re.compile(r"\b(validated|diagnostic)\b", re.IGNORECASE)


def unearned(page):
    """List where a page uses such a word, links to papers left out."""
    text = re.sub(r"<[^>]*>", " ", page)
    return [text[max(0, one.start() - 60) : one.end() + 30] for one in UNEARNED.finditer(text)]


def test_the_words_are_found_wherever_they_stand():
    assert len(unearned("<p>A <b>Validated</b> panel, diagnostic.</p>")) == 2
    assert unearned("<p>invalidated, diagnosis, prognostic</p>") == []


@pytest.mark.parametrize(
    "plan",
    [
        Plan(),
        Plan(case="glioblastoma"),
        Plan(confounded=True, covariates=()),
        Plan(per_arm=4, from_counts=True),
    ],
    ids=["candidates", "another cancer", "refused", "small"],
)
def test_pages_do_not_use_words_that_take_another_cohort(tmp_path, plan):
    for page in write_pages(tmp_path, fake_run(plan)):
        assert unearned(page) == []


def test_nor_do_captions_and_published_roles(repository):
    places = [
        *(repository / "workflow" / "report").rglob("*.*"),
        *(repository / "resources" / "knowledge").glob("ev_mirna_roles.tsv"),
        repository / "workflow" / "scripts" / "exosift" / "multiqc_content.py",
    ]
    found = {path.name: unearned(path.read_text(encoding="utf-8")) for path in places}
    assert {name: words for name, words in found.items() if words} == {}
