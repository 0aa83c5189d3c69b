"""The panel where nothing is to be found, and how long it takes.

    python tests/benchmarks/panel.py null --cohorts 100        random labels, and the leaky twin
    python tests/benchmarks/panel.py replicates --cohorts 50   four libraries of each person
    python tests/benchmarks/panel.py coverage --cohorts 300    of the interval of the nested AUC
    python tests/benchmarks/panel.py calibration --cohorts 1000   of its intervals
    python tests/benchmarks/panel.py speed 150x421 --jobs 2    everything with 200 permutations
    python tests/benchmarks/panel.py growth                    two permutations, larger cohorts
    python tests/benchmarks/panel.py                           the quicker three

All cohorts are drawn from fixed seeds; tables are in Markdown. `growth` takes CPU time in one
process, so that it holds on a busy machine, and gives that of everything in proportion.
"""

import argparse
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "workflow" / "scripts")]

from exosift.config import defaults  # noqa: E402
from exosift.contrasts import Contrast  # noqa: E402
from exosift.design.sections import sections  # noqa: E402
from exosift.discrimination import areas  # noqa: E402
from exosift.panel.calibration import calibrate  # noqa: E402
from exosift.panel.crossvalidation import cross_validate, one_repeat  # noqa: E402
from exosift.panel.folds import split  # noqa: E402
from exosift.panel.intervals import auc_interval  # noqa: E402
from exosift.panel.levels import FrozenLevels  # noqa: E402
from exosift.panel.libraries import Libraries  # noqa: E402
from exosift.panel.permutation import permute  # noqa: E402
from exosift.panel.procedure import Procedure, panel_procedure  # noqa: E402
from exosift.panel.training import train_panel  # noqa: E402

from tests.panel_cohort import leaky_procedure, make_counts, make_libraries  # noqa: E402

SETTINGS = defaults()["panel"]
GROWTH = ((150, 421), (300, 800), (500, 1300), (1000, 2600))


def null_cohort(seed: int, per_arm: int, mirnas: int) -> Libraries:
    """Draw a cohort whose labels mean nothing."""
    rng = np.random.default_rng([seed, 1])
    is_case = rng.permutation(np.arange(2 * per_arm) < per_arm)
    return make_libraries(make_counts(rng, is_case, mirnas), is_case)


def nested_auc(libraries: Libraries, procedure: Procedure | None = None) -> float:
    """Give the AUC of one repeat."""
    procedure = procedure or panel_procedure(SETTINGS, [1])
    return one_repeat(procedure, libraries.counts, libraries, libraries.is_case, SETTINGS, 0).auc


def null(cohorts: int) -> None:
    """Print the AUC with random labels, nested and leaky."""
    print("| per arm | miRNAs | nested AUC (SE) | leaky AUC (SE) |\n|--:|--:|--:|--:|")
    for per_arm in (10, 20, 35):
        drawn = [null_cohort(seed, per_arm, 376) for seed in range(cohorts)]
        nested = [nested_auc(one) for one in drawn]
        leaky = [nested_auc(one, leaky_procedure(one)) for one in drawn]
        print(f"| {per_arm} | 376 | {mean_with_error(nested)} | {mean_with_error(leaky)} |")


def replicates(cohorts: int) -> None:
    """Print the AUC of replicates that have no disease, with people kept whole and torn apart."""
    aware, blind = [], []
    for seed in range(cohorts):
        rng = np.random.default_rng([seed, 2])
        person = np.repeat(np.arange(24), 4)
        is_case = person % 2 == 0
        counts = make_counts(rng, is_case, 120, own=rng.normal(0, 1, (24, 120))[person])
        people = [f"p{at:02}" for at in person]
        aware.append(nested_auc(make_libraries(counts, is_case, people)))
        blind.append(nested_auc(make_libraries(counts, is_case)))
    print("| folds | AUC (SE) |\n|---|--:|")
    print(f"| of people | {mean_with_error(aware)} |\n| of libraries | {mean_with_error(blind)} |")


def coverage(cohorts: int) -> None:
    """Print how often the interval holds the AUC of the same models in new people."""
    held, width, bias = [], [], []
    for seed in range(cohorts):
        rng = np.random.default_rng([seed, 3])
        is_case = np.arange(50 + 1000) % 2 == 0
        counts = make_counts(rng, is_case, 60, changed=3, fold=1.5)
        libraries, new = make_libraries(counts[:50], is_case[:50]), counts[50:]
        settings = SETTINGS | {"repeats": 5}
        procedure = panel_procedure(settings, [1])
        found = cross_validate(procedure, libraries.counts, libraries, settings)
        arms = libraries.is_case, libraries.subjects
        interval = auc_interval(found.scores, found.fold_of, *arms, 1000, [1])
        aucs = []
        for train, _ in split(*arms, 5, [1]):
            fitted = procedure.fit(libraries.counts.iloc[train], *(one[train] for one in arms))
            scores = fitted.decision_function(new, new.index.to_numpy(dtype=str))
            aucs.append(areas(scores[None], is_case[50:])[0])
        truth = float(np.mean(aucs))
        held.append(interval.low <= truth <= interval.high)
        width.append(interval.high - interval.low)
        bias.append(interval.auc - truth)
    print("| cohorts | held by the interval | width | nested AUC - AUC in new people (SE) |")
    print("|--:|--:|--:|--:|")
    print(f"| {cohorts} | {np.mean(held):.3f} | {np.mean(width):.3f} | {mean_with_error(bias)} |")


