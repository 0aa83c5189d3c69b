"""People of a sample sheet: ages that can be, and subjects that are one person each."""

import numpy as np
import pytest
from exosift.errors import UserError
from exosift.samples import read_samples


@pytest.fixture
def problems(tmp_path, monkeypatch):
    """Write a sheet of rows without FASTQ files, read it, and list what is wrong."""
    monkeypatch.chdir(tmp_path)

    def find(columns, rows):
        lines = [f"sample\t{columns}".replace(" ", "\t")]
        lines += [f"s{at}\t{row}".replace(" ", "\t") for at, row in enumerate(rows, start=1)]
        (tmp_path / "samples.tsv").write_text("\n".join(lines) + "\n")
        try:
            read_samples("samples.tsv", protocols=[], from_counts=True)
        except UserError as error:
            return error.problems
        return ()

    return find


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("-1", "`age` is '-1', below 0. Leave the cell empty if the age is not known."),
        ("-9", "`age` is '-9', below 0."),
        ("999", "`age` is '999', above 120. Write years, not months or days. Leave the cell empty"),
        ("121", "`age` is '121', above 120."),
        ("1957", "`age` is '1957', which looks like a year of birth. Write the age in years when"),
        ("2003.0", "`age` is '2003.0', which looks like a year of birth."),
        ("forty", "`age` is 'forty', which is no number. Write a number of years, or leave it"),
        ("1957-03-12", "which is no number"),
        ("inf", "which is no number"),
    ],
)
def test_an_age_that_nobody_can_have_is_refused(problems, cell, words):
    (problem,) = problems("condition age", ["lung 60", f"lung {cell}"])
    assert problem.startswith("samples.tsv, row 3: ")
    assert words in problem


@pytest.mark.parametrize("cell", ["0", "0.5", "120", "63.5", "1e1", ""])
def test_other_ages_are_let_in(problems, cell):
    assert problems("condition age", ["lung 60", f"lung {cell}"]) == ()


def test_ages_of_one_kind_are_one_problem(problems):
    rows = [*(f"lung {year}" for year in range(1950, 1956)), "lung 60", "lung -1"]
    assert problems("condition age", rows) == (
        "samples.tsv, rows 2 to 7: `age` is '1950', '1951', '1952', ..., which looks like a year "
        "of birth. Write the age in years when the sample was taken.",
        "samples.tsv, row 9: `age` is '-1', below 0. Leave the cell empty if the age is not known.",
    )


def test_a_negative_storage_time_is_refused(problems):
    (problem,) = problems("condition storage_time", ["lung 3", "lung -80", "lung long"])
    assert problem.startswith("samples.tsv, row 3: `storage_time` is '-80', below 0.")
    assert "a temperature belongs into a column of its own" in problem


def numbered(rng, people, ages=((50, 12), (62, 9)), sexes="MF"):
    """Draw the cells of two arms whose numbers restart: strangers share a number."""
    return [
        f"{arm} {number} {rng.choice(list(sexes))} {round(rng.normal(*ages[at]))}"
        for number in range(1, people + 1)
        for at, arm in enumerate(("healthy", "lung"))
    ]


def test_numbers_that_restart_in_each_arm_are_one_problem_with_all_rows(problems):
    assert problems(
        "condition subject sex age",
        [
            *("healthy 1 M 34", "lung 1 F 61", "healthy 2 F 62", "lung 2 F 55"),
            *("healthy 3 M 41", "lung 3 M 70", "healthy 4 F 57", "lung 4 male 58"),
        ],
    ) == (
        "samples.tsv, `subject`: 3 of the 4 subjects with libraries of several `condition` cannot "
        "be one person each: 1 (rows 2 and 3: sex M, F; age 34, 61), 3 (rows 6 and 7: age 41, 70), "
        "4 (rows 8 and 9: sex F, male). The likelier cause: the numbers of subjects restart in "
        "each `condition`, so that one number means several people. Give different people "
        "different names, such as healthy-1 and lung-1; also those whose sex and age happen to "
        "agree. If they are one person each, correct the cells.",
    )


