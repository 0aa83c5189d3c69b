"""What the data tell of a design: a kit that nobody wrote down, and honest cohorts beside it."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from exosift import differential_expression as de
from exosift.cohort import select_samples
from exosift.contrasts import Contrast
from exosift.design import data_checks as checks
from exosift.design.gate import judge
from exosift.findings import Exclusion
from exosift.sentences.checks import check_sentence
from exosift.settings.design import GateRules

from tests.planted import LEAN

FACTS = {"condition": "condition", "arms": ["tumour", "healthy"], "compared": "arms", "groups": []}
RULES = GateRules()
HOW_MADE = {"batch": "B1", "protocol": "truseq", "biofluid": "plasma", "isolation": "SEC"}
MIRNAS = 120


def table_of(q: np.ndarray) -> pd.DataFrame:
    """Give a table of tests in which both engines agree."""
    table = pd.DataFrame({"edger_q": q, "limma_q": q, "edger_p": q})
    return table.assign(edger_log2fc=1.0, limma_log2fc=1.0)


def cohort(
    per_arm: int = 12, shift: float = 0.0, moved: float = 1.0, seed: int = 1
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw counts of two arms; a share of the miRNAs is moved in one, as by another kit."""
    rng = np.random.default_rng(seed)
    names = [f"s{at:02}" for at in range(2 * per_arm)]
    case = np.arange(2 * per_arm) % 2 == 0
    level = rng.normal(9, 2, (MIRNAS, 1)) + rng.normal(0, 0.5, (MIRNAS, 2 * per_arm))
    at = rng.random(MIRNAS) < moved
    level[np.ix_(at, case)] += rng.normal(0, shift, (int(at.sum()), 1))
    counts = rng.poisson(2**level)
    sheet = pd.DataFrame(
        {"condition": np.where(case, "tumour", "healthy"), **HOW_MADE},
        index=pd.Index(names, name="sample"),
    )
    return pd.DataFrame(counts, [f"miR-{i}" for i in range(MIRNAS)], names), sheet


def outcomes(
    counts: pd.DataFrame,
    sheet: pd.DataFrame,
    contrast: Contrast | None = None,
    excluded: dict[str, Exclusion] | None = None,
) -> dict[str, str]:
    """Give the outcome of each check of a contrast's record."""
    contrast = contrast or Contrast("q", "lung", "tumour", "healthy")
    record = de.test_contrast(counts, sheet, contrast, excluded, limits=LEAN).record
    assert record["verdict"] == "fitted"
    return {check["code"]: check["outcome"] for check in record["checks"]}


@pytest.mark.parametrize(("differing", "outcome"), [(32, "fit"), (33, "warn"), (50, "cap")])
def test_a_share_of_mirnas_that_differ(differing: int, outcome: str) -> None:
    q = np.where(np.arange(100) < differing, 0.05, 0.051)
    found = checks.differing_share(table_of(q), FACTS, RULES)
    assert (found.value, found.outcome) == (differing / 100, outcome)


def test_a_mirna_differs_only_if_both_engines_agree() -> None:
    table = table_of(np.full(10, 0.01))
    table.loc[:3, "limma_q"] = 0.2
    table.loc[4:6, "limma_log2fc"] = -1.0
    assert checks.differing_share(table, FACTS, RULES).facts["differing"] == 3


def test_a_component_of_the_arms() -> None:
    """All miRNAs moved in one arm: nearly all variance; none: nothing."""
    rng = np.random.default_rng(3)
    tested = np.arange(20) % 2.0
    before = np.ones((20, 1))
    noise = rng.normal(0, 1, (80, 20))
    still = checks.component(noise, before, tested, FACTS, RULES)
    assert still.value == 0
    assert still.outcome == "fit"
    moved = noise + np.outer(rng.choice([-4, 4], 80), tested)
    found = checks.component(moved, before, tested, FACTS, RULES)
    assert found.outcome == "cap"
    assert found.value == pytest.approx(0.8, abs=0.05)  # 4 of 4 + 1
    assert found.p is not None
    assert found.p < 1e-6


