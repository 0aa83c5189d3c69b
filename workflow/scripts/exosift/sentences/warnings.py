"""Sentences of what weakens a contrast, ordered by how much."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from exosift.findings import SEVERITY, Check, Warning
from exosift.sentences.checks import check_sentence
from exosift.text import joined

Facts = Mapping[str, Any]


def warning_sentence(warning: Warning | Mapping[str, Any]) -> str:
    """Return the sentence of a warning or of its record."""
    one = warning if isinstance(warning, Warning) else Warning.from_dict(warning)
    return SENTENCES[one.code](one.facts)


def ordered_warnings(
    warnings: Iterable[Warning | Mapping[str, Any]],
    checks: Iterable[Check | Mapping[str, Any]] = (),
    *,
    adjusts: bool = True,
) -> list[tuple[int, str]]:
    """Return all that weakens a contrast that is tested, the most severe first.

    Parameters
    ----------
    warnings
        Of the cohort, the model and the tests.
    checks
        Of the design and the data; those that are fit say nothing, and those that refuse are
        reasons and no warnings.
    adjusts
        See `check_sentence`.

    Returns
    -------
    Severity and sentence of each; of equals the first stays first.
    """
    found = []
    for check in checks:
        one = check if isinstance(check, Check) else Check.from_dict(check)
        if one.outcome in ("warn", "cap"):
            found.append((SEVERITY[one.outcome], check_sentence(one, adjusts=adjusts)))
    for warning in warnings:
        said = warning if isinstance(warning, Warning) else Warning.from_dict(warning)
        found.append((said.severity, warning_sentence(said)))
    return sorted(found, key=lambda one: -one[0])


def record_warnings(record: Mapping[str, Any]) -> list[tuple[int, str]]:
    """Return what weakens the contrast of a record, the most severe first."""
    return ordered_warnings(
        record["warnings"], record["checks"] if record["verdict"] == "fitted" else ()
    )


def _covariate_missing(facts: Facts) -> str:
    return (
        f"{facts['column']} is missing in {facts['missing']} of {facts['libraries']} libraries and "
        "is left out: the result is not adjusted for it. Complete the column to adjust."
    )


def _replicates_summed(facts: Facts) -> str:
    people, more = facts["subjects"], facts["summed"]
    return (
        f"{people} {'subject has' if people == 1 else 'subjects have'} several libraries of one "
        "kind: their reads are summed, so that "
        + (
            "one of the libraries does not count as a person of its own."
            if more == 1
            else f"{more} of the libraries do not count as people of their own."
        )
    )


def _sex_not_recorded(facts: Facts) -> str:
    written = facts["written"]
    unread = f" ({', '.join(map(repr, written))} could be either)" if written else ""
    return (
        f"Only one sex has {facts['cancer']} cancer, and the sheet does not tell the sex of "
        f"anybody{unread}: it takes {facts['sex']} controls. Fill in the column sex (male, female)."
    )


def _covariate_constant(facts: Facts) -> str:
    return (
        f"{facts['column']} is left out: it is {facts['value']} in all {facts['libraries']} "
        "libraries."
    )


def _covariate_determined(facts: Facts) -> str:
    by = facts["by"]
    return f"{facts['column']} is left out: {joined(by)} determine{'s' * (len(by) == 1)} it."


def _levels_determined(facts: Facts) -> str:
    names = facts["coefficients"]
    return (
        f"{joined(names)} {'is' if len(names) == 1 else 'are'} left out of the model: determined "
        f"by {joined(facts['by'])}."
    )


def _levels_without_libraries(facts: Facts) -> str:
    return (
        f"No library can be used of {facts['condition']} {joined(facts['levels'])}: the trend goes "
        "over the others, which keep their distance."
    )


def _depth_differs(facts: Facts) -> str:
    return (
        f"The {facts['deeper']} are sequenced {facts['ratio']:.1f} times deeper: detection rates "
        "of the arms are not comparable."
    )


def _small_p_values(facts: Facts) -> str:
    engines = {one["engine"]: one for one in facts["engines"]}
    found = [
        f"{one['small_share']:.1%} of {name} ({one['inflation']:.1f} times too many)"
        for name, one in engines.items()
    ]
    return (
        "The p-values are too small: labels permuted within batches give p below 0.05 in "
        f"{' and '.join(found)}, where it should be 5%. Read permutation_p instead"
        + ("." if "limma" in engines else ": a candidate needs limma too, whose p-values hold.")
    )


def _quality_separates_as_well(facts: Facts) -> str:
    return (
        "Quality measures of the libraries alone separate the arms with an AUC of "
        f"{facts['quality_auc']:.2f}, the panel with {facts['panel_auc']:.2f}: what it finds may "
        "be how the libraries were made."
    )


def _kit_never_seen(facts: Facts) -> str:
    count = facts["libraries"]
    return (
        f"{count} of the {facts['scored']} libraries {'is' if count == 1 else 'are'} of "
        f"{facts['column']} {facts['value']}, which the panel never saw (it was trained on "
        f"{', '.join(facts['trained'])}): levels of miRNAs differ between kits, and with them the "
        "scores and what the threshold means."
    )


def _kits_not_recorded(facts: Facts) -> str:
    silent = [
        f"the sheet of {whose} does not tell {joined(facts[key])}"
        for key, whose in (("there", "the other cohort"), ("training", "the training"))
        if facts[key]
    ]
    text = " and ".join(silent)
    return (
        f"{text[0].upper()}{text[1:]}, so nobody can say whether these libraries were made as "
        "those that the panel was trained on."
    )


SENTENCES: dict[str, Callable[[Facts], str]] = {
    "covariate_missing": _covariate_missing,
    "replicates_summed": _replicates_summed,
    "sex_not_recorded": _sex_not_recorded,
    "covariate_constant": _covariate_constant,
    "covariate_determined": _covariate_determined,
    "levels_determined": _levels_determined,
    "levels_without_libraries": _levels_without_libraries,
    "depth_differs": _depth_differs,
    "small_p_values": _small_p_values,
    "quality_separates_as_well": _quality_separates_as_well,
    "kit_never_seen": _kit_never_seen,
    "kits_not_recorded": _kits_not_recorded,
}
"""What is said of each warning."""

NOT_IN_THE_MODEL = (
    *("covariate_missing", "covariate_constant", "covariate_determined", "levels_determined"),
)
"""Warnings of what a contrast listed and its model does not hold."""
