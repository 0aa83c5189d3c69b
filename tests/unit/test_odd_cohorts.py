"""Small and odd cohorts go through tests, confounding, candidates and panels without an error."""

import numpy as np
import pandas as pd
import pytest
from exosift import differential_expression as de
from exosift.candidates import Knowledge, call_candidates
from exosift.caveats import confounding_caveats, explained_beside_blood
from exosift.config import complete
from exosift.confounding import weigh_confounders
from exosift.contrasts import Contrast
from exosift.haemolysis import RED_CELL, REFERENCE
from exosift.panel.libraries import gather
from exosift.panel.training import train_panel
from exosift.power import add_power
from exosift.quality import assess

from tests.planted import LEAN

MIRNAS = 60
QUICK = {"repeats": 2, "permutations": 19, "bootstraps": 200, "stability_halves": 10}
CONFIG = complete({"counts": "matrix.tsv", "panel": QUICK})


def cohort(kind: str, libraries: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw counts of an odd kind, cases and controls in turn, and their sheet."""
    rng = np.random.default_rng(7)
    level = rng.lognormal(5, 1.2, MIRNAS)
    drawn = rng.negative_binomial(8, 8 / (8 + np.outer(level, rng.uniform(0.7, 1.4, libraries))))
    case = np.arange(libraries) % 2 == 0
    if kind == "rarefied":
        shares = drawn / drawn.sum(axis=0)
        drawn = np.array([rng.multinomial(50_000, one) for one in shares.T]).T
    elif kind == "depth of the arm":
        shares = drawn / drawn.sum(axis=0)
        depth = np.where(case, 60_001, 60_000)
        drawn = np.array(
            [rng.multinomial(n, one) for n, one in zip(depth, shares.T, strict=True)]
        ).T
    elif kind == "identical":
        drawn = np.repeat(drawn[:, :1], libraries, axis=1)
    elif kind == "identical cases":
        drawn[:, case] = drawn[:, [0]]
    elif kind == "identical arms":
        drawn[:, case], drawn[:, ~case] = drawn[:, [0]], drawn[:, [1]]
    elif kind == "many zeros":
        drawn[12:] = 0
    elif kind == "one miRNA":
        drawn[0] = 50 * drawn.sum(axis=0)
    names = [RED_CELL, REFERENCE, *(f"hsa-miR-{9000 + at}-5p" for at in range(MIRNAS - 2))]
    samples = [f"s{at:02}" for at in range(libraries)]
    sheet = pd.DataFrame(
        {
            "condition": ["tumour", "healthy"] * (libraries // 2),
            "batch": [str(at // 2 % 2) for at in range(libraries)],
            "age": [str(40 + 7 * at % 30) for at in range(libraries)],
            "sex": ["f", "f", "m", "m"] * (libraries // 4) + ["f", "m"][: libraries % 4],
        },
        index=pd.Index(samples, name="sample"),
    )
    return pd.DataFrame(drawn, index=names, columns=samples), sheet


@pytest.mark.parametrize("libraries", [6, 12])
@pytest.mark.parametrize(
    "kind",
    [
        *("rarefied", "depth of the arm", "identical", "identical cases", "identical arms"),
        *("many zeros", "one miRNA"),
    ],
)
def test_an_odd_cohort_comes_to_a_verdict(kind: str, libraries: int) -> None:
    counts, sheet = cohort(kind, libraries)
    quality = assess(sheet, None, counts, None, CONFIG["quality"])
    question = Contrast("q", "lung", "tumour", "healthy", ("batch",))
    result = de.test_contrast(counts, sheet, question, limits=LEAN, quality=quality)
    found = weigh_confounders(result.table, result.record, counts, sheet, quality, question, {})
    knowledge = Knowledge(pd.DataFrame(index=counts.index), {}, {})
    called = call_candidates(
        *(result.table, result.record, counts, question, knowledge),
        confounding_caveats(found.covariates, found.mirnas, found.record)
        if len(result.table)
        else {},
        explained_beside_blood(found.mirnas),
    )
    assert len(called.table) == len(result.table)
    assert called.verdict.tested == len(result.table)
    assert len(add_power(called.table, result.table, result.record)) == len(result.table)


@pytest.mark.parametrize("kind", ["identical", "identical arms"])
def test_a_panel_of_identical_libraries_is_no_error(kind: str) -> None:
    counts, sheet = cohort(kind, 40)
    quality = assess(sheet, None, counts, None, CONFIG["quality"])
    question = Contrast("q", "lung", "tumour", "healthy", ("batch",))
    result = de.test_contrast(counts, sheet, question, limits=LEAN, quality=quality)
    libraries = gather(counts, sheet, quality, result.record)
    made = train_panel(result.table, result.record, libraries, question, CONFIG["panel"])
    assert set(made.record) >= {"panel", "reasons"}
