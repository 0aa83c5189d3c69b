"""Which of the tested miRNAs are worth following, and why one should doubt each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from exosift.cohort import pooled
from exosift.contrasts import Contrast
from exosift.discrimination import discriminate
from exosift.normalisation import log_cpm
from exosift.sentences.checks import check_sentence
from exosift.settings.candidates import CallRules

MIRGENEDB = "PMID 31598695"

COLUMNS = (
    *("mirna", "call", "log2fc", "ci_low", "ci_high", "edger_p", "edger_q"),
    *("limma_log2fc", "limma_ci_low", "limma_ci_high", "limma_p", "limma_q"),
    *("mean_cpm_case", "mean_cpm_control", "detected_case", "detected_control"),
    *("auc", "auc_ci_low", "auc_ci_high", "mirgenedb", "accessions"),
    *("flags", "doubts", "known_roles"),
)

CALLS = ("candidate", "doubtful", "not_called", "not_significant")
"""What is said about a miRNA, best first.

A `candidate` passes every gate. A `doubtful` one does too, but is likely not a miRNA at all. One
that is `not_called` differs significantly and fails a gate, or stands in a cohort that is too small
for any call. One that is `not_significant` may differ all the same.
"""

MEANING = {
    "haemolysis_signature": "its level in plasma rises with haemolysis",
    "red_cell": "red blood cells hold much of it",
    "platelet": "platelets hold much of it",
    "leukocyte": "white blood cells hold much of it",
    "fragment_derived": "it may be a fragment of another RNA",
    "fragment_suspect": "another RNA holds its sequence or a part of it",
    "reagent_contaminant": "it may come from a reagent",
    "housekeeping_candidate": "it has been used as a reference that does not change",
}


class Flag(Protocol):
    """A reason to doubt a miRNA: the set it belongs to, what was seen, and where."""

    @property
    def set(self) -> str:
        """The identifier of the set, such as `red_cell`."""

    @property
    def evidence(self) -> str:
        """What was seen, in words."""

    @property
    def identifier(self) -> str:
        """Where: a PMID, DOI or accession."""


@dataclass(frozen=True)
class Doubt:
    """A reason to doubt a miRNA.

    Attributes
    ----------
    flag, sentence
        Its identifier, and what was seen.
    forbids
        Whether it forbids the call.
    artefact
        Whether it makes a candidate a doubtful one.
    """

    flag: str
    sentence: str
    forbids: bool = False
    artefact: bool = False


def call_candidates(
    table: pd.DataFrame,
    record: Mapping[str, Any],
    counts: pd.DataFrame,
    contrast: Contrast,
    features: pd.DataFrame,
    flags: Mapping[str, Sequence[Flag]],
    rules: CallRules | None = None,
    roles: Mapping[str, str] | None = None,
    doubts: Mapping[str, Sequence[Doubt]] | None = None,
) -> pd.DataFrame:
    """Gather what speaks for and against each tested miRNA.

    Parameters
    ----------
    table, record
        The outcome of the contrast; see `differential_expression.Result`.
    counts : DataFrame of int, shape (miRNAs, libraries)
        Raw counts, indexed by miRNA.
    contrast
        The question.
    features
        `counts/features.tsv`, indexed by miRNA: `mirgenedb`, `accessions`, `ambiguous_share`; any
        of them may be missing or empty.
    flags
        Reasons to doubt by miRNA.
    rules
        The gates of a call.
    roles
        Published roles by miRNA, in words: context, without weight in the ranking.
    doubts
        What other rooms hold against a miRNA: confounders, and reads that were counted twice.

    Returns
    -------
    DataFrame
        `candidates/{contrast}.tsv`, one row per tested miRNA: candidates first, in each group those
        of MirGeneDB first, then by the larger q of the engines and by the size of the effect. The
        AUC is apparent: it comes from the libraries that chose the miRNA.
    """
    rules = rules or CallRules()
    if table.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    table = table.set_index("mirna", drop=False).rename_axis(None)
    counts, arms = units_of(record, counts)
    capped = " ".join(check_sentence(c) for c in record["checks"] if c["outcome"] == "cap")
    known = _annotation(features, table.index)
    rows = table.rename(columns=lambda name: _SHORT.get(name, name))
    rows = rows.join(_separation(table, record, counts, arms, contrast)).join(known)
    verdicts = []
    for mirna, row in rows.iterrows():
        weak = capped and _significant(row, rules)
        found = [
            *([Doubt("weak_design", capped, forbids=True)] if weak else []),
            *_failed_gates(row, counts.loc[[mirna]], arms, record, contrast, rules),
            *(doubts or {}).get(str(mirna), ()),
            *_biology(row, flags.get(str(mirna), ()), rules),
        ]
        verdicts.append(
            {
                "call": _call(row, found, rules),
                "flags": ";".join(dict.fromkeys(doubt.flag for doubt in found)),
                "doubts": " ".join(doubt.sentence for doubt in found),
                "known_roles": (roles or {}).get(str(mirna), ""),
            }
        )
    rows = rows.join(pd.DataFrame(verdicts, index=rows.index))
    if not record["sections"]["ranking"]["shown"]:  # of so few people any order is chance
        return rows.sort_values("mirna", ignore_index=True)[list(COLUMNS)]
    return _ranked(rows)[list(COLUMNS)]


def steps(record: Mapping[str, Any]) -> int:
    """Tell how often the effect of a contrast counts between its ends.

    That of a trend is per level, so once less than there are levels; any other is one difference.
    """
    return len(record["levels"]) - 1 if record.get("design") == "trend" else 1


def along(effect: float, steps: int) -> str:
    """Write a log2 fold change, of a trend per level and from end to end."""
    per_level = f" per level, {steps * effect:+.2f} from the first to the last" if steps > 1 else ""
    return f"{effect:+.2f}{per_level}"


def units_of(
    record: Mapping[str, Any], counts: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Sum the replicates of one subject, as the tests do, and name the units of each arm."""
    used = [s for s in record["samples"] if s["used"]]
    arms = {
        arm: [s["unit"] for s in used if s["unit"] == s["sample"] and s["arm"] == arm]
        for arm in ("case", "control")
    }
    return pooled(counts, {s["sample"]: s["unit"] for s in used}), arms


