"""Libraries that quality leaves out of one arm, and what nobody wrote down of the others."""

import numpy as np
import pandas as pd
import pytest
from exosift.design.libraries import exclusions, not_recorded
from exosift.findings import Exclusion
from exosift.sentences.checks import check_sentence
from exosift.settings.design import GateRules

FACTS = {"condition": "condition", "arms": ["tumour", "healthy"], "compared": "arms", "groups": []}
RULES = GateRules()
TOP = Exclusion("outside_limit", {"metric": "top_mirna_share", "level": "fail", "limit": 0.6})
DEPTH = Exclusion("outside_limit", {"metric": "mirna_reads", "level": "fail", "limit": 30000.0})
COMPLETE = {"batch": "B1", "protocol": "truseq", "biofluid": "plasma", "isolation": "SEC"}


def left_out(
    cases: tuple[int, int], controls: tuple[int, int]
) -> tuple[np.ndarray, list[Exclusion | None]]:
    """Give arms and reasons for (left out, registered) libraries of each arm."""
    is_case = np.repeat([True, False], [cases[1], controls[1]])
    reasons: list[Exclusion | None] = [TOP] * cases[0] + [None] * (cases[1] - cases[0])
    reasons += [DEPTH] * controls[0] + [None] * (controls[1] - controls[0])
    return is_case, reasons


@pytest.mark.parametrize(
    ("cases", "controls", "p", "outcome"),
    [
        ((26, 33), (8, 37), 2.9e-6, "cap"),  # a prostate cohort
        ((8, 37), (26, 33), 2.9e-6, "cap"),
        ((9, 30), (1, 30), 0.012, "fit"),
        ((9, 30), (0, 30), 0.0019, "warn"),
        ((20, 100), (2, 100), 5.1e-5, "warn"),  # of no arm a third
        ((3, 30), (3, 30), 1.0, "fit"),
        ((0, 30), (0, 30), 1.0, "fit"),
    ],
)
def test_exclusions_are_compared_between_the_arms(
    cases: tuple[int, int], controls: tuple[int, int], p: float, outcome: str
) -> None:
    found = exclusions(*left_out(cases, controls), FACTS, RULES)
    assert found.outcome == outcome
    assert found.p == pytest.approx(p, rel=0.1)


def test_the_commonest_reason_of_each_arm_is_told() -> None:
    is_case, reasons = left_out((26, 33), (8, 37))
    reasons[0] = DEPTH
    told = check_sentence(exclusions(is_case, reasons, FACTS, RULES))
    assert (
        "26 of 33 tumour libraries (25 × one miRNA holds too much of the reads (fails above 60%))"
        in told
    )
    assert "8 of 37 healthy libraries (8 × reads of mature miRNAs (fails below 30,000))" in told


def missing(
    sheet: dict[str, str | list[str]], protocol: str = "", suspicious: tuple[str, ...] = ()
) -> tuple[list[str], str]:
    cells = pd.DataFrame(sheet, index=[f"s{at}" for at in range(10)])
    is_case = np.arange(10) < 5
    found = not_recorded(cells, is_case, [protocol] * 10, suspicious, FACTS)
    return list(found.facts["missing"]), found.outcome


def test_what_is_not_recorded_is_warned_of() -> None:
    assert missing(COMPLETE) == ([], "fit")
    for name in COMPLETE:
        without = {column: cell for column, cell in COMPLETE.items() if column != name}
        assert missing(without) == ([name], "warn")
        assert missing({**COMPLETE, name: ""}) == ([name], "warn")
        assert missing(without, suspicious=("component",)) == ([name], "cap")
    assert missing(COMPLETE, suspicious=("component",)) == ([], "fit")


def test_a_column_that_one_arm_lacks_is_not_recorded() -> None:
    half = {**COMPLETE, "batch": ["B1"] * 5 + [""] * 5}
    assert missing(half) == (["batch"], "warn")
    assert missing({**COMPLETE, "batch": ["B1"] * 9 + [""]}) == ([], "fit")


def test_the_reads_tell_the_kit() -> None:
    assert missing({**COMPLETE, "protocol": "auto"}) == (["protocol"], "warn")
    assert missing({**COMPLETE, "protocol": "auto"}, protocol="truseq") == ([], "fit")


@pytest.mark.parametrize(
    ("column", "tells"),
    [
        ("library_prep_day", "batch"),
        ("flow_cell", "batch"),
        ("rna_isolation_batch", "batch"),
        ("library_kit", "protocol"),
        ("rna_isolation", "isolation"),
        ("body_fluid", "biofluid"),
        ("survival_day", ""),
        ("hospital", ""),
        ("bmi", ""),
    ],
)
def test_other_columns_tell_how_libraries_were_made(column: str, tells: str) -> None:
    found, _ = missing({column: "x"})
    assert set(COMPLETE) - set(found) == ({tells} if tells else set())


def test_the_sentence_names_the_columns_to_fill_in() -> None:
    cells = pd.DataFrame({"biofluid": ["plasma"] * 4}, index=list("abcd"))
    is_case = np.array([True, True, False, False])
    told = check_sentence(not_recorded(cells, is_case, [""] * 4, (), FACTS))
    assert told.endswith("Fill in the columns batch, protocol and isolation.")
    capped = not_recorded(cells, is_case, ["truseq"] * 4, ("perfect_markers",), FACTS)
    assert "Nothing is called a candidate until it is known." in check_sentence(capped)
