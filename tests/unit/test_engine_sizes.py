"""Where edgeR and limma give an effect another size."""

import pandas as pd
import pytest
from exosift.caveats import engine_caveats
from exosift.consensus import sizes_differ
from exosift.sentences.caveats import SENTENCES, caveat_sentence


def table(edger: tuple[float, float, float], limma: tuple[float, float, float]) -> pd.DataFrame:
    names = ("log2fc", "ci_low", "ci_high")
    row = {f"edger_{name}": value for name, value in zip(names, edger, strict=True)}
    row |= {f"limma_{name}": value for name, value in zip(names, limma, strict=True)}
    return pd.DataFrame([{"mirna": "hsa-miR-1290"} | row])


@pytest.mark.parametrize(
    ("edger", "limma", "differ"),
    [
        ((2.0, 1.5, 2.5), (1.0, 0.6, 1.4), True),
        # A factor below 1.5 apart.
        ((1.5, 1.3, 1.7), (1.0, 0.8, 1.2), False),
        # Within the interval of edgeR.
        ((2.0, 0.5, 3.5), (1.0, 0.6, 1.4), False),
        ((-2.0, -2.5, -1.5), (-1.0, -1.4, -0.6), True),
        ((float("nan"),) * 3, (1.0, 0.6, 1.4), False),
    ],
)
def test_sizes_differ_beyond_both_intervals_and_a_factor(
    edger: tuple[float, float, float], limma: tuple[float, float, float], differ: bool
) -> None:
    assert bool(sizes_differ(table(edger, limma))[0]) == differ
    assert set(engine_caveats(table(edger, limma))) == ({"hsa-miR-1290"} if differ else set())


def test_the_caveat_gives_both_effects_with_their_method() -> None:
    caveat = engine_caveats(table((2.0, 1.5, 2.5), (1.0, 0.6, 1.4)))["hsa-miR-1290"][0]
    told = caveat_sentence(caveat)
    assert caveat.code in SENTENCES
    assert "+2.00 (+1.50 to +2.50) by edgeR, +1.00 (+0.60 to +1.40) by limma" in told
    assert "a factor of 2.0 apart" in told


def test_no_table_has_no_caveats() -> None:
    assert engine_caveats(pd.DataFrame(columns=["mirna"])) == {}
