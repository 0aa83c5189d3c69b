"""The sentence of each reason why a criterion of a miRNA is not met in full."""

from collections.abc import Callable, Mapping
from typing import Any

from exosift.criteria import Criterion
from exosift.sentences.names import METHODS, covariate_name
from exosift.text import joined

Facts = Mapping[str, Any]

LIMITS = {
    "haemolysis_set": "haemolysis set: tier B at most",
}
"""What keeps a miRNA from tier A whatever its numbers are."""

CHECKS = {
    "variance_inflation": "covariates explain most of the condition",
    "effective_size": "too few people are left after the covariates",
    "overlap": "too few libraries share their batch with the other group",
    "association": "a technical factor is associated with the condition",
    "separability": "age or sex separates the groups",
    "quality": "library quality separates the groups",
    "exclusions": "many more libraries of one group were excluded",
    "differing_share": "most miRNAs differ",
    "component": "the condition is the main source of variation",
    "perfect_markers": "many single miRNAs separate the groups almost perfectly",
    "p_values": "the p-values do not have the expected distribution",
    "not_recorded": "how the libraries were made is not recorded",
}
"""Why a check allows no candidate, in a few words; the full sentence stands at the check."""


def criterion_sentence(criterion: Criterion) -> str:
    """Return why a criterion is not met in full; "" if it is."""
    return SENTENCES[criterion.code](criterion.facts) if criterion.code else ""


def _rarely_detected(facts: Facts) -> str:
    detected, medians = facts["detected"], facts["medians"]
    return (
        f"Detected in {detected['case']:.0%} of the cases and {detected['control']:.0%} of the "
        f"controls, with medians of {medians['case']:g} and {medians['control']:g} reads; one "
        f"group needs {facts['detected_limit']:.0%} and {facts['median_limit']:g} reads."
    )


def _small_effect(facts: Facts) -> str:
    span, effect = facts["span"], facts["log2fc"]
    whole = f" per level, {span * effect:+.2f} from the first to the last" if span > 1 else ""
    return (
        f"The log2 fold change (edgeR) is {effect:+.2f}{whole}; a candidate needs "
        f"{facts['limit']} in either direction."
    )


def _interval(facts: Facts) -> str:
    return (
        f"The 95% interval of {METHODS[facts['method']]} includes 0: {facts['low']:+.2f} to "
        f"{facts['high']:+.2f}."
    )


def _methods_disagree(facts: Facts) -> str:
    return (
        f"q = {facts['edger_q']:.2g} in edgeR, {facts['limma_q']:.2g} in limma; both must be at "
        f"most {facts['limit']}."
    )


def _opposite_signs(facts: Facts) -> str:
    return (
        f"The methods disagree on the direction: {facts['edger']:+.2f} in edgeR, "
        f"{facts['limma']:+.2f} in limma."
    )


def _explained(facts: Facts) -> str:
    parts = []
    for key, words in (("explained_by", "Explained by"), ("unclear_with", "Unclear beside")):
        if facts.get(key):
            parts.append(f"{words} {joined([covariate_name(one) for one in facts[key]])}.")
    return " ".join(parts)


def _blood_attenuation(facts: Facts) -> str:
    share = facts["attenuation"]
    removes = "reverses the effect" if share > 1 else f"removes {share:.0%} of the effect"
    text = f"Adjusting for blood cells {removes}; the limit is {facts['limit']:.0%}."
    return f"{text} {_explained(facts)}".strip()


def _blood_q(facts: Facts) -> str:
    text = f"After adjustment for blood cells q = {facts['q']:.2g}; the limit is {facts['limit']}."
    return f"{text} {_explained(facts)}".strip()


def _design_capped(facts: Facts) -> str:
    reasons = [CHECKS.get(code, code.replace("_", " ")) for code in dict.fromkeys(facts["checks"])]
    return f"The design or the data allow no candidate: {joined(reasons)}."


def _not_recorded(facts: Facts) -> str:
    names = joined(facts["columns"])
    return (
        f"Not recorded: {names}. Without it nothing shows that the groups were processed alike. "
        "Fill in the sample sheet; one value if all libraries were processed together."
    )


def _people(facts: Facts, who: str) -> str:
    return (
        f"{facts['case']} cases and {facts['control']} controls; {who} needs {facts['limit']} of "
        "each."
    )


SENTENCES: dict[str, Callable[[Facts], str]] = {
    "no_q": lambda _: "There is no q.",
    "q_above": lambda facts: f"q = {facts['q']:.2g} in edgeR; the limit is {facts['limit']}.",
    "no_global_q": lambda _: "No q over all contrasts of the run is known; tier A needs it.",
    "global_q_above": lambda facts: (
        f"q = {facts['q']:.2g} over all contrasts of the run; tier A needs {facts['limit']}."
    ),
    "opposite_signs": _opposite_signs,
    "methods_disagree": _methods_disagree,
    "small_effect": _small_effect,
    "interval_includes_zero": _interval,
    "rarely_detected": _rarely_detected,
    "no_other_normalisation": lambda _: "No other normalisation was tried.",
    "few_normalisations": lambda facts: (
        f"Significant with the same sign in {facts['holds']} of {facts['of']} normalisations; "
        f"{facts['limit']} are needed."
    ),
    "explained": _explained,
    "no_blood_names": lambda _: (
        "The miRNAs of the blood-cell scores are not among the names of the counts, so the effect "
        "was not adjusted for blood cells."
    ),
    "no_blood_scores": lambda _: (
        "Not adjusted for blood cells: too few libraries of one protocol and batch for a score."
    ),
    "blood_attenuation": _blood_attenuation,
    "blood_q": _blood_q,
    "no_panel": lambda _: "No panel was trained on these people.",
    "rarely_selected": lambda facts: (
        f"Selected from {facts['frequency']:.0%} of the halves of the people; "
        f"{facts['limit']:.0%} are needed."
    ),
    "rarely_selected_for_a": lambda facts: (
        f"Selected from {facts['frequency']:.0%} of the halves of the people; tier A needs "
        f"{facts['limit']:.0%}."
    ),
    "listed_artefact": lambda facts: f"{facts['evidence']} ({facts['identifier']}).",
    "ambiguous_reads": lambda facts: (
        f"{facts['share']:.0%} of its reads fit another RNA as well; the limit is "
        f"{facts['limit']:.0%}."
    ),
    "unknown_reads": lambda _: (
        "How many of its reads fit another RNA is unknown without the reads themselves."
    ),
    "design_capped": _design_capped,
    "not_recorded": _not_recorded,
    "few_people": lambda facts: _people(facts, "a candidate"),
    "few_people_for_a": lambda facts: _people(facts, "tier A"),
}
