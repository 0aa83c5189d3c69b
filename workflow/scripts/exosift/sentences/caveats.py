"""The sentence of each caveat of a miRNA."""

from collections.abc import Callable, Mapping
from typing import Any

from exosift.findings import Finding
from exosift.sentences.names import covariate_name
from exosift.text import joined

MIRGENEDB = "PMID 31598695"

SETS = {
    "haemolysis_signature": "Its level in plasma rises with haemolysis",
    "red_cell": "Red blood cells hold much of it",
    "platelet": "Platelets hold much of it",
    "leukocyte": "White blood cells hold much of it",
    "fragment_derived": "It may be a fragment of another RNA",
    "fragment_suspect": "Another RNA holds its sequence or a part of it",
    "reagent_contaminant": "It may come from a reagent",
    "housekeeping_candidate": "It has been used as a reference that does not change",
}
"""What it means to belong to a set of resources/knowledge."""

Facts = Mapping[str, Any]


def caveat_sentence(caveat: Finding) -> str:
    """Return the sentence of a caveat."""
    if caveat.code in SENTENCES:
        return SENTENCES[caveat.code](caveat.facts)
    meaning = SETS.get(caveat.code, f"Listed as {caveat.code.replace('_', ' ')}")
    return f"{meaning}: {caveat.facts['evidence']} ({caveat.facts['identifier']})."


def _no_annotation(_: Facts) -> str:
    return "No annotation: its name is not in the miRBase that this run knows."


def _not_in_mirgenedb(_: Facts) -> str:
    return (
        "It is not in MirGeneDB, which holds the miRNAs with evidence of processing by Drosha and "
        f"Dicer ({MIRGENEDB})."
    )


def _ambiguous_reads(facts: Facts) -> str:
    return f"{facts['share']:.0%} of its reads fit another RNA as well."


def _confounded(facts: Facts) -> str:
    name, share = covariate_name(facts["covariate"]), facts["attenuation"]
    removes = "removes all of its effect and reverses it" if share > 1 else f"removes {share:.0%}"
    removes = removes if share > 1 else f"{removes} of its effect"
    if "q" not in facts:
        return f"Adjusting for {name} {removes}."
    return (
        f"Adjusting for {name} {removes}: limma's log2 fold change is {facts['without']:+.2f} "
        f"without it, {facts['with']:+.2f} ({facts['low']:+.2f} to {facts['high']:+.2f}; "
        f"q = {facts['q']:.2g}) with it in the model."
    )


def _unclear_adjusted(facts: Facts) -> str:
    return (
        f"With {covariate_name(facts['covariate'])} in the model it is no longer significant "
        f"(q = {facts['q']:.2g}), though most of the effect stays: limma's log2 fold change is "
        f"{facts['without']:+.2f} without it, {facts['with']:+.2f} ({facts['low']:+.2f} to "
        f"{facts['high']:+.2f}) with it."
    )


def _confounded_in_pairs(facts: Facts) -> str:
    share = facts["attenuation"]
    less = "the other way round" if share > 1 else f"{share:.0%} less than among all people"
    return (
        f"Among {facts['pairs']} pairs of like {joined(facts['matched_on'])} limma's log2 "
        f"fold change is {facts['log2fc']:+.2f} ({facts['low']:+.2f} to "
        f"{facts['high']:+.2f}), {less}."
    )


def _counted_twice(facts: Facts) -> str:
    return (
        f"Its counts are those of {facts['partner']} in {facts['share']:.0%} of "
        f"{facts['libraries']} libraries: reads were counted for both."
    )


def _both_strands(facts: Facts) -> str:
    return (
        f"Its reverse complement {facts['partner']} has reads, too ({facts['reads']:,} against "
        f"{facts['partner_reads']:,}): one may hold reads of the other strand."
    )


def _engines_differ_in_size(facts: Facts) -> str:
    edger, limma = (
        f"{facts[f'{one}_log2fc']:+.2f} ({facts[f'{one}_ci_low']:+.2f} to "
        f"{facts[f'{one}_ci_high']:+.2f})"
        for one in ("edger", "limma")
    )
    ratio = 2 ** abs(facts["edger_log2fc"] - facts["limma_log2fc"])
    return (
        f"edgeR and limma give its effect another size: log2 fold change {edger} by edgeR, {limma} "
        f"by limma, a factor of {ratio:.1f} apart. A few libraries with many reads may make the "
        "larger one: look at every library."
    )


SENTENCES: dict[str, Callable[[Facts], str]] = {
    "no_annotation": _no_annotation,
    "not_in_mirgenedb": _not_in_mirgenedb,
    "ambiguous_reads": _ambiguous_reads,
    "confounded": _confounded,
    "unclear_adjusted": _unclear_adjusted,
    "confounded_in_pairs": _confounded_in_pairs,
    "counted_twice": _counted_twice,
    "both_strands": _both_strands,
    "engines_differ_in_size": _engines_differ_in_size,
}