_SHORT = {"edger_log2fc": "log2fc", "edger_ci_low": "ci_low", "edger_ci_high": "ci_high"}


def _annotation(features: pd.DataFrame, mirnas: pd.Index) -> pd.DataFrame:
    """Look up what is known of each miRNA; NaN shares and empty words where nothing is."""
    found = features.reindex(index=mirnas, columns=["mirgenedb", "accessions", "ambiguous_share"])
    found["ambiguous_share"] = pd.to_numeric(found["ambiguous_share"], errors="coerce")
    return found.fillna({"mirgenedb": "", "accessions": ""})


def _separation(
    table: pd.DataFrame,
    record: Mapping[str, Any],
    counts: pd.DataFrame,
    arms: Mapping[str, list[str]],
    contrast: Contrast,
) -> pd.DataFrame:
    """Give the AUC of each miRNA in the direction of its effect, on normalised levels.

    A change has none: each of its arms holds libraries of before and of after.
    """
    if contrast.design == "change":
        return pd.DataFrame(np.nan, table.index, ["auc", "auc_ci_low", "auc_ci_high"])
    factors = pd.Series(record["normalisation"]["factors"])
    levels = log_cpm(counts.loc[table.index, factors.index], factors)
    cases, controls = levels[arms["case"]].to_numpy(), levels[arms["control"]].to_numpy()
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


