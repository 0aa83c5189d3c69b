"""Sentences of libraries that are not used: why, of one library and of all of one kind."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from exosift.findings import Exclusion
from exosift.quality_rules import Breach
from exosift.sentences.quality import limit_kind, limit_sentence

Facts = Mapping[str, Any]


def exclusion_sentence(exclusion: Exclusion | Mapping[str, Any]) -> str:
    """Return why a library is not used, with its own figures and names."""
    one = _exclusion(exclusion)
    if one.code in SENTENCES:
        return SENTENCES[one.code]({**one.facts, **one.own})
    return KINDS[one.code](one.facts)


def exclusion_kind(exclusion: Exclusion | Mapping[str, Any]) -> str:
    """Return what a library shares with all that are not used for the same reason."""
    one = _exclusion(exclusion)
    return KINDS[one.code](one.facts)


def counted(kinds: Iterable[Mapping[str, Any]]) -> str:
    """Return kinds of exclusions with their numbers, the most frequent first.

    Parameters
    ----------
    kinds
        What `exosift.cohort.count_exclusions` returns.
    """
    return "; ".join(
        f"{kind['libraries']} × {exclusion_kind({**kind, 'own': {}})}" for kind in kinds
    )


def _exclusion(exclusion: Exclusion | Mapping[str, Any]) -> Exclusion:
    return exclusion if isinstance(exclusion, Exclusion) else Exclusion.from_dict(exclusion)


def _outside_limit(facts: Facts) -> str:
    worst = Breach(facts["metric"], facts["level"], facts["value"], facts["limit"])
    others = [Breach(**one) for one in facts["others"]]
    return "; ".join(limit_sentence(one, facts["top_mirna"]) for one in (worst, *others))


def _outside_one_limit(facts: Facts) -> str:
    return limit_kind(facts["metric"], facts["level"], facts["limit"])


def _other_sex(facts: Facts) -> str:
    sex = facts["cell"] or "empty"
    return f"sex is {sex}; {facts['cancer']} is studied in {facts['sex']}s alone"


def _another_way(facts: Facts) -> str:
    columns = " and ".join(facts["columns"])
    return f"another {columns} than {facts['library']}, also of subject {facts['subject']}"


def _another_way_of_several(facts: Facts) -> str:
    return f"another {' and '.join(facts['columns'])} than another library of the subject"


KINDS: dict[str, Callable[[Facts], str]] = {
    "no_counts": "no counts".format_map,
    "no_mirna_reads": "no miRNA reads".format_map,
    "not_in_the_matrix": "the count matrix has no column of it".format_map,
    "unreadable": "{error}".format_map,
    "outside_limit": _outside_one_limit,
    "quality_status": "its status is {status}".format_map,
    "other_sex": _other_sex,
    "covariate_empty": "{column} is empty".format_map,
    "covariate_not_a_number": "{column} is not a number".format_map,
    "another_way": _another_way_of_several,
    "no_partner": "the subject has no usable library in the other {other}".format_map,
}
"""What is said of all libraries of a kind, made of the facts that they share."""

SENTENCES: dict[str, Callable[[Facts], str]] = {
    "outside_limit": _outside_limit,
    "covariate_not_a_number": "{column} is {cell!r}, not a number".format_map,
    "another_way": _another_way,
    "no_partner": "subject {subject} has no usable library in the other {other}".format_map,
}
"""What is said of one library, where it has facts of its own."""
