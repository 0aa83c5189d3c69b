"""What the model of a contrast holds, and which libraries are summed or left out by rule."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from exosift.cohort import count_exclusions
from exosift.findings import Exclusion
from exosift.reports.evidence import Outcome, Run
from exosift.reports.wording import count, listed
from exosift.sentences.exclusions import exclusion_kind
from exosift.sentences.warnings import NOT_IN_THE_MODEL, warning_sentence
from exosift.sexes import sex_of_cancer

MOST_GROUPS = 12  # that are named


def facts_of_model(run: Run, outcome: Outcome) -> list[tuple[str, str]]:
    """Return name and text of each fact on the model of a contrast and its libraries."""
    record, asked = outcome.record, outcome.contrast
    facts = [("Model", record["formula"] or "none was fitted")]
    listed_here = listed(list(asked.covariates)) or "none"
    facts.append(("Covariates listed", listed_here))
    if record["forced_covariates"]:
        facts.append(
            (
                "Forced in",
                f"{listed(record['forced_covariates'])}: the arms differ in it by more than "
                f"{run.config['design']['forced_difference']:g} standard deviations, which a model "
                "without it would take for the disease",
            )
        )
    kinds = record["covariate_kinds"]
    if kinds:
        facts.append(("Read as", "; ".join(_kind(name, kind) for name, kind in kinds.items())))
    facts += [
        ("Left out of the model", warning_sentence(one))
        for one in record["warnings"]
        if one["code"] in NOT_IN_THE_MODEL
    ]
    facts += _by_rule(outcome)
    return facts


def _kind(name: str, kind: Mapping[str, Any]) -> str:
    """Tell whether a covariate is a number or which groups it makes."""
    if kind["kind"] == "number":
        return f"{name}, a number"
    groups = kind["levels"]
    return f"{name}, {len(groups)} groups ({listed(groups, most=MOST_GROUPS)})"


def _by_rule(outcome: Outcome) -> list[tuple[str, str]]:
    """Tell of replicates, of the sex of the controls, and of missing cells."""
    facts = []
    members = outcome.record["samples"]
    excluded: dict[str, list[Exclusion]] = defaultdict(list)
    for member in members:
        if member["exclusion"]:
            excluded[member["exclusion"]["code"]].append(Exclusion.from_dict(member["exclusion"]))
    more = [m for m in members if m["used"] and m["unit"] != m["sample"]]
    if more:
        kept = len({m["unit"] for m in more})
        facts.append(
            (
                "Replicates",
                f"{count(len(more), 'library', 'libraries')} of {count(kept, 'person', 'people')} "
                "summed with another of the same kind: people count, not libraries",
            )
        )
    cancer = outcome.contrast.cancer
    sex = sex_of_cancer(cancer)
    if sex:
        out = len(excluded["other_sex"])
        facts.append(
            (
                "Sex",
                f"{cancer} is studied in {sex}s alone, controls too: "
                f"{count(out, 'library', 'libraries')} left out for it",
            )
        )
    missing = count_exclusions(excluded["covariate_empty"] + excluded["covariate_not_a_number"])
    facts += [
        (
            "Missing covariates",
            f"{count(kind['libraries'], 'library', 'libraries')} not used: "
            f"{exclusion_kind({**kind, 'own': {}})}",
        )
        for kind in missing
    ]
    alone = len(excluded["no_partner"])
    if alone:
        facts.append(
            ("Pairs", f"{count(alone, 'library', 'libraries')} without a partner, not used")
        )
    return facts
