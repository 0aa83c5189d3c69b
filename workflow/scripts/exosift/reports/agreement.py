"""How sure the tests are: whether the engines agree, and whether their p-values keep their word."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from exosift.consensus import same_sign, significant
from exosift.differential_expression.permutations import SMALL
from exosift.reports.evidence import Outcome, Run
from exosift.reports.wording import count, listed, plain, share

KEPT = (0.9, 1.1)
"""Times the promised share of small p-values within which a test keeps its word."""


@dataclass(frozen=True)
class Test:
    """What one test says of the miRNAs.

    Attributes
    ----------
    name, meaning
        The test, and what it asks.
    found
        How many miRNAs it finds; "–" where it was not run.
    shared
        How many of them both engines find.
    leads
        Whether calls rest on it.
    """

    name: str
    meaning: str
    found: str
    shared: str
    leads: bool = False


@dataclass(frozen=True)
class Agreement:
    """The tests of a contrast side by side.

    Attributes
    ----------
    tests
        One line each.
    q
        The false discovery rate at which they are counted.
    sentences
        What was tested, whether signs agree, and what permuted labels say.
    """

    tests: tuple[Test, ...]
    q: float
    sentences: tuple[str, ...]


def compare_tests(run: Run, outcome: Outcome) -> Agreement:
    """Count what each test finds at the false discovery rate of a call.

    Parameters
    ----------
    run, outcome
        A contrast that was tested.
    """
    table, q = outcome.table, run.rules.q
    same = same_sign(table["edger_log2fc"], table["limma_log2fc"])
    edger, limma = (table[f"{engine}_q"] <= q for engine in ("edger", "limma"))
    both, everywhere = significant(table, q), significant(table, q, "_global")

    def line(name: str, meaning: str, found: pd.Series, leads: bool = False) -> Test:
        return Test(name, meaning, str(int(found.sum())), str(int((found & both).sum())), leads)

    settings = run.config["differential_expression"]
    factor = 2 ** float(settings["treat_log2fc"])
    wording = outcome.contrast.kind.wording
    contrasts = outcome.record.get("tests_of_run", {}).get("contrasts", 1)
    tests = [
        line("edgeR", "quasi-likelihood F test", edger),
        line("limma-voom", "moderated t test", limma),
        line("both engines", "with the same sign: what a call asks for", both, leads=True),
        line("both, over the run", f"corrected over {count(contrasts, 'contrast')}", everywhere),
        line(
            f"beyond a factor of {factor:.2g}{wording.per_step}",
            "limma's treat: not only other than 0, but larger than that",
            table["treat_q"] <= q,
        ),
    ]
    permuted = outcome.record["permutation"]
    smaller = min(outcome.record["n_case"], outcome.record["n_control"])
    limit = int(settings["wilcoxon_per_arm"])
    few = f"takes {limit} people in each arm" if smaller < limit else "gave no p"
    deseq2 = "gave no p" if settings["deseq2"] else "was not asked for"
    for name, meaning, found, absent in (
        (
            "by shuffled labels",
            "limma's statistic against labels permuted within batches; needs no distribution",
            _by_permutation(table["permutation_p"], q),
            permuted.get("reason", ""),
        ),
        (
            "Wilcoxon",
            "by ranks, without covariates",
            _below(table["wilcoxon_q"], q),
            f"Not run: {wording.not_by_ranks or few}.",
        ),
        (
            "DESeq2",
            "for comparison only: it calls too much",
            _below(table["deseq2_q"], q),
            f"Not run: {deseq2}.",
        ),
    ):
        if found is None:
            tests.append(Test(name, absent or meaning, "–", "–"))
        else:
            tests.append(line(name, meaning, found))
    told = [_tested(outcome), _signs(outcome, same), *_permutations(run, permuted)]
    return Agreement(tuple(tests), q, tuple(text for text in told if text))


def _below(values: pd.Series, q: float) -> pd.Series | None:
    return None if values.isna().all() else values <= q


def _by_permutation(p: pd.Series, q: float) -> pd.Series | None:
    """Correct the p-values of permuted labels as those of the engines (Benjamini, Hochberg)."""
    if p.isna().any():
        return None
    return pd.Series(stats.false_discovery_control(p.to_numpy(dtype=float)) <= q, p.index)


def _tested(outcome: Outcome) -> str:
    filtered, of_run = outcome.record["filter"], outcome.record.get("tests_of_run", {})
    text = (
        f"{filtered['tested']} of {filtered['of']} miRNAs had enough reads to be tested; the "
        "filter knows the sizes of the arms, not which library is in which."
    )
    if of_run.get("contrasts", 1) > 1:
        text += f" The run makes {of_run['tests']:,} tests in {of_run['contrasts']} contrasts."
    return text


def _signs(outcome: Outcome, same: pd.Series) -> str:
    table = outcome.table
    if len(table) < 3:
        return ""
    r = np.corrcoef(table["edger_log2fc"], table["limma_log2fc"])[0, 1]
    text = (
        f"edgeR and limma agree in direction for {share(float(same.mean()))} of the tested miRNAs "
        f"(correlation of the effects {plain(float(r))})"
    )
    if not same.all():
        effects = table.loc[~same, ["edger_log2fc", "limma_log2fc"]].abs().to_numpy(dtype=float)
        text += f"; where they do not, no effect is larger than {plain(float(effects.max()))}"
    return (
        f"{text}. Both see the same counts: that they agree speaks against a whim of one method, "
        "not against a fault of the data."
    )


def _permutations(run: Run, permuted: Mapping[str, object]) -> list[str]:
    """Say what labels without meaning make of the p-values."""
    engines = {"limma": permuted, "edgeR": permuted.get("edger") or {}}
    shares = {
        name: float(one["small_share"])
        for name, one in engines.items()
        if isinstance(one, Mapping) and one.get("permutations")
    }
    if not shares:
        reason = str(permuted.get("reason", "")) or "No labels were permuted."
        return [f"Whether the p-values keep their promise was not checked. {reason}"]
    each = listed(
        [f"{one:.1%} with {name} (inflation {one / SMALL:.2f})" for name, one in shares.items()]
    )
    limit, worst = float(run.config["differential_expression"]["inflated"]), max(shares.values())
    if worst > limit:
        beyond = listed([name for name, one in shares.items() if one > limit])
        reading = (
            f"That is too many with {beyond}: trust the line “by shuffled labels” rather than the "
            f"p-values of {beyond}."
        )
    elif worst > KEPT[1] * SMALL:
        reading = f"That is more than promised, but less than {limit:.1%}, which is warned of."
    elif min(shares.values()) < KEPT[0] * SMALL:
        reading = "The tests are cautious rather than hasty."
    else:
        reading = "The tests keep their promise."
    return [
        f"With labels that mean nothing ({permuted['permutations']} permutations within batches), "
        f"5% of the p-values should be below {SMALL:g}; found are {each}. {reading}"
    ]
