"""The table and the record of the candidates of a contrast, from one evaluation of each miRNA."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from exosift import criteria
from exosift.caveats import annotation_caveats, engine_caveats
from exosift.contrast_data import ContrastData
from exosift.contrasts import Contrast
from exosift.criteria import CALLS, NOT_ASSESSED, NOT_KNOWABLE, NOT_MET, Assessment, assess_mirnas
from exosift.discrimination import discriminate
from exosift.findings import Caveat
from exosift.knowledge import Flag
from exosift.sentences.caveats import caveat_sentence
from exosift.sentences.criteria import LIMITS, criterion_sentence
from exosift.settings.candidates import CallRules
from exosift.settings.tiers import TierRules
from exosift.verdicts import Verdict, reach_verdict

COLUMNS = (
    *("mirna", "call", "log2fc", "ci_low", "ci_high", "edger_p", "edger_q"),
    *("limma_log2fc", "limma_ci_low", "limma_ci_high", "limma_p", "limma_q"),
    *("mean_cpm_case", "mean_cpm_control", "detected_case", "detected_control"),
    *("auc", "auc_ci_low", "auc_ci_high", "mirgenedb", "accessions"),
    *("flags", "doubts", "known_roles"),
    *("tier", "tier_limit", *criteria.COLUMNS),
    *("criteria_not_met", "criteria_not_assessed", "criteria_reasons"),
)


@dataclass(frozen=True)
class Knowledge:
    """What is known of the miRNAs beside the contrast.

    Attributes
    ----------
    features
        `counts/features.tsv`, indexed by miRNA: `mirgenedb`, `accessions`, `ambiguous_share`; any
        of them may be missing or empty.
    flags
        The sets that each miRNA belongs to.
    roles
        Published roles by miRNA, in words: context, without weight in any criterion.
    """

    features: pd.DataFrame
    flags: Mapping[str, Sequence[Flag]]
    roles: Mapping[str, str]


@dataclass(frozen=True)
class Candidates:
    """What is said of the miRNAs of a contrast.

    Attributes
    ----------
    table
        `candidates/{contrast}.tsv`: one row per tested miRNA, candidates first; in each call those
        of MirGeneDB first, then by the larger q of the methods and by the size of the effect. The
        AUC is apparent: it comes from the libraries that chose the miRNA.
    verdict
        The verdict of the contrast.
    assessments, caveats
        The criteria and the caveats of each tested miRNA.
    """

    table: pd.DataFrame
    verdict: Verdict
    assessments: Mapping[str, Assessment]
    caveats: Mapping[str, Sequence[Caveat]]

    def to_dict(self) -> dict[str, Any]:
        """Return `candidates/{contrast}.json`."""
        return {
            "verdict": self.verdict.to_dict(),
            "mirnas": {
                mirna: one.to_dict() | {"caveats": [c.to_dict() for c in self.caveats[mirna]]}
                for mirna, one in self.assessments.items()
            },
        }


def call_candidates(
    table: pd.DataFrame,
    record: Mapping[str, Any],
    counts: pd.DataFrame,
    contrast: Contrast,
    knowledge: Knowledge,
    caveats: Mapping[str, Sequence[Caveat]] | None = None,
    explained: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    stability: pd.DataFrame | None = None,
    rules: CallRules | None = None,
    tiers: TierRules | None = None,
) -> Candidates:
    """Evaluate each tested miRNA and gather what speaks for and against it.

    Parameters
    ----------
    table, record
        The outcome of the contrast; see `differential_expression.Result`.
    counts : DataFrame of int, shape (miRNAs, libraries)
        Raw counts, indexed by miRNA.
    contrast
        The question.
    knowledge
        Annotation, sets and published roles.
    caveats
        Caveats of other steps: confounders, and reads that were counted twice.
    explained
        See `caveats.explained_beside_blood`.
    stability
        `panels/{contrast}/stability.tsv`; None or empty where no panel was trained.
    rules, tiers
        The limits of the criteria.
    """
    rules, tiers = rules or CallRules(), tiers or TierRules()
    if table.empty:
        verdict = reach_verdict(record, {}, rules.fewest_per_arm)
        return Candidates(pd.DataFrame(columns=list(COLUMNS)), verdict, {}, {})
    table = table.set_index("mirna", drop=False).rename_axis(None)
    data = ContrastData.of(record, counts)
    known = _annotation(knowledge.features, table.index)
    rows = table.rename(columns=lambda name: _SHORT.get(name, name))
    rows = rows.join(_separation(table, data, contrast)).join(known)
    flags = knowledge.flags
    assessments = assess_mirnas(
        table, data, knowledge.features, flags, explained, stability, rules, tiers
    )
    found: dict[str, list[Caveat]] = {}
    of_methods = engine_caveats(table)
    cells = []
    for mirna, row in known.iterrows():
        name = str(mirna)
        own = annotation_caveats(row, flags.get(name, ()), rules.ambiguous_share)
        found[name] = [*(caveats or {}).get(name, ()), *of_methods.get(name, ()), *own]
        cells.append(_cells(assessments[name], found[name]))
    rows = rows.join(pd.DataFrame(cells, index=rows.index))
    rows["known_roles"] = [knowledge.roles.get(str(mirna), "") for mirna in rows.index]
    if record["sections"]["ranking"]["shown"]:
        rows = _ranked(rows)
    else:  # with so few people any order is chance
        rows = rows.sort_values("mirna", ignore_index=True)
    verdict = reach_verdict(record, assessments, rules.fewest_per_arm)
    return Candidates(rows[list(COLUMNS)], verdict, assessments, found)


def _cells(one: Assessment, caveats: Sequence[Caveat]) -> dict[str, str]:
    """Write what a row of the table says of criteria and caveats; the record holds the same."""
    outcomes = {name: one.outcome(name) for name in criteria.NAMES}

    def named(*wanted: str) -> str:
        names = (criteria.NAMES[name] for name, outcome in outcomes.items() if outcome in wanted)
        return "; ".join(names)

    reasons = (
        f"{criteria.NAMES[each.name].capitalize()}: {criterion_sentence(each)}"
        for each in one.criteria
        if each.code
    )
    return {
        "call": one.call,
        "tier": one.tier,
        "tier_limit": "; ".join(LIMITS[limit] for limit in one.limits),
        **{f"{criteria.PREFIX}{name}": outcome for name, outcome in outcomes.items()},
        "criteria_not_met": named(NOT_MET),
        "criteria_not_assessed": named(NOT_ASSESSED, NOT_KNOWABLE),
        "criteria_reasons": " ".join(reasons),
        "flags": ";".join(dict.fromkeys(caveat.code for caveat in caveats)),
        "doubts": " ".join(caveat_sentence(caveat) for caveat in caveats),
    }


_SHORT = {"edger_log2fc": "log2fc", "edger_ci_low": "ci_low", "edger_ci_high": "ci_high"}


def _annotation(features: pd.DataFrame, mirnas: pd.Index) -> pd.DataFrame:
    """Return what is known of each miRNA; NaN shares and empty texts where nothing is."""
    found = features.reindex(index=mirnas, columns=["mirgenedb", "accessions", "ambiguous_share"])
    found["ambiguous_share"] = pd.to_numeric(found["ambiguous_share"], errors="coerce")
    return found.fillna({"mirgenedb": "", "accessions": ""})


def _separation(table: pd.DataFrame, data: ContrastData, contrast: Contrast) -> pd.DataFrame:
    """Return the AUC of each miRNA in the direction of its effect, on normalised levels.

    A change has none: each of its arms holds libraries of before and of after.
    """
    if not contrast.kind.has_auc:
        return pd.DataFrame(np.nan, table.index, ["auc", "auc_ci_low", "auc_ci_high"])
    levels = data.levels(table.index)
    cases, controls = (levels[data.arms[arm]].to_numpy() for arm in ("case", "control"))
    found = [
        discriminate(case, control, np.sign(effect))
        for case, control, effect in zip(cases, controls, table["edger_log2fc"], strict=True)
    ]
    return pd.DataFrame(
        {
            "auc": [one.auc for one in found],
            "auc_ci_low": [one.low for one in found],
            "auc_ci_high": [one.high for one in found],
        },
        index=table.index,
    )


def _ranked(rows: pd.DataFrame) -> pd.DataFrame:
    keys = pd.DataFrame(
        {
            "call": rows["call"].map(CALLS.index),
            "confirmed": rows["mirgenedb"] == "",
            "q": rows[["edger_q", "limma_q"]].max(axis=1),
            "effect": -rows["log2fc"].abs(),
            "mirna": rows["mirna"],
        },
        index=rows.index,
    )
    return rows.loc[keys.sort_values(list(keys.columns)).index].reset_index(drop=True)