def test_a_component_of_a_covariate_in_the_model_is_not_held_against_the_arms() -> None:
    rng = np.random.default_rng(4)
    tested = np.arange(20) % 2.0
    batch = (np.arange(20) < 13).astype(float)
    levels = rng.normal(0, 1, (80, 20)) + np.outer(rng.normal(0, 5, 80), batch)
    found = checks.component(levels, np.column_stack([np.ones(20), batch]), tested, FACTS, RULES)
    assert found.value == 0


@pytest.mark.parametrize(("cases", "controls"), [(5, 5), (3, 6), (4, 30), (12, 11), (9, 13)])
def test_chance_of_a_perfect_marker(cases: int, controls: int) -> None:
    """Held against the exact distribution of Mann and Whitney's statistic."""
    if cases + controls < 12:  # every order
        n, wins, everything = cases + controls, 0, 0
        for ranks in combinations(range(n), cases):
            auc = (sum(ranks) - cases * (cases - 1) / 2) / (cases * controls)
            wins += max(auc, 1 - auc) >= checks.PERFECT
            everything += 1
        expected = wins / everything
    else:
        rng = np.random.default_rng(5)
        draws = rng.random((400_000, cases + controls)).argsort(axis=1)[:, :cases].sum(axis=1)
        auc = (draws - cases * (cases - 1) / 2) / (cases * controls)
        expected = float((np.maximum(auc, 1 - auc) >= checks.PERFECT).mean())
        assert checks.chance_of_perfect(cases, controls) == pytest.approx(expected, abs=2e-4)
        return
    assert checks.chance_of_perfect(cases, controls) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("perfect", "outcome"), [(0, "fit"), (9, "fit"), (10, "warn"), (25, "cap")]
)
def test_perfect_markers(perfect: int, outcome: str) -> None:
    rng = np.random.default_rng(6)
    is_case = np.arange(24) % 2 == 0
    levels = rng.normal(0, 1, (100, 24))
    levels[:perfect, is_case] += 20 * rng.choice([-1, 1], (perfect, 1))
    found = checks.perfect_markers(levels, is_case, FACTS, RULES)
    assert (found.facts["perfect"], found.outcome) == (perfect, outcome)


def test_four_people_in_an_arm_say_nothing_of_perfect_markers() -> None:
    levels = np.outer(np.ones(100), np.arange(8) % 2)
    found = checks.perfect_markers(levels, np.arange(8) % 2 == 0, FACTS, RULES)
    assert found.facts["not_assessable"] == "few_people"
    assert found.outcome == "fit"
    assert found.to_dict()["value"] is None


EVEN = (np.arange(400) + 0.5) / 400


@pytest.mark.parametrize(
    ("p", "shape"),
    [
        (EVEN, "usual"),
        (np.concatenate([EVEN, EVEN[:150] / 100]), "usual"),
        (EVEN**4, "nearly_all_small"),
        (EVEN / 100, "nearly_all_small"),
        (EVEN**2, "usual"),
        (EVEN**0.4, "pile_near_one"),
        (np.concatenate([EVEN[:200] / 50, 1 - EVEN[:200] / 20, EVEN]), "u_shape"),
        (np.concatenate([EVEN, 0.35 + 0.3 * EVEN]), "hill"),
    ],
)
def test_the_shape_of_p_values_over_their_whole_range(p: np.ndarray, shape: str) -> None:
    assert checks.shape_of(p) == shape
    found = checks.p_values(p, FACTS)
    assert found.outcome == ("fit" if shape == "usual" else "warn")
    assert bool(check_sentence(found)) == (shape != "usual")


def test_few_p_values_have_no_shape() -> None:
    found = checks.p_values(np.full(49, 0.99), FACTS)
    assert found.facts["not_assessable"] == "few_p_values"