@pytest.mark.parametrize("people", [6, 12, 40])
@pytest.mark.parametrize(
    ("columns", "sexes"), [("sex age", "MF"), ("sex", "MF"), ("age", "M"), ("sex age", "M")]
)
def test_restarting_numbers_are_found_in_any_draw(problems, people, columns, sexes):
    kept = [0, 1, *(2 for name in columns.split() if name == "sex")]
    kept += [3 for name in columns.split() if name == "age"]
    found = 0
    for seed in range(20):
        rows = numbered(np.random.default_rng([people, seed]), people, sexes=sexes)
        rows = [" ".join(np.array(row.split())[kept]) for row in rows]
        found += any("restart" in one for one in problems(f"condition subject {columns}", rows))
    assert found >= (20 if people > 6 else 17)


def test_numbers_may_restart_in_the_groups_of_another_column(problems):
    rows = ["lung yes 1 M", "lung no 1 F", "lung yes 2 F", "lung no 2 M", "lung yes 3 F"]
    (problem,) = problems("condition response subject sex", [*rows, "lung no 4 F"])
    assert "2 of the 2 subjects with libraries of several `response`" in problem
    assert "such as yes-1 and no-1" in problem


def test_a_wrong_cell_beside_restarting_numbers_is_told_too(problems):
    rows = numbered(np.random.default_rng(4), 12)
    both = problems("condition subject sex age", [*rows, "lung 20 M 60", "lung 20 F 60"])
    assert len(both) == 2
    assert "restart" in both[0]
    assert both[1].startswith("samples.tsv, rows 26 and 27: `subject` 20 cannot be one person")


@pytest.mark.parametrize("column", ["sex", "gender", "Ethnicity", "blood_group"])
def test_one_wrong_cell_is_named_as_such(problems, column):
    rows = [f"{time} P{person} x" for person in range(12) for time in ("before", "after")]
    rows[5] = rows[5].replace("x", "y")
    assert problems(f"condition subject {column}", [*rows, "later P2 x"]) == (
        f"samples.tsv, rows 6, 7 and 26: `subject` P2 cannot be one person: {column} x in rows 6 "
        "and 26, y in row 7. The likelier cause is a wrong cell: correct it. If they are different "
        "people, give them different names in `subject`.",
    )


@pytest.mark.parametrize(
    ("first", "second", "accused"),
    [
        ("lung a P1 60", "lung a P1 61", False),  # a birthday between two tubes
        ("lung a P1 60", "lung a P1 62", True),  # one sampling
        ("lung a P1 60", "healthy a P1 62", False),
        ("lung a P1 60", "lung b P1 68", False),
        ("lung - P1 60", "lung - P1 70", False),
        ("lung - P1 60", "lung - P1 71", True),
        ("before - P1 60", "after - P1 45", True),
        ("lung a P1 40", "lung b P1 60", False),  # serum from a biobank
        ("lung a P1 40", "lung b P1 70", True),
        ("lung a P1 60", "lung a P1 NA", False),
        ("lung a NA 30", "lung a NA 60", False),
        ("lung a P1 30", "lung a P2 60", False),
    ],
)
def test_ages_of_one_subject_may_differ_as_samplings_do(problems, first, second, accused):
    found = problems("condition timepoint subject age", [first, second])
    assert [("cannot be one person: age " in one) for one in found] == [True] * accused


def test_clean_sheets_of_pairs_and_courses_are_not_accused(problems):
    rng = np.random.default_rng(1)
    rows = []
    for person in range(1, 31):
        sex, age = rng.choice(["M", "female", "F", "NA"]), int(rng.integers(30, 80))
        for year, time in enumerate(("baseline", "year1", "year5")):
            rows.append(f"lung {time} {person} {sex} {age + (0, 1, 5)[year]} B{rng.integers(3)}")
        rows.append(f"healthy baseline {person} {sex} {age} B1")
        rows.append(f"healthy baseline {person} {sex} {age} B2")
    assert problems("condition timepoint subject sex age batch", rows) == ()


def test_spellings_of_one_sex_are_no_contradiction(problems):
    assert problems("condition subject sex", ["a 1 M", "b 1 male", "a 2 f", "b 2 Woman"]) == ()


def test_the_handed_case_is_refused(shared_cases, monkeypatch):
    monkeypatch.chdir(shared_cases / "subject-numbers-restart")
    with pytest.raises(UserError) as caught:
        read_samples("samples.tsv", protocols=[], from_counts=True)
    (problem,) = caught.value.problems
    assert problem.startswith("samples.tsv, `subject`: 11 of the 12 subjects")
    assert "the numbers of subjects restart in each `condition`" in problem
    assert "such as healthy-1 and lung-1" in problem
