"""What each candidate does in the other cancers of the run, and whether it is specific to one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from exosift.consensus import significant
from exosift.contrast_data import ContrastData
from exosift.contrasts import Contrast
from exosift.criteria import CALLED
from exosift.discrimination import discriminate
from exosift.normalisation import cpm, tmm_factors
from exosift.settings.across_cancers import AcrossRules

COLUMNS = (
    *("mirna", "cancer", "contrast", "candidate", "tier", "label", "shared", "cancers"),
    *("log2fc", "ci_low", "ci_high", "edger_q", "limma_q", "level"),
    *("rest_contrast", "rest_log2fc", "rest_edger_q", "rest_limma_q"),
    *("others_auc", "others_auc_ci_low", "others_auc_ci_high", "others_cases"),
    *("tau", "tau_percentile", "reason"),
)

LABELS = ("specific", "pan_cancer", "shared", "discordant", "in_one_only", "not_identifiable")
"""What is said of a candidate of a cancer; empty where it is not one."""

CELL = ("protocol", "biofluid", "batch")
"""Columns that cancers must share to be comparable: the kit, the fluid, and a batch."""


@dataclass(frozen=True)
class Found:
    """What a run found.

    Attributes
    ----------
    tables, records, called
        `differential_expression/{contrast}.tsv` and `.json`, and `candidates/{contrast}.tsv`, by
        contrast.
    counts : DataFrame of int, shape (miRNAs, libraries)
    sheet
        The sample sheet, indexed by sample.
    """

    contrasts: Sequence[Contrast]
    tables: Mapping[str, pd.DataFrame]
    records: Mapping[str, Mapping[str, Any]]
    called: Mapping[str, pd.DataFrame]
    counts: pd.DataFrame
    sheet: pd.DataFrame


def compare_cancers(found: Found, rules: AcrossRules | None = None) -> pd.DataFrame:
    """Put the effects of each candidate in all cancers side by side.

    Returns
    -------
    `candidates/across_cancers.tsv`: one row per miRNA that is a candidate (or doubtful) in any
    cancer, and cancer, by miRNA and cancer. The effect of a cancer is that of its contrast against
    the controls that most cancers share, the largest if there are several.
    """
    rules = rules or AcrossRules()
    main = main_contrasts(found)
    rest = {
        one.cancer: one.name
        for one in reversed(found.contrasts)
        if one.kind.against_rest and found.records[one.name]["outcome"] in ("fit", "warn")
    }
    called = _called(found, main)
    effects = {cancer: found.tables[one.name].set_index("mirna") for cancer, one in main.items()}
    against = {cancer: found.tables[name].set_index("mirna") for cancer, name in rest.items()}
    comparable = _comparable(found, main)
    held = {cancer: _beside(found, main, {cancer, *comparable[cancer]}) for cancer in main}
    rows = []
    for mirna in sorted({mirna for names in called.values() for mirna in names}):
        seen = {c: table.loc[mirna] for c, table in effects.items() if mirna in table.index}
        for cancer in sorted(main):
            row: dict[str, Any] = {"mirna": mirna, "cancer": cancer, "contrast": main[cancer].name}
            row["candidate"] = "yes" if mirna in called[cancer] else "no"
            row["tier"] = called[cancer].get(mirna, "")
            if cancer in seen:
                row |= _effect(seen[cancer], "")
                values, groups = held[cancer].values, held[cancer].groups
                own = groups[cancer]
                row["level"] = values.loc[mirna, own].mean()
                others = {unit for other in comparable[cancer] for unit in groups[other]} - {*own}
                row |= _against_others(values.loc[mirna], own, sorted(others), row["log2fc"])
            else:
                row["reason"] = "Too few reads to be tested in this cancer."
            row["rest_contrast"] = rest.get(cancer, "")
            if cancer in against and mirna in against[cancer].index:
                row |= _effect(against[cancer].loc[mirna], "rest_")
            if mirna in held[cancer].taus.index:
                row |= held[cancer].taus.loc[mirna].to_dict()
            if mirna in called[cancer] and cancer in seen:
                row |= _label(row, seen, comparable[cancer], rules)
            rows.append(row)
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    words = ["tier", "label", "rest_contrast", "reason"]
    return table.fillna(dict.fromkeys(words, ""))


@dataclass(frozen=True)
class _Levels:
    """Levels of each unit (miRNAs x units), units by group, and tau with its percentile."""

    values: pd.DataFrame
    groups: dict[str, list[str]]
    taus: pd.DataFrame


def _beside(found: Found, main: Mapping[str, Contrast], cancers: set[str]) -> _Levels:
    """Put cancers that can be compared beside each other: levels of another kit would differ."""
    values, groups = unit_levels(found, {name: main[name] for name in main if name in cancers})
    levels = pd.DataFrame({group: values[names].mean(axis=1) for group, names in groups.items()})
    taus = pd.DataFrame({"tau": tau(levels.to_numpy())}, index=levels.index)
    return _Levels(values, groups, taus.assign(tau_percentile=taus["tau"].rank(pct=True)))


def main_contrasts(found: Found) -> dict[str, Contrast]:
    """Choose the contrast that stands for each cancer: fitted cases against controls."""
    fitted = [
        one
        for one in found.contrasts
        if one.kind.case_control and found.records[one.name]["verdict"] == "fitted"
    ]
    common = Counter(control for _, control in {(one.cancer, one.control) for one in fitted})
    chosen: dict[str, Contrast] = {}
    for one in fitted:
        best = chosen.setdefault(one.cancer, one)
        size = {c.name: _size(found.records[c.name]) for c in (one, best)}
        if (common[one.control], size[one.name]) > (common[best.control], size[best.name]):
            chosen[one.cancer] = one
    return chosen


def _size(record: Mapping[str, Any]) -> int:
    return int(record["n_case"] + record["n_control"])


def _called(found: Found, main: Mapping[str, Contrast]) -> dict[str, dict[str, str]]:
    """Give the tiers of the candidates of each cancer's contrast."""
    called = {}
    for cancer, one in main.items():
        table = found.called[one.name]
        table = table[table["call"].isin(CALLED)]
        called[cancer] = dict(zip(table["mirna"], table["tier"].fillna(""), strict=True))
    return called


