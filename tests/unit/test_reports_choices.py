"""Pages tell how often their libraries were analysed, and by what other choices."""

from dataclasses import replace

import pandas as pd
import pytest
from exosift.analyses import COLUMNS
from exosift.reports import build_index, build_report
from exosift.reports.choices import MOST_SHOWN, choices

from tests.fake_run import Made, fake_run

FIRST = (1, "no", 40, 38, "candidates.q 0.1, not 0.05; libraries that are not here: 2")
HERE = (2, "yes", 38, 38, "")


@pytest.fixture(scope="module")
def made() -> Made:
    """Give one small cohort, sent through the rooms before the reports."""
    return fake_run()


def told(made, *rows):
    return replace(made.run, analyses=pd.DataFrame(rows, columns=list(COLUMNS)))


@pytest.mark.parametrize("rows", [(), ((1, "yes", 38, 38, ""),)])
def test_a_first_analysis_stands_alone(made, rows):
    found = choices(told(made, *rows))
    assert found.sentence.startswith("No other analysis of these libraries")
    assert found.others == ()


def test_pages_list_the_others(made, tmp_path):
    run = told(made, FIRST, HERE)
    build_report(run, "colorectal", [made.outcome], tmp_path / "page.html")
    build_index(run, [made.outcome], tmp_path / "index.html")
    for page in ("page.html", "index.html"):
        text = (tmp_path / page).read_text()
        assert "This is number 2 of 2 analyses that were made of these libraries" in text
        assert "candidates.q 0.1, not 0.05; libraries that are not here: 2" in text


def test_a_long_history_is_cut_and_its_number_kept(made):
    many = [(at, "no", 38, 38, "panel.seed 2, not 1") for at in range(1, 31)]
    found = choices(told(made, *many, (31, "yes", 38, 38, "")))
    assert len(found.others) == MOST_SHOWN
    assert "number 31 of 31 analyses" in found.sentence
    assert [one.number for one in found.others][-1] == 30
