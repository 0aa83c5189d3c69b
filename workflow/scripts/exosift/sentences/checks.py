"""Sentences of the checks of a design: what a check found, what it means and what repairs it."""

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

from exosift.findings import Check
from exosift.sentences import data_checks
from exosift.text import joined

Facts = Mapping[str, Any]


def check_sentence(
    check: Check | Mapping[str, Any], *, adjusts: bool = True, numbers: bool = True
) -> str:
    """Return the sentence of a check or of its record; "" if all is well.

    Parameters
    ----------
    check
        A check, or one of `checks` in a contrast's record.
    adjusts
        Whether a model could adjust for a column; a frozen panel that scores another cohort
        cannot.
    numbers
        Whether an AUC may be quoted.

    Raises
    ------
    KeyError
        If no sentence is known for the code.
    """
    facts = {**flat(check), "adjusts": adjusts, "numbers": numbers}
    return "" if facts["outcome"] == "fit" else SENTENCES[str(facts["code"])](facts)


def flat(check: Check | Mapping[str, Any]) -> dict[str, Any]:
    """Return a check with its facts beside its code, column, value, p-value and outcome."""
    one = check if isinstance(check, Check) else Check.from_dict(check)
    return {
        **one.facts,
        "code": one.code,
        "column": one.column,
        "value": one.value,
        "p": one.p,
        "outcome": one.outcome,
    }


def _variance_inflation(facts: Facts) -> str:
    names = joined(facts["covariates"])
    strength = "mostly" if facts["outcome"] == "cap" else "in good part"
    return (
        f"{facts['condition']} is {strength} explained by {names} (variance inflation "
        f"{facts['value']:.1f}): the cohort says as much as a balanced one of "
        f"{facts['equivalent_libraries']:.0f} libraries. Libraries of both arms that agree in "
        f"{names} would repair it."
    )


def _effective_size(facts: Facts) -> str:
    what = "The cohort weighs"
    if facts["adjusted"]:
        what = f"What is left of {facts['condition']} after the covariates weighs"
    more = {
        "add_people": "more people in both arms",
        "add_people_to_the_smallest_condition": "more people in the smallest condition, or "
        "`levels` without it,",
    }[facts["remedy"]]
    return (
        f"{what} as much as {2 * facts['value']:.1f} libraries in each arm (effective size "
        f"{facts['value']:.1f}, below {facts['limit']:g}): {more} would repair it."
    )


def _overlap(facts: Facts) -> str:
    column, condition = facts["column"], facts["condition"]
    trend = facts["compared"] == "levels"
    levels = "different levels" if trend else "each arm"
    enough = {None: "enough", 1: "one", 2: "two or more"}.get(
        facts["enough"], f"{facts['enough']} or more"
    )
    whose = f" whose {column} is known" if facts["incomplete"] else ""
    if facts["value"] == 0:
        return (
            f"No {column} holds {enough} libraries of {levels}{whose}, so {column} and {condition} "
            f"can hardly be told apart. It takes {joined(facts['groups'])} libraries within the "
            f"same {column}."
        )
    missing = "of other levels" if trend else "of the missing arm"
    return (
        f"Only {facts['value']:.0%} of the libraries{whose} share their {column} with {enough} of "
        f"{levels}; the others tell little about {condition}. Libraries {missing} with the same "
        f"{column} would repair it."
    )


def _difference(facts: Facts) -> str:
    goes = _goes(facts)
    # A record holds no infinite number: it is that of arms without any spread of their own.
    size = f"standardised difference {facts['value']:.2f}"
    found = f"{facts['column']} {goes} ({size if isfinite(facts['value']) else 'constant in each'})"
    if facts["remedy"] == "taken_into_the_model":
        return f"{found} and was not among the covariates: it has been taken into the model."
    return f"{found}{_unadjusted(facts, 'List it.')}"


def _known_of_few(facts: Facts) -> str:
    return (
        f"{facts['column']} is known of {facts['known_cases']} {facts['arms'][0]} and "
        f"{facts['known_controls']} {facts['arms'][1]} libraries, so nobody can say whether the "
        "arms are alike in it. Complete the column."
    )


def _separability(facts: Facts) -> str:
    names = joined(facts["columns"])
    return (
        f"{names[0].upper()}{names[1:]} alone {'tell' if len(facts['columns']) > 1 else 'tells'} "
        f"the arms apart{_area(facts)}: hardly anybody has a counterpart like that in "
        "the other arm. Controls like the cases would repair it."
    )


def _association(facts: Facts) -> str:
    column, condition = facts["column"], facts["condition"]
    if facts["outcome"] == "refuse":
        return (
            f"{column} and {condition} nearly coincide ({_strength(facts)}), and no model can tell "
            f"them apart well. It takes {joined(facts['groups'])} libraries within the same "
            f"{column}."
        )
    whose = f" among the libraries whose {column} is known" if facts["incomplete"] else ""
    found = f"{column} {_goes(facts)}{whose} ({_strength(facts)})"
    return f"{found}{_unadjusted(facts, _listing(facts['remedies']))}"


