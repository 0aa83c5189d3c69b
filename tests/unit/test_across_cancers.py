"""What a candidate of one cancer does in the others."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from exosift.across_cancers import COLUMNS, Found, compare_cancers, tau
from exosift.contrasts import Contrast
from exosift.settings.across_cancers import AcrossRules

CANCERS = ("lung", "colorectal", "melanoma")
FILLERS = [f"z{at:02}" for at in range(30)]


def effects(mirna: str, effect: float, q: float = 0.01) -> dict[str, Any]:
    return {
        "mirna": mirna,
        "edger_log2fc": effect,
        "edger_ci_low": effect - 0.3,
        "edger_ci_high": effect + 0.3,
        "edger_q": q,
        "limma_log2fc": effect,
        "limma_q": q,
    }


def compared(
    others: dict[str, tuple[float, float] | None],
    rest: tuple[float, float] | None = None,
    batches: dict[str, str] | None = None,
    controls_in: str = "B1",
    rules: AcrossRules | None = None,
    rest_outcome: str = "fit",
) -> pd.DataFrame:
    """Make up a run in which `a` rises in lung cancer and does in others what is said."""
    cancers = ["lung", *others]
    sheet, counts = {}, {}
    for group in (*cancers, "healthy"):
        for at in range(3):
            name = f"{group}{at}"
            batch = controls_in if group == "healthy" else (batches or {}).get(group, "B1")
            sheet[name] = {"condition": group, "batch": batch, "biofluid": "plasma"}
            counts[name] = pd.Series({"a": 8000 if group == "lung" else 1000}).add(
                pd.Series(1000, index=FILLERS), fill_value=0
            )
            counts[name]["a"] = 8000 if group == "lung" else 1000
    contrasts, tables, records, called = [], {}, {}, {}
    seen = {"lung": (3.0, 0.01), **others}
    for cancer in cancers:
        name = f"{cancer}_vs_healthy"
        contrasts.append(Contrast(name, cancer, cancer, "healthy"))
        own = seen[cancer]
        rows = [effects(filler, 0.0, 0.9) for filler in FILLERS]
        tables[name] = pd.DataFrame([*([effects("a", *own)] if own else []), *rows])
        used = [(f"{cancer}{at}", "case") for at in range(3)]
        used += [(f"healthy{at}", "control") for at in range(3)]
        samples = [{"sample": s, "unit": s, "arm": arm, "used": True} for s, arm in used]
        records[name] = {"verdict": "fitted", "samples": samples, "n_case": 3, "n_control": 3}
        called[name] = pd.DataFrame(
            [{"mirna": "a", "call": "candidate", "tier": "B"}] if cancer == "lung" else [],
            columns=["mirna", "call", "tier"],
        )
    if rest:
        contrasts.append(Contrast("lung_rest", "lung", "lung", "", design="one_vs_rest"))
        tables["lung_rest"] = pd.DataFrame([effects("a", *rest)])
        records["lung_rest"] = {"verdict": "fitted", "outcome": rest_outcome}
    found = Found(
        contrasts,
        tables,
        records,
        called,
        pd.DataFrame(counts).astype(int),
        pd.DataFrame.from_dict(sheet, orient="index"),
    )
    table = compare_cancers(found, rules)
    assert list(table.columns) == list(COLUMNS)
    assert list(table["cancer"]) == sorted(cancers)
    return table.set_index("cancer")


@pytest.mark.parametrize(
    ("others", "rest", "label", "shared"),
    [
        ({"colorectal": (0.1, 0.9), "melanoma": (0.2, 0.8)}, (2.5, 0.01), "specific", 1),
        ({"colorectal": (0.1, 0.9), "melanoma": (0.2, 0.8)}, (2.5, 0.06), "in_one_only", 1),
        ({"colorectal": (0.1, 0.9), "melanoma": (0.2, 0.8)}, (-2.5, 0.01), "in_one_only", 1),
        ({"colorectal": (0.1, 0.9), "melanoma": (0.2, 0.8)}, None, "in_one_only", 1),
        ({"colorectal": (1.1, 0.01), "melanoma": (0.2, 0.8)}, None, "shared", 2),
        ({"colorectal": (1.1, 0.01), "melanoma": (0.2, 0.8)}, (2.5, 0.01), "shared", 2),
        ({"colorectal": (1.1, 0.01), "melanoma": (1.2, 0.01)}, None, "pan_cancer", 3),
        ({"colorectal": (1.1, 0.01), "melanoma": (1.2, 0.01)}, (2.5, 0.01), "pan_cancer", 3),
        ({"colorectal": (-1.1, 0.01), "melanoma": (1.2, 0.01)}, (2.5, 0.01), "discordant", 2),
        ({"colorectal": (-1.1, 0.2), "melanoma": None}, None, "in_one_only", 1),
    ],
)
def test_a_candidate_is_labelled_by_what_the_others_show(
    others: dict[str, tuple[float, float] | None],
    rest: tuple[float, float] | None,
    label: str,
    shared: int,
) -> None:
    found = compared(others, rest)
    assert found.loc["lung", "label"] == label
    assert found.loc["lung", "shared"] == shared
    assert found.loc["lung", "cancers"] == 1 + sum(one is not None for one in others.values())
    assert set(found.drop("lung")["label"]) == {""}
    assert list(found["candidate"]) == ["yes" if c == "lung" else "no" for c in found.index]


def test_tau_is_a_rank_among_the_tested_mirnas() -> None:
    others = {"colorectal": (0.1, 0.9), "melanoma": (0.2, 0.8)}
    found = compared(others, (2.5, 0.01))
    assert found["tau_percentile"].unique() == pytest.approx([1])
    assert found.loc["lung", "level"] > found.loc["melanoma", "level"] + 2
    strict = compared(others, (2.5, 0.01), rules=AcrossRules(q=0.009))
    assert strict.loc["lung", "label"] == "in_one_only"


def test_a_weak_design_against_the_rest_makes_nothing_specific() -> None:
    others: dict[str, tuple[float, float] | None] = {"colorectal": (0.1, 0.9)}
    capped = compared(others, (2.5, 0.01), rest_outcome="cap")
    assert capped.loc["lung", "label"] == "in_one_only"
    assert "whose design allows candidates" in capped.loc["lung", "reason"]


def test_groups_of_another_kit_do_not_count_for_tau() -> None:
    others: dict[str, tuple[float, float] | None] = {"colorectal": (0.1, 0.9), "brain": (0.2, 0.8)}
    apart = compared(others, batches={"brain": "B7"})
    without = compared({"colorectal": (0.1, 0.9)})
    assert apart.loc["lung", "tau"] == pytest.approx(without.loc["lung", "tau"], rel=1e-12)
    assert compared(others).loc["lung", "tau"] != pytest.approx(apart.loc["lung", "tau"], rel=1e-6)


def test_cases_are_told_from_those_of_comparable_cancers_in_the_direction_of_their_effect() -> None:
    others: dict[str, tuple[float, float] | None] = {
        "colorectal": (0.1, 0.9),
        "melanoma": (-0.2, 0.8),
    }
    found = compared(others)
    lung, melanoma = found.loc["lung"], found.loc["melanoma"]
    assert (lung["others_auc"], lung["others_cases"]) == (1, 6)
    assert lung["others_auc_ci_low"] < 0.95
    assert lung["others_auc_ci_high"] == 1
    assert found.loc["colorectal", "others_auc"] == 0.25  # below 3 of lung, like 3 of melanoma
    assert melanoma["others_auc"] == 0.75  # it goes down there, so less than others is right
    apart = compared(others, batches={"lung": "B1", "colorectal": "B2", "melanoma": "B2"})
    assert np.isnan(apart.loc["lung", "others_auc"])
    assert apart.loc["lung", "others_cases"] == 0


def test_one_cancer_alone_is_not_identifiable() -> None:
    found = compared({})
    assert np.isnan(found.loc["lung", "others_auc"])
    assert found.loc["lung", "label"] == "not_identifiable"
    assert found.loc["lung", "reason"].startswith("No other cancer of the run shares")


def test_cancers_of_batches_of_their_own_need_controls_there() -> None:
    batches = {"lung": "B1", "colorectal": "B2"}
    others = {"colorectal": (1.1, 0.01)}
    assert compared(others, batches=batches).loc["lung", "label"] == "not_identifiable"
    batches = {"lung": "B1", "colorectal": "B1"}
    found = compared(others, batches=batches, controls_in="B3")
    assert found.loc["lung", "label"] == "shared"


def test_what_another_cancer_did_not_test_is_told() -> None:
    found = compared({"melanoma": None})
    assert found.loc["melanoma", "reason"] == "Too few reads to be tested in this cancer."
    assert found.loc["lung", "reason"] == "No other cancer that is comparable tested it."


def test_tau_is_0_where_all_are_alike_and_1_where_one_has_all() -> None:
    found = tau(np.array([[4.0, 4, 4], [6, 0, 0], [6, 3, 3], [0, 0, 0]]))
    assert found[:3] == pytest.approx([0, 1, 0.5])
    assert np.isnan(found[3])
    assert np.isnan(tau(np.ones((2, 1)))).all()


def test_without_candidates_there_is_a_heading() -> None:
    found = Found([], {}, {}, {}, pd.DataFrame(), pd.DataFrame())
    table = compare_cancers(found)
    assert table.empty
    assert list(table.columns) == list(COLUMNS)