def calibration(cohorts: int) -> None:
    """Print how often the intervals of the calibration hold 0 and 1 where chances are right."""
    print("| people | intercept: held | its width | slope: held | its width |")
    print("|--:|--:|--:|--:|--:|")
    for people in (100, 150):
        names = np.array([f"p{at:03}" for at in range(people)])
        held: dict[str, list[bool]] = {"intercept": [], "slope": []}
        widths: dict[str, list[float]] = {"intercept": [], "slope": []}
        for seed in range(cohorts):
            rng = np.random.default_rng([seed, 4])
            odds = rng.normal(0, 1.5, people)
            is_case = rng.random(people) < 1 / (1 + np.exp(-odds))
            found = calibrate(odds, is_case, names, 1000, [seed])
            for name, right in (("intercept", 0), ("slope", 1)):
                held[name].append(found[name]["low"] <= right <= found[name]["high"])
                widths[name].append(found[name]["high"] - found[name]["low"])
        cells = [f"{np.mean(held[name]):.3f} | {np.mean(widths[name]):.2f}" for name in held]
        print(f"| {people} | {' | '.join(cells)} |")


def speed(size: str, jobs: int) -> None:
    """Print the time of everything that a contrast gets, with progress."""
    libraries = cohort_of(*map(int, size.split("x")))
    people = libraries.people
    judged = {"sections": sections(people["case"], people["control"], "fitted")}
    tested = pd.DataFrame({"mirna": list(libraries.counts.columns), "edger_log2fc": 1.0})
    began = time.monotonic()
    made = train_panel(
        *(tested, judged, libraries, Contrast("a_vs_b", "none", "a", "b"), SETTINGS),
        jobs=jobs,
        say=print,
    )
    taken = time.monotonic() - began
    auc, p = made.record["panel"]["auc"]["auc"], made.record["panel"]["permutation"]["p"]
    print(f"{size}, {jobs} jobs: {taken:.0f} s; AUC {auc:.2f}, p {p:.3f}")


def growth() -> None:
    """Print how the time of one repeat grows, and what all of it takes on two idle cores."""
    print("| libraries x miRNAs | used | CPU s of a repeat | all of it on 2 cores, min |")
    print("|---|--:|--:|--:|")
    procedure = panel_procedure(SETTINGS, [1])
    for size in GROWTH:
        libraries = cohort_of(*size)
        used = len(FrozenLevels().fit(libraries.counts, libraries.is_case).mirnas_)
        permute(procedure, libraries.counts, libraries, SETTINGS | {"permutations": 1}, 0)
        began = time.process_time()
        permute(procedure, libraries.counts, libraries, SETTINGS | {"permutations": 2}, 0)
        each = (time.process_time() - began) / 2
        # Permutations, repeats of panel and joint model, and the rest as half as many again.
        repeats = SETTINGS["permutations"] + 2.5 * SETTINGS["repeats"]
        print(f"| {size[0]} x {size[1]} | {used} | {each:.2f} | {each * repeats / 2 / 60:.1f} |")


def cohort_of(libraries: int, mirnas: int) -> Libraries:
    """Draw a cohort of two thirds cases in eight batches, with levels that are related."""
    rng = np.random.default_rng([libraries, mirnas])
    is_case = np.arange(libraries) % 3 > 0
    own = rng.normal(0, 0.5, (libraries, 12)) @ rng.normal(0, 0.5, (12, mirnas))
    counts = make_counts(rng, is_case, mirnas, changed=5, fold=1.3, own=own)
    rare = rng.random(mirnas) < 0.33
    counts.loc[:, rare] //= 200
    batches = [f"B{at // 3 % 8}" for at in range(libraries)]
    return make_libraries(counts, is_case, batches=batches, rng=rng)


def mean_with_error(values: Iterable[float]) -> str:
    """Write a mean with its standard error."""
    found = np.array(list(values))
    return f"{found.mean():.3f} ({found.std(ddof=1) / np.sqrt(len(found)):.3f})"


def main() -> None:
    """Run one benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    kinds = parser.add_subparsers(dest="kind")
    numbers = {"null": 100, "replicates": 50, "coverage": 300, "calibration": 1000}
    for kind, cohorts in numbers.items():
        kinds.add_parser(kind).add_argument("--cohorts", type=int, default=cohorts)
    timed = kinds.add_parser("speed")
    timed.add_argument("size", nargs="?", default="150x421")
    timed.add_argument("--jobs", type=int, default=2)
    kinds.add_parser("growth")
    given = vars(parser.parse_args())
    kind = given.pop("kind")
    if kind:
        globals()[kind](**given)
        return
    null(50)
    replicates(25)
    growth()


if __name__ == "__main__":
    main()
