"""Analyses of the same libraries are remembered, once each, with what they did otherwise."""

import json
import re
from dataclasses import replace

import pandas as pd
import pytest
from exosift.analyses import COLUMNS, Analysis, differences, present_analysis, remember
from exosift.study import open_study
from exosift.tables import Tables

PEOPLE = [f"s{at:02}" for at in range(8)]
FIRST = Analysis(
    libraries={f"reads of {name}": f"row of {name}" for name in PEOPLE},
    contrasts={"crc": '{"case": "colorectal", "covariates": ["age"]}'},
    settings={"candidates.q": "0.05", "panel.seed": "1"},
)
STRICTER = replace(FIRST, settings=FIRST.settings | {"candidates.q": "0.01"})


def without(analysis, lost):
    kept = {key: row for key, row in analysis.libraries.items() if key != f"reads of {lost}"}
    return replace(analysis, libraries=kept)


@pytest.fixture
def ledger(tmp_path):
    return tmp_path / "new" / "analyses.jsonl"


def test_the_first_stands_alone(ledger):
    table = remember(FIRST, ledger)
    assert tuple(table.columns) == COLUMNS
    assert table.values.tolist() == [[1, "yes", 8, 8, ""]]


def test_the_same_choices_count_once(ledger):
    remember(FIRST, ledger)
    before = ledger.read_bytes()
    assert len(remember(FIRST, ledger)) == 1
    assert ledger.read_bytes() == before


def test_each_other_choice_counts_and_who_comes_back_is_known(ledger):
    remember(FIRST, ledger)
    second = remember(STRICTER, ledger)
    assert second["differs_in"].tolist() == ["candidates.q 0.05, not 0.01", ""]
    third = remember(without(FIRST, "s03"), ledger)
    assert third["analysis"].tolist() == [1, 2, 3]
    assert third["present"].tolist() == ["no", "no", "yes"]
    assert third["shared_libraries"].tolist() == [7, 7, 7]
    assert third["differs_in"][0] == "libraries that are not here: 1"
    again = remember(FIRST, ledger)
    assert again["present"].tolist() == ["yes", "no", "no"]
    assert again["differs_in"][2] == "libraries missing: 1"


def test_other_libraries_are_another_story(ledger):
    remember(FIRST, ledger)
    others = replace(FIRST, libraries={f"other reads of {name}": "row" for name in PEOPLE})
    assert remember(others, ledger)["analysis"].tolist() == [1]
    half = replace(FIRST, libraries={f"reads of {n}": "row" for n in [*PEOPLE[:4], "new"]})
    assert len(remember(half, ledger)) == 2


def test_a_setting_of_another_version_is_no_choice():
    newer = replace(FIRST, settings=FIRST.settings | {"panel.new_key": "3"})
    assert differences(FIRST, newer) == differences(newer, FIRST) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"contrasts": {}}, "with contrast crc"),
        ({"contrasts": FIRST.contrasts | {"brain": "{}"}}, "without contrast brain"),
        (
            {"contrasts": {"crc": '{"case": "colorectal", "covariates": []}'}},
            'contrast crc: covariates ["age"], not []',
        ),
        (
            {"libraries": FIRST.libraries | {"reads of s01": "older", "reads of s02": "older"}},
            "other rows in the sample sheet: 2",
        ),
    ],
)
def test_differences_are_told_from_the_present(change, told):
    assert differences(FIRST, replace(FIRST, **change)) == [told]


def test_a_damaged_line_is_kept_and_not_counted(ledger):
    remember(FIRST, ledger)
    ledger.write_text("half a li\n" + ledger.read_text() + '{"libraries": 3}\n[]\n')
    assert len(remember(STRICTER, ledger)) == 2
    kept = ledger.read_text().splitlines()
    assert (kept[0], kept[2], kept[3], len(kept)) == ("half a li", '{"libraries": 3}', "[]", 5)


@pytest.fixture
def given(tmp_path):
    (tmp_path / "config").mkdir()
    rows = "".join(f"{name}\tc{at % 2}\t{50 + at}\n" for at, name in enumerate(PEOPLE))
    (tmp_path / "config" / "samples.tsv").write_text(f"sample\tcondition\tage\n{rows}")
    (tmp_path / "config" / "contrasts.tsv").write_text(
        "contrast\tcancer\tcase\tcontrol\tcovariates\none\tlung\tc1\tc0\tage\n"
    )
    counts = pd.DataFrame(
        [[at + 10 * row for at in range(8)] for row in range(3)],
        index=pd.Index(["hsa-let-7a-5p", "hsa-miR-21-5p", "hsa-miR-16-5p"], name="mirna"),
        columns=PEOPLE,
    )
    counts.to_csv(tmp_path / "matrix.tsv", sep="\t")
    study = open_study(
        {
            "samples": str(tmp_path / "config" / "samples.tsv"),
            "contrasts": str(tmp_path / "config" / "contrasts.tsv"),
            "counts": str(tmp_path / "matrix.tsv"),
        }
    )
    return Tables(study, counts=counts)


def test_orders_are_no_choice(given):
    shuffled = replace(given, counts=given.counts.iloc[::-1, ::-1])
    assert present_analysis(given) == present_analysis(shuffled)


def test_counts_tell_the_libraries_of_a_run_from_counts(given):
    changed = given.counts.copy()
    changed.loc["hsa-miR-21-5p", "s03"] += 1
    one, other = present_analysis(given), present_analysis(replace(given, counts=changed))
    assert len(one.libraries.keys() & other.libraries.keys()) == len(PEOPLE) - 1
    assert set(one.contrasts) == {"one"}
    assert "candidates.q" in one.settings
    assert not {"samples", "counts", "notice"} & set(one.settings)


def renamed(given, names):
    """Call libraries otherwise; their rows stay with their names."""
    return replace(given, counts=given.counts.rename(columns=dict(zip(PEOPLE, names, strict=True))))


def test_who_swaps_libraries_between_the_rows_of_the_sheet_has_chosen(given):
    swapped = renamed(given, [*PEOPLE[1::-1], *PEOPLE[2:]])
    assert differences(present_analysis(given), present_analysis(swapped)) == [
        "other rows in the sample sheet: 2"
    ]


def test_no_name_and_no_cell_of_a_library_is_kept(given, ledger):
    remember(present_analysis(given), ledger)
    (line,) = ledger.read_text().splitlines()
    kept = json.loads(line)["libraries"]
    assert len(kept) == len(PEOPLE)
    assert all(re.fullmatch("[0-9a-f]{16}", text) for text in [*kept, *kept.values()])
    assert "s03" not in line


def test_a_column_of_another_version_is_no_choice():
    newer = replace(FIRST, contrasts={"crc": FIRST.contrasts["crc"][:-1] + ', "new": 1}'})
    assert differences(FIRST, newer) == differences(newer, FIRST) == []