def _listing(remedies: list[str]) -> str:
    """Say how a column gets into the model."""
    words = {
        "complete_column": "Complete the column.",
        "add_column": "Put it into the sheet and list it.",
        "list_column": "List it.",
    }
    return " ".join(words[remedy] for remedy in remedies)


def _association_among_cases(facts: Facts) -> str:
    column, condition = facts["column"], facts["condition"]
    return (
        f"Among the {facts['case']} libraries alone {column} and {condition} nearly coincide "
        f"({_strength(facts)}), so a trend among them may be one of {column}. It takes libraries "
        f"of several levels within the same {column}."
    )


def _known_in_one_arm(facts: Facts) -> str:
    return (
        f"{facts['column']} is filled in for {facts['arm']} libraries alone, so nobody can say "
        "whether the others were made alike. Complete the column."
    )


def _sorts_like_the_condition(facts: Facts) -> str:
    column = facts["column"]
    return (
        f"{column} sorts the libraries exactly as {facts['condition']} does. If it tells how, "
        "where or when they were made, nothing here can be told from it: call it "
        f"batch_{column}, and the contrast is refused. If it describes the disease, all is well."
    )


def _order(facts: Facts) -> str:
    by_column = facts["order"] == "column"
    advice = ""
    if facts["technical_covariates"]:
        held = joined(facts["technical_covariates"])
        advice = f" The model holds {held}, but not what drifted within."
    elif not by_column:
        advice = " Put day or plate of the preparation into the sheet."
    if by_column:
        advice += " Libraries of both arms along the whole of it would repair it."
    order = facts["column"] if by_column else ORDERS[facts["order"]]
    cases, controls = facts["arms"]
    return (
        f"Along {order}, {cases} and {controls} stand in blocks (runs test p = {facts['p']:.1g}): "
        "if libraries were made in that order, what drifted with time resembles "
        f"{facts['condition']}.{advice}"
    )


def _quality(facts: Facts) -> str:
    cases, controls = facts["arms"]
    more = "higher" if facts["strongest_auc"] > 0.5 else "lower"
    if facts["outcome"] == "cap":
        meaning = (
            "libraries of the arms differ in quality, most likely because the samples were not "
            "collected or prepared alike, and what differs may come from that."
        )
    else:
        meaning = (
            "libraries of the arms differ somewhat in quality, which may come from how the samples "
            "were collected or prepared, and then so may what differs."
        )
    return (
        f"Measures of quality alone tell {cases} from {controls} libraries{_area(facts)}, above "
        f"all {facts['strongest']}, which is {more} in the cases: {meaning} "
        "Libraries of both arms that were made side by side would repair it."
    )


def _factors(facts: Facts) -> str:
    return (
        f"The normalisation factors differ between the arms (Wilcoxon p = {facts['p']:.1g}): a few "
        "abundant miRNAs shift the composition of one arm, and small effects of many miRNAs may "
        "come from it."
    )


def _area(facts: Facts) -> str:
    """Return the AUC in parentheses; "" where no number may be shown."""
    if not facts["numbers"]:
        return ""
    if "low" not in facts:
        return f" (AUC {facts['value']:.2f})"
    return (
        f" (AUC {facts['value']:.2f}, {facts['low']:.2f} to {facts['high']:.2f}, in people whom "
        "the model had not seen)"
    )


def _goes(facts: Facts) -> str:
    if facts["compared"] == "levels":
        return f"goes with {facts['condition']}"
    return "differs between the arms"


def _strength(facts: Facts) -> str:
    measure = "correlation ratio" if facts["compared"] == "levels" else "Cramér's V"
    return f"{measure} {facts['value']:.2f}, p = {facts['p']:.1g}"


def _unadjusted(facts: Facts, advice: str) -> str:
    """Say what it means that no model holds the column, and what to do."""
    if not facts["adjusts"]:
        return ", and nothing is adjusted here: the panel may owe it a part of its AUC."
    return (
        " and is not among the covariates: its effect is mistaken for that of the condition. "
        f"{advice}"
    )


ORDERS = {
    "names": "the names of the libraries",
    "sequencing": "the order of sequencing",
    "sheet": "the order of the sheet",
}
"""Orders of libraries that are no column of the sheet."""

SENTENCES: dict[str, Callable[[Facts], str]] = {
    "variance_inflation": _variance_inflation,
    "effective_size": _effective_size,
    "overlap": _overlap,
    "difference": _difference,
    "known_of_few": _known_of_few,
    "separability": _separability,
    "association": _association,
    "association_among_cases": _association_among_cases,
    "known_in_one_arm": _known_in_one_arm,
    "sorts_like_the_condition": _sorts_like_the_condition,
    "order": _order,
    "quality": _quality,
    "factors": _factors,
    **data_checks.SENTENCES,
}