def unit_levels(
    found: Found, main: Mapping[str, Contrast]
) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Give the log2(CPM + 1) of each unit, and the units of each cancer and of its controls.

    Returns
    -------
    DataFrame, shape (miRNAs that any of the contrasts tested, units), and the units by group:
    controls of one name are one group. CPM are normalised by TMM over all these units together.
    """
    groups: dict[str, list[str]] = {}
    units: dict[str, pd.Series] = {}
    for cancer, one in main.items():
        data = ContrastData.of(found.records[one.name], found.counts)
        for arm, group in (("case", cancer), ("control", f"control: {one.control}")):
            for unit in data.arms[arm]:
                units[unit] = data.counts[unit]
                groups.setdefault(group, [])
                if unit not in groups[group]:
                    groups[group].append(unit)
    if not units:
        return pd.DataFrame(), {}
    tested = sorted(set().union(*(found.tables[one.name]["mirna"] for one in main.values())))
    counts = pd.DataFrame({unit: units[unit] for unit in sorted(units)}).loc[tested]
    return np.log2(cpm(counts, tmm_factors(counts)) + 1), groups


def tau(levels: np.ndarray) -> np.ndarray:
    """Say how far each miRNA keeps to one group: 0 alike in all, 1 in one alone.

    Yanai et al. 2005 (doi:10.1093/bioinformatics/bti042).

    Parameters
    ----------
    levels : array, shape (miRNAs, groups)
        Not negative.

    Returns
    -------
    array, shape (miRNAs,); NaN where no group has it, or there is one group only.
    """
    if levels.ndim < 2 or levels.shape[1] < 2:
        return np.full(len(levels), np.nan)
    highest = levels.max(axis=1, keepdims=True)
    share = np.divide(levels, highest, out=np.full(levels.shape, np.nan), where=highest > 0)
    return (1 - share).sum(axis=1, where=~np.isnan(share)) / (levels.shape[1] - 1) + 0 * share[:, 0]


def _comparable(found: Found, main: Mapping[str, Contrast]) -> dict[str, set[str]]:
    """Name for each cancer the others that its effects can be held against.

    They share kit and fluid, and either a batch or have controls of their own in their batches.
    """
    cells: dict[str, set[tuple[str, ...]]] = {}
    held: dict[str, bool] = {}
    sheet = found.sheet.reindex(columns=list(CELL)).fillna("")
    for cancer, one in main.items():
        arms: dict[str, set[tuple[str, ...]]] = {"case": set(), "control": set()}
        for entry in found.records[one.name]["samples"]:
            if entry["used"]:
                arms[entry["arm"]].add(tuple(sheet.loc[entry["sample"]]))
        cells[cancer], held[cancer] = arms["case"], bool(arms["case"] & arms["control"])

    def alike(a: str, b: str) -> bool:
        kits = {cell[:2] for cell in cells[a]} & {cell[:2] for cell in cells[b]}
        return bool(kits) and (bool(cells[a] & cells[b]) or (held[a] and held[b]))

    return {a: {b for b in main if b != a and alike(a, b)} for a in main}


def _effect(row: pd.Series, prefix: str) -> dict[str, Any]:
    names = {"log2fc": "edger_log2fc", "edger_q": "edger_q", "limma_q": "limma_q"}
    if not prefix:
        names |= {"ci_low": "edger_ci_low", "ci_high": "edger_ci_high"}
    return {f"{prefix}{name}": row[column] for name, column in names.items()}


def _against_others(
    levels: pd.Series, own: list[str], others: list[str], effect: float
) -> dict[str, Any]:
    """Tell the cases of a cancer from those of others, in the direction of its own effect."""
    found = discriminate(levels[own].to_numpy(), levels[others].to_numpy(), np.sign(effect))
    return {
        "others_auc": found.auc,
        "others_auc_ci_low": found.low,
        "others_auc_ci_high": found.high,
        "others_cases": len(others),
    }


def _label(
    row: Mapping[str, Any],
    seen: Mapping[str, pd.Series],
    comparable: set[str],
    rules: AcrossRules,
) -> dict[str, Any]:
    """Say how far a candidate of one cancer is shared by those it can be compared with."""
    others = [other for other in seen if other in comparable]
    if not comparable:
        text = "No other cancer of the run shares kit, biofluid and batch with it."
        return {"label": "not_identifiable", "reason": text}
    if not others:
        text = "No other cancer that is comparable tested it."
        return {"label": "not_identifiable", "reason": text}
    sign = np.sign(row["log2fc"])
    differs = [other for other in others if significant(seen[other], rules.q)]
    same = 1 + sum(np.sign(seen[other]["edger_log2fc"]) == sign for other in differs)
    against = [o for o in differs if np.sign(seen[o]["edger_log2fc"]) != sign]
    total = 1 + len(others)
    counted = {"shared": same, "cancers": total}
    if against:
        text = f"The other way in {', '.join(sorted(against))}."
        return {"label": "discordant", "reason": text, **counted}
    if same >= rules.pan_cancers and same / total >= rules.pan_share:
        return {"label": "pan_cancer", **counted}
    if same > 1:
        # However much it stands out of the rest: another cancer shows it too.
        return {"label": "shared", **counted}
    rest_q = max(row.get("rest_edger_q", np.nan), row.get("rest_limma_q", np.nan))
    if (
        rest_q <= rules.q
        and row["rest_log2fc"] * sign > 0
        and row["tau_percentile"] >= rules.tau_percentile
    ):
        return {"label": "specific", **counted}
    text = ""
    if np.isnan(rest_q):
        text = (
            "Specificity takes a contrast of one against the rest whose design allows candidates."
        )
    return {"label": "in_one_only", "reason": text, **counted}
