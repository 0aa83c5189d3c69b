"""A contrast and all that may explain its miRNAs but the disease: `confounding/{contrast}`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from exosift.confounding import detection_rates, ev_origin, literature, pairs
from exosift.confounding.association import ARMS, within_arms
from exosift.confounding.attenuation import COLUMNS as EFFECTS
from exosift.confounding.attenuation import Attenuation
from exosift.confounding.covariates import BLOOD, Covariate, Model, gather, model_of
from exosift.consensus import significant
from exosift.contrasts import Contrast
from exosift.differential_expression.blood import share_taken
from exosift.findings import Exclusion
from exosift.knowledge import Role
from exosift.normalisation import effective_sizes, log_cpm
from exosift.settings.candidates import CallRules
from exosift.settings.confounding import Confounding
from exosift.settings.differential_expression import TestRules
from exosift.settings.quality import Quality
from exosift.settings.tiers import TierRules

ALL_BLOOD = "blood_cells"
"""The row of haemolysis and platelets together, which the tests hold constant as well."""

COVARIATE_COLUMNS = (
    *("mirna", "covariate", "measure", "coded", "in_model"),
    *(f"{what}_{arm}" for arm in ARMS for what in ("association", "association_p")),
    *(*EFFECTS, "attenuation", "explains"),
)
MIRNA_COLUMNS = (
    "mirna",
    *detection_rates.COLUMNS,
    *(*pairs.COLUMNS, "matched_attenuation"),
    *ev_origin.COLUMNS,
    *literature.COLUMNS,
    *("explained_by", "unclear_with"),
)
MATCHED = "matched_pairs"
"""How `explained_by` names what matching takes."""

EXPLAINS, UNCLEAR = "yes", "unclear"
"""A covariate takes most of an effect; or less, and what it leaves is no longer significant."""


@dataclass(frozen=True)
class ConfoundingRules:
    """When something else is taken to explain a miRNA.

    Attributes
    ----------
    q
        Largest false discovery rate of a miRNA that differs.
    attenuation, adjusted_q
        Share of an effect that a covariate may take, and the largest q that it may leave.
    pairs, caliper
        Matched pairs that an analysis needs; largest difference in age within one, in standard
        deviations.
    detection_reads
        From how many reads on a miRNA counts as found.
    min_libraries
        Libraries of one protocol and batch that a blood score needs.
    origin
        What evidence of vesicles takes.
    """

    q: float = CallRules.q
    attenuation: float = TierRules.attenuation
    adjusted_q: float = TierRules.adjusted_q
    pairs: int = Confounding.pairs
    caliper: float = Confounding.caliper
    detection_reads: int = TestRules.detection_reads
    min_libraries: int = Quality.min_libraries
    origin: ev_origin.OriginRules = field(default_factory=ev_origin.OriginRules)

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "ConfoundingRules":
        """Read them from a complete configuration."""
        own = config["confounding"]
        return cls(
            config["candidates"]["q"],
            config["tiers"]["attenuation"],
            config["tiers"]["adjusted_q"],
            own["pairs"],
            own["caliper"],
            config["differential_expression"]["detection_reads"],
            config["quality"]["min_libraries"],
            ev_origin.OriginRules(own["ev_markers"], own["ev_fractions"]),
        )


@dataclass(frozen=True)
class Weighed:
    """What may explain the miRNAs of a contrast.

    Attributes
    ----------
    record
        `confounding/{contrast}.json`.
    covariates, mirnas
        `confounding/{contrast}/covariates.tsv` and `mirnas.tsv`; no rows if nothing was tested.
    """

    record: dict[str, Any]
    covariates: pd.DataFrame
    mirnas: pd.DataFrame


def weigh_confounders(
    table: pd.DataFrame,
    record: Mapping[str, Any],
    counts: pd.DataFrame,
    sheet: pd.DataFrame,
    quality: pd.DataFrame,
    contrast: Contrast,
    excluded: Mapping[str, Exclusion],
    roles: Mapping[str, Sequence[Role]] | None = None,
    rules: ConfoundingRules | None = None,
) -> Weighed:
    """Hold every tested miRNA against everything but the disease that is known of the libraries.

    Parameters
    ----------
    table, record
        The outcome of the contrast; see `differential_expression.Result`.
    counts : DataFrame of int, shape (miRNAs, libraries)
        Raw counts of the run.
    sheet : DataFrame of str
        The sample sheet, indexed by sample.
    quality
        `quality/samples.tsv`, indexed by sample.
    contrast
        The question.
    excluded
        Libraries that quality leaves out, with the reason.
    roles
        Published roles in this cancer by miRNA.
    rules
        The limits.
    """
    rules = rules or ConfoundingRules()
    sound = [n for n in sorted(sheet.index) if n in counts and n not in excluded]
    sound = [name for name in sound if counts[name].sum() > 0]
    used = [one["sample"] for one in record["samples"] if one["used"]]
    fractions = ev_origin.fraction_pairs(sheet, sound)
    told: dict[str, Any] = {
        "contrast": contrast.name,
        "covariates": [],
        "pairs": {},
        "ev_origin": ev_origin.grade_contrast(sheet, used, fractions, rules.origin),
        "literature": {},
    }
    if table.empty:
        nothing = pd.DataFrame(columns=list(COVARIATE_COLUMNS))
        return Weighed(told, nothing, pd.DataFrame(columns=list(MIRNA_COLUMNS)))
    tested = table.set_index("mirna").sort_index()
    ordered = counts.sort_index()
    model = model_of(record, sheet, contrast)
    pooled = model.cohort.pool(ordered)
    kept = pooled.loc[tested.index]
    factors = pd.Series(record["normalisation"]["factors"])[kept.columns]
    sizes = effective_sizes(kept, factors)
    differ = significant(tested, rules.q)
    covariates = gather(
        *(model, contrast, sheet, ordered[sound], quality),
        detection_reads=rules.detection_reads,
        min_libraries=rules.min_libraries,
    )
    found = _against(
        *(covariates, tested, kept, factors, sizes, model, differ, rules, told),
        blood_units=record["blood"].get("units", 0),
    )
    mirnas = detection_rates.detection_rates(
        *(kept, pooled.sum(), model.cohort.is_case, rules.detection_reads),
        independent_people=not contrast.kind.repeated,
    )
    mirnas = mirnas.join(_matched(tested, kept, sizes, model, contrast, sheet, rules, told))
    mirnas = mirnas.join(
        ev_origin.fraction_ratios(ordered, fractions, kept.index, rules.origin.fractions)
    )
    beside, told["literature"] = literature.compare_with_literature(
        *(tested["edger_log2fc"], differ, roles or {}),
        directed=contrast.of_the_disease,
    )
    mirnas = mirnas.join(beside)
    fails = differ & (mirnas["matched_attenuation"] > rules.attenuation)
    mirnas["explained_by"] = _named(found, mirnas.index, EXPLAINS, fails)
    mirnas["unclear_with"] = _named(found, mirnas.index, UNCLEAR)
    order = list(table["mirna"])
    mirnas = mirnas.loc[order].rename_axis("mirna").reset_index()
    place = found["mirna"].map({name: at for at, name in enumerate(order)})
    found = found.assign(place=place).sort_values("place", kind="stable", ignore_index=True)
    return Weighed(told, found[list(COVARIATE_COLUMNS)], mirnas[list(MIRNA_COLUMNS)])


def _against(
    covariates: Sequence[Covariate],
    tested: pd.DataFrame,
    kept: pd.DataFrame,
    factors: pd.Series,
    sizes: pd.Series,
    model: Model,
    differ: pd.Series,
    rules: ConfoundingRules,
    told: dict[str, Any],
    blood_units: int,
) -> pd.DataFrame:
    """Hold each miRNA against each covariate, and write down what was looked at."""
    levels = log_cpm(kept, factors).to_numpy()
    names = [str(name) for name in kept.index]
    attenuation = Attenuation(kept, sizes, model)
    parts = []
    for one in covariates:
        summary: dict[str, Any] = {
            "covariate": one.name,
            "kind": "number" if one.numeric else "groups",
            "in_model": one.in_model,
            "known": int(one.known.sum()),
            "reason": one.reason,
        }
        if one.reason:
            told["covariates"].append(summary)
            continue
        part = pd.DataFrame({"mirna": names, "covariate": one.name, "coded": one.coded})
        part["in_model"] = "yes" if one.in_model else ""
        part["measure"] = "rho" if one.numeric or one.coded else "eta2"
        for arm, (r, p) in within_arms(levels, names, model, one).items():
            part[f"association_{arm}"], part[f"association_p_{arm}"] = r, p
            summary[f"follow_{arm}"] = _followers(p, rules.q)
        effects, summary["reason"] = (
            (_blood_alone(one, tested), "") if one.name in BLOOD.values() else attenuation.by(one)
        )
        part = pd.concat([part, effects.reset_index(drop=True)], axis=1)
        part["explains"] = _explains(part, differ.to_numpy(), rules)
        parts.append(part)
        told["covariates"].append(summary | _verdicts(part))
    if tested["attenuation"].notna().any():
        parts.append(_blood_together(tested, differ, rules))
        told["covariates"].append(
            {
                "covariate": ALL_BLOOD,
                "kind": "number",
                "in_model": False,
                "known": blood_units,
                "reason": "",
                **_verdicts(parts[-1]),
            }
        )
    return pd.concat(parts, ignore_index=True).reindex(columns=list(COVARIATE_COLUMNS))


def _verdicts(part: pd.DataFrame) -> dict[str, int]:
    named = {"explains": EXPLAINS, "unclear": UNCLEAR}
    return {key: int((part["explains"] == word).sum()) for key, word in named.items()}


def _followers(p: np.ndarray, q: float) -> int | None:
    """Count the miRNAs that follow a covariate within an arm, at a false discovery rate."""
    known = p[np.isfinite(p)]
    return int((stats.false_discovery_control(known) <= q).sum()) if len(known) else None


def _blood_alone(one: Covariate, tested: pd.DataFrame) -> pd.DataFrame:
    """Take over what the tests say of one blood-cell score."""
    (index,) = (key for key, name in BLOOD.items() if name == one.name)
    table = pd.DataFrame(np.nan, index=tested.index, columns=[*EFFECTS, "attenuation"])
    table["attenuation"] = tested[f"attenuation_{index}"]
    return table


def _blood_together(
    tested: pd.DataFrame, differ: pd.Series, rules: ConfoundingRules
) -> pd.DataFrame:
    """Take over what the tests say of all blood-cell scores held constant together."""
    part = pd.DataFrame(
        {
            "mirna": tested.index,
            "covariate": ALL_BLOOD,
            "measure": "",
            "coded": "",
            "in_model": "",
            "log2fc_without": tested["limma_log2fc"].to_numpy(),
            "q_without": tested["limma_q"].to_numpy(),
            "log2fc_with": tested["blood_log2fc"].to_numpy(),
            "ci_low_with": tested["blood_ci_low"].to_numpy(),
            "ci_high_with": tested["blood_ci_high"].to_numpy(),
            "q_with": tested["blood_q"].to_numpy(),
            "attenuation": tested["attenuation"].to_numpy(),
        }
    )
    return part.assign(explains=_explains(part, differ.to_numpy(), rules))


def _explains(part: pd.DataFrame, differ: np.ndarray, rules: ConfoundingRules) -> np.ndarray:
    """Say which effects a covariate explains, or leaves unclear.

    Only an effect that is there can be explained: one that differs in this contrast, or that would
    without a covariate that the model holds.
    """
    there = differ | (part["q_without"] <= rules.q).to_numpy()
    gone = (part["attenuation"] > rules.attenuation).to_numpy()
    faint = (part["q_with"] > rules.adjusted_q).to_numpy()
    return np.select([there & gone, there & faint], [EXPLAINS, UNCLEAR], "")


def _matched(
    tested: pd.DataFrame,
    kept: pd.DataFrame,
    sizes: pd.Series,
    model: Model,
    contrast: Contrast,
    sheet: pd.DataFrame,
    rules: ConfoundingRules,
    told: dict[str, Any],
) -> pd.DataFrame:
    """Repeat the test among matched pairs, and write down how they were made."""
    made = pairs.match(model, contrast, sheet, fewest=rules.pairs, caliper=rules.caliper)
    table, reason = pairs.among_pairs(kept, sizes, model, made)
    table["matched_attenuation"] = share_taken(
        tested["limma_log2fc"].to_numpy(), table["matched_log2fc"].to_numpy()
    )
    told["pairs"] = {
        "pairs": len(made.units),
        "matched_on": list(made.matched_on),
        "caliper": round(made.caliper, 4) if np.isfinite(made.caliper) else None,
        "units": [list(pair) for pair in made.units],
        "reason": reason,
    }
    return table


def _named(
    found: pd.DataFrame, mirnas: pd.Index, verdict: str, matched: pd.Series | None = None
) -> pd.Series:
    """Name for each miRNA the covariates with a verdict, and matching where that has it."""
    rows = found[found["explains"] == verdict]
    named = {str(mirna): list(own) for mirna, own in rows.groupby("mirna")["covariate"]}
    for mirna in [] if matched is None else matched.index[matched]:
        named.setdefault(str(mirna), []).append(MATCHED)
    return pd.Series([";".join(named.get(str(mirna), ())) for mirna in mirnas], index=mirnas)