def test_another_kit_for_each_arm_is_capped_and_never_refused() -> None:
    found = outcomes(*cohort(shift=2.0))
    assert {found[code] for code in ("differing_share", "component", "perfect_markers")} == {"cap"}
    assert found["p_values"] == "warn"
    assert found["not_recorded"] == "fit"


@pytest.mark.parametrize("moved", [0.0, 0.1])
def test_an_honest_cohort_passes(moved: float) -> None:
    """A tenth of the miRNAs with a factor of 2 to 4, and the same without any."""
    found = outcomes(*cohort(shift=1.5, moved=moved))
    told = ("differing_share", "component", "perfect_markers", "p_values", "exclusions")
    assert {found[code] for code in told} == {"fit"}
    assert found["not_recorded"] == "fit"


def test_less_information_gives_no_better_verdict() -> None:
    """Without the column `batch` a suspicious cohort is capped where it was warned of before."""
    counts, sheet = cohort(shift=0.8, moved=0.7)
    known = outcomes(counts, sheet)
    assert known["not_recorded"] == "fit"
    assert known["differing_share"] == "warn"
    assert outcomes(counts, sheet.drop(columns="batch"))["not_recorded"] == "cap"
    honest, sheet = cohort()
    assert outcomes(honest, sheet.drop(columns="batch"))["not_recorded"] == "warn"


def test_the_checks_do_not_depend_on_the_order_of_rows_and_columns() -> None:
    counts, sheet = cohort(shift=1.0)
    contrast = Contrast("q", "lung", "tumour", "healthy")
    one = de.test_contrast(counts, sheet, contrast, limits=LEAN).record["checks"]
    turned = counts.iloc[::-1, ::-1]
    assert de.test_contrast(turned, sheet.iloc[::-1], contrast, limits=LEAN).record["checks"] == one


DESIGNS = (
    Contrast("paired", "lung", "after", "before", (), "timepoint", "paired"),
    Contrast("trend", "lung", "tumour", "healthy", (), "stage", "trend", ("I", "II")),
    Contrast("rest", "lung", "tumour", "", (), "condition", "one_vs_rest", ("healthy", "other")),
    Contrast("change", "lung", "yes", "no", (), "response", "change", ("before", "after")),
)


@pytest.mark.parametrize("contrast", DESIGNS, ids=lambda contrast: contrast.design)
@pytest.mark.parametrize("shift", [0.0, 3.0])
def test_every_design_has_every_check(contrast: Contrast, shift: float) -> None:
    """Libraries of what is tested are moved: the checks see it; nothing moved: they do not."""
    rng = np.random.default_rng(8)
    sheet = pd.DataFrame(
        [
            {
                **HOW_MADE,
                "subject": f"P{person:02}" if contrast.kind.repeated else "",
                "timepoint": time,
                "response": ("yes", "no")[person % 2],
                "condition": ("tumour", "healthy", "other")[person % 3],
                "stage": ("I", "II")[person % 2] if person % 3 == 0 else "",
            }
            for person in range(24)
            for time in ("before", "after")
        ],
        index=pd.Index([f"s{at:02}" for at in range(48)], name="sample"),
    )
    cohort_used = select_samples(sheet, contrast)
    tested = pd.Series(
        contrast.kind.tested_column(contrast, cohort_used), index=cohort_used.units
    ).reindex(sheet.index, fill_value=0.0)
    level = rng.normal(9, 1.5, (MIRNAS, 1)) + rng.normal(0, 0.5, (MIRNAS, len(sheet)))
    level += rng.normal(0, shift, (MIRNAS, 1)) * (tested / tested.max()).to_numpy()
    counts = pd.DataFrame(
        rng.poisson(2**level), [f"miR-{i}" for i in range(MIRNAS)], list(sheet.index)
    )
    assert judge(sheet, contrast).verdict == "fitted"
    found = outcomes(counts, sheet, contrast)
    told = {code: found[code] for code in ("differing_share", "component", "perfect_markers")}
    assert set(told.values()) == ({"cap"} if shift else {"fit"}), told
    assert found["not_recorded"] == "fit"
    assert found["exclusions"] == "fit"
