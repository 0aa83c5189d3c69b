"""Sentences of the checks of the data, of exclusions and of what was recorded."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from exosift.sentences.exclusions import counted
from exosift.text import joined

Facts = Mapping[str, Any]

RECORDS = {
    "batch": "batch (day, plate or run of the preparation)",
    "protocol": "protocol (the library kit)",
    "biofluid": "biofluid",
    "isolation": "isolation (how vesicles were isolated)",
}
"""What a sheet should say of every library, in words."""

SIGNS = {
    "differing_share": "so many miRNAs differ",
    "component": "a leading component goes with what is tested",
    "perfect_markers": "so many single miRNAs tell the arms apart",
}
"""What in the data looks like an unrecorded kit, day or centre."""

TOLD_APART = (
    "Make sure that both arms were made with the same kit, on the same days and at the same place; "
    "libraries of both arms that were made side by side would repair it."
)


def _differing_share(facts: Facts) -> str:
    unusual = "most" if facts["outcome"] == "cap" else "so many"
    return (
        f"{facts['differing']} of the {facts['tested']} tested miRNAs ({facts['value']:.0%}) "
        f"{_go(facts)} at a false discovery rate of {facts['q']:.0%}. A disease seldom moves "
        f"{unusual} of the miRNAs; another kit, day or centre does. {TOLD_APART}"
    )


def _component(facts: Facts) -> str:
    strongest = max(one["explained"] for one in facts["components"])
    how = "much" if facts["outcome"] == "cap" else "an unusual part"
    return (
        f"{facts['value']:.0%} of the variance of all miRNAs lies along leading components and "
        f"goes with {facts['condition']} (R² of a component up to {strongest:.2f}, p = "
        f"{facts['p']:.1g}): {how} of what differs between libraries is what is tested, as where "
        f"the arms were made with another kit, day or centre. {TOLD_APART}"
    )


def _perfect_markers(facts: Facts) -> str:
    cases, controls = facts["arms"]
    return (
        f"{facts['perfect']} of the {facts['tested']} tested miRNAs ({facts['value']:.0%}) tell "
        f"{cases} from {controls} by themselves (AUC {facts['auc']} or more; chance gives "
        f"{facts['expected']:.2g}). Markers of a disease overlap between people; those of a kit, "
        f"day or centre do not. {TOLD_APART}"
    )


def _p_values(facts: Facts) -> str:
    return {
        "nearly_all_small": (
            f"Nearly all p-values are small ({facts['small']:.0%} below 0.05): most miRNAs differ "
            "at once, as from another kit or day for each arm, or from a shift in normalisation."
        ),
        "u_shape": (
            "The p-values pile up near 0 and near 1: a factor that splits the libraries may be "
            "missing among the covariates."
        ),
        "pile_near_one": (
            "The p-values pile up near 1: a factor that splits the libraries may be missing among "
            "the covariates."
        ),
        "hill": (
            "The p-values pile up in the middle: the test takes the spread for something that it "
            "is not, as where libraries of an arm are not independent."
        ),
    }[facts["shape"]]


def _exclusions(facts: Facts) -> str:
    arms = [
        f"{lost} of {registered} {name} libraries{_mostly(why)}"
        for name, lost, registered, why in zip(
            facts["arms"], facts["left_out"], facts["registered"], facts["reasons"], strict=True
        )
    ]
    end = "what is left of it need not stand for the arm"
    if facts["outcome"] == "cap":
        end = "what is left of it can hardly stand for the arm"
    return (
        f"Quality leaves out {' and '.join(arms)} (Fisher's exact test, p = {facts['p']:.1g}): the "
        f"libraries of one arm are of another quality, and {end}. Find out how the arms were made; "
        "a limit that does not suit the kit or the fluid can be set in the configuration."
    )


def _mostly(reasons: Sequence[Mapping[str, Any]]) -> str:
    """Return the commonest reason of an arm with its number, in parentheses."""
    return f" ({counted(reasons)})" if reasons else ""


def _not_recorded(facts: Facts) -> str:
    missing = joined([RECORDS[name] for name in facts["missing"]])
    verb = "is" if len(facts["missing"]) == 1 else "are"
    found = f"The sample sheet does not tell {missing}"
    advice = f"Fill in the {'column' if verb == 'is' else 'columns'} {joined(facts['missing'])}."
    if not facts["suspicious"]:
        return f"{found}, so nobody can say whether the arms are alike in it. {advice}"
    signs = joined([SIGNS[code] for code in facts["suspicious"]])
    return (
        f"{found}, and the data look as if it differed between the arms: {signs}. Nothing is "
        f"called a candidate until it is known. {advice}"
    )


def _go(facts: Facts) -> str:
    if facts["compared"] == "levels":
        return f"go with {facts['condition']}"
    return "differ between the arms"


SENTENCES: dict[str, Callable[[Facts], str]] = {
    "differing_share": _differing_share,
    "component": _component,
    "perfect_markers": _perfect_markers,
    "p_values": _p_values,
    "exclusions": _exclusions,
    "not_recorded": _not_recorded,
}