def _failed_gates(
    row: pd.Series,
    counts: pd.DataFrame,
    arms: Mapping[str, list[str]],
    record: Mapping[str, Any],
    contrast: Contrast,
    rules: CallRules,
) -> list[Doubt]:
    """Tell which gates of a call a miRNA fails; those of size only where it is significant."""
    doubts = []
    between = steps(record)
    n_case, n_control = record["n_case"], record["n_control"]
    if min(n_case, n_control) < rules.fewest_per_arm:
        text = (
            f"The cohort is exploratory: {n_case} {contrast.cases} and {n_control} "
            f"{contrast.against} people, and a call needs {rules.fewest_per_arm} of each."
        )
        doubts.append(Doubt("few_samples", text, forbids=True))
    in_edger, in_limma = row["edger_q"] <= rules.q, row["limma_q"] <= rules.q
    if in_edger != in_limma:
        text = f"The engines disagree: q = {row['edger_q']:.2g} in edgeR, {row['limma_q']:.2g} in "
        doubts.append(Doubt("one_engine", f"{text}limma.", forbids=True))
    if not _significant(row, rules):
        return doubts
    if between * abs(row["log2fc"]) < rules.log2_fold_change:
        text = (
            f"The effect is small: log2 fold change {along(row['log2fc'], between)}, a call needs "
            f"{rules.log2_fold_change} either way."
        )
        doubts.append(Doubt("small_effect", text, forbids=True))
    for engine, low, high in (
        ("edgeR", row["ci_low"], row["ci_high"]),
        ("limma", row["limma_ci_low"], row["limma_ci_high"]),
    ):
        if low <= 0 <= high:
            text = f"The 95% interval of {engine} holds 0: {low:+.2f} to {high:+.2f}."
            doubts.append(Doubt("interval_holds_zero", text, forbids=True))
    median = {arm: float(np.median(counts[samples])) for arm, samples in arms.items()}
    if not any(
        row[f"detected_{arm}"] >= rules.detected_share and median[arm] >= rules.median_reads
        for arm in arms
    ):
        text = (
            f"It is barely measured: detected in {row['detected_case']:.0%} of the cases and "
            f"{row['detected_control']:.0%} of the controls, with medians of {median['case']:g} "
            f"and {median['control']:g} reads; one arm needs {rules.detected_share:.0%} and "
            f"{rules.median_reads:g} reads."
        )
        doubts.append(Doubt("below_detection_floor", text, forbids=True))
    return doubts


def _biology(row: pd.Series, flags: Sequence[Flag], rules: CallRules) -> list[Doubt]:
    """Tell why a miRNA may not be one, or may not come from the vesicles of a tumour."""
    doubts = []
    if not row["accessions"]:
        text = "No annotation: its name is not in the miRBase that this run knows."
        doubts.append(Doubt("no_annotation", text))
    elif not row["mirgenedb"]:
        text = (
            "It is not in MirGeneDB, which holds the miRNAs with evidence of processing by Drosha "
            f"and Dicer ({MIRGENEDB})."
        )
        doubts.append(Doubt("not_in_mirgenedb", text))
    share = row["ambiguous_share"]
    if share > rules.ambiguous_share:
        text = f"{share:.0%} of its reads fit another RNA as well."
        doubts.append(Doubt("ambiguous_reads", text))
    for flag in flags:
        meaning = MEANING.get(flag.set, f"listed as {flag.set.replace('_', ' ')}")
        text = f"{meaning[0].upper()}{meaning[1:]}: {flag.evidence} ({flag.identifier})."
        doubts.append(Doubt(flag.set, text, artefact=flag.set == "fragment_derived"))
    return doubts


def _significant(row: pd.Series, rules: CallRules) -> bool:
    same_sign = np.sign(row["log2fc"]) == np.sign(row["limma_log2fc"]) != 0
    return bool(same_sign and row["edger_q"] <= rules.q and row["limma_q"] <= rules.q)


def _call(row: pd.Series, doubts: Sequence[Doubt], rules: CallRules) -> str:
    if any(doubt.flag == "few_samples" for doubt in doubts):
        return "not_called"
    if not _significant(row, rules):
        return "not_significant"
    if any(doubt.forbids for doubt in doubts):
        return "not_called"
    return "doubtful" if any(doubt.artefact for doubt in doubts) else "candidate"


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
