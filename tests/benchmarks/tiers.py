"""Which tiers true differences reach in honest designs with recorded batches.

Usage: python tests/benchmarks/tiers.py [REPEATS]

REPEATS (default 20) cohorts for each size of arm, from ../shared/data as in `contrasts.py`: plasma
vesicles of 100 people with one disease (GSE71008), dealt into two arms within the days on which the
libraries were made, a tenth of the miRNAs thinned in one arm by a log2 fold change of 0.8 to 2. The
sheet records day (as batch, in the model), fluid, isolation and kit. Each cohort goes through the
tests, confounders, the halves of a panel where people are enough for one, and calls.

It also runs with version 0.1.0 on the path, whose calls and tiers were made in two steps.
"""

import sys
from pathlib import Path
from typing import Any

import pandas as pd

REPOSITORY = Path(__file__).resolve().parents[2]
if "exosift" not in sys.modules:
    sys.path.insert(0, str(REPOSITORY))

from exosift import candidates  # noqa: E402
from exosift.config import complete  # noqa: E402
from exosift.confounding import weigh_confounders  # noqa: E402
from exosift.contrasts import Contrast  # noqa: E402
from exosift.differential_expression import Limits, TestRules, test_contrast  # noqa: E402
from exosift.knowledge import flags_of  # noqa: E402
from exosift.panel.libraries import gather  # noqa: E402
from exosift.panel.stability import select_from_halves  # noqa: E402
from exosift.quality import assess, usable  # noqa: E402

from tests.benchmarks.contrasts import one_disease  # noqa: E402
from tests.planted import planted  # noqa: E402

ARMS = (15, 25, 45)
"""Only the last has libraries enough of each day for scores of blood cells, which tier A needs."""
QUESTION = Contrast("planted", "colorectal", "case", "control", ("batch",))
RECORDED = {"biofluid": "plasma", "isolation": "precipitation", "protocol": "truseq"}
TESTS = TestRules(permutations=10, edger_permutations=0, deseq2=False)
SETTINGS = complete({"counts": "matrix.tsv", "panel": {"stability_halves": 20}})
KNOWLEDGE = REPOSITORY / "resources" / "knowledge"


def call(counts: pd.DataFrame, sheet: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the candidate table of a cohort and the record of its contrast."""
    quality = assess(sheet, None, counts, None, SETTINGS["quality"])
    excluded = usable(quality)
    result = test_contrast(counts, sheet, QUESTION, excluded, limits=Limits(TESTS), quality=quality)
    weighed = weigh_confounders(
        *(result.table, result.record, counts, sheet, quality, QUESTION, excluded)
    )
    stability = None
    if result.record["sections"]["panel"]["shown"]:
        libraries = gather(counts, sheet, quality, result.record)
        frequency = select_from_halves(libraries, SETTINGS["panel"]).frequency
        stability = pd.DataFrame({"mirna": frequency.index, "frequency": frequency.to_numpy()})
    flags = flags_of({str(mirna): [str(mirna)] for mirna in counts.index}, KNOWLEDGE)
    features = pd.DataFrame(
        {"mirgenedb": "", "accessions": "known", "ambiguous_share": 0.0}, index=counts.index
    )
    tested, record = result.table, result.record
    if hasattr(candidates, "Knowledge"):
        from exosift.caveats import confounding_caveats, explained_beside_blood

        found = candidates.call_candidates(
            *(tested, record, counts, QUESTION, candidates.Knowledge(features, flags, {})),
            confounding_caveats(weighed.covariates, weighed.mirnas, weighed.record),
            explained_beside_blood(weighed.mirnas),
            stability,
        )
        return found.table, record
    from exosift.confounding.doubts import confounding_doubts, explained_in_words
    from exosift.tiers import grade

    doubts = confounding_doubts(weighed.covariates, weighed.mirnas, weighed.record)
    called = candidates.call_candidates(
        tested, record, counts, QUESTION, features, flags, doubts=doubts
    )
    table = grade(
        *(called, tested, record, counts, features, flags, stability),
        explained=explained_in_words(weighed.mirnas),
    )
    return table, record


def outcomes(table: pd.DataFrame, truth: pd.Series) -> dict[str, float]:
    """Return shares of the tested planted miRNAs, and who was called without a difference."""
    rows = table.set_index("mirna")
    real = truth[rows.index] != 0
    own = rows[real]
    called = rows["call"] == "candidate"
    return {
        "planted": float(real.sum()),
        **{f"tier {one or 'none'}": (own["tier"] == one).mean() for one in ("A", "B", "C", "")},
        "A or B": own["tier"].isin(["A", "B"]).mean(),
        "candidate": (own["call"] == "candidate").mean(),
        "candidates": float(called.sum()),
        "false": float((called & ~real).sum()),
        "false A or B": float((rows["tier"].isin(["A", "B"]) & ~real).sum()),
    }


def main() -> None:
    """Print the shares by size of arm."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    counts, days = one_disease()
    rows = []
    for per_arm in ARMS:
        found = []
        for seed in range(repeats):
            thinned, sheet, truth = planted(counts[days.index], per_arm, seed, batches=days)
            table, record = call(thinned, sheet.assign(**RECORDED))
            found.append(outcomes(table, truth) | {"capped": record["outcome"] == "cap"})
        mean, error = pd.DataFrame(found).mean(), pd.DataFrame(found).sem()
        shares = {name: f"{mean[name]:.3f} ({error[name]:.3f})" for name in mean.index}
        rows.append({"per arm": per_arm, **shares})
    print(f"Means over {repeats} cohorts, standard errors in parentheses")
    print(pd.DataFrame(rows).set_index("per arm").T.to_string())


if __name__ == "__main__":
    main()
