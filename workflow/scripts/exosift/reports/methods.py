"""The methods of a run in words, with its versions and settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exosift.config import flattened
from exosift.detection import READS
from exosift.multiqc_content import CLASS_TITLES
from exosift.protocols import AUTO
from exosift.reports.evidence import Outcome, Run
from exosift.reports.wording import count, listed

ORIGIN = {
    "shipped": "shipped with exosift",
    "fetch": "fetched from their declared source",
}

NAMED_FRAGMENTS = 30
"""How many miRNAs that are taken for fragments are named; a full rRNA makes hundreds."""


@dataclass(frozen=True)
class Method:
    """A stage in words."""

    title: str
    text: str


def methods(run: Run, outcomes: list[Outcome]) -> list[Method]:
    """Tell each stage of the run in words, in the order of the walk."""
    reads = not run.config["counts"]
    told = [_from_counts()]
    if reads:
        told = [_protocols(run), _trimming(run), _matching(run), _counting(run)]
    told += [
        _quality(run),
        _testing(run, outcomes),
        _sensitivity(run),
        _confounding(run),
        _calling(run),
        _discrimination(),
        *_panels(run, outcomes),
        _power(run),
        *_elsewhere(run, outcomes),
        _roles(),
    ]
    return told


def settings(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Lay out the configuration as key and value, nested keys joined by dots."""
    return [
        (key, "not set" if value in ("", None) else str(value)) for key, value in flattened(config)
    ]


def _protocols(run: Run) -> Method:
    told = run.quality[run.quality["protocol_declared"] != ""]
    asked = int((told["protocol_declared"] == AUTO).sum())
    declared = len(told) - asked
    text = (
        f"The first {READS:,} reads of each library were asked for its 3' adapter, random ends and "
        "UMI. "
    )
    if declared:
        fate = "left out" if run.config["on_contradiction"] == "fail" else "kept, and named"
        text += (
            f"The protocol of {count(declared, 'library', 'libraries')} was declared; one whose "
            f"reads contradict it beyond doubt is {fate}. "
        )
    if asked:
        text += f"The protocol of {count(asked, 'library', 'libraries')} was called from its reads."
    return Method("Protocols", text.strip())


def _trimming(run: Run) -> Method:
    rules = run.config["trimming"]
    protocols = sorted(set(run.quality["protocol"]) - {""})
    return Method(
        "Trimming",
        f"exosift {_version(run, 'exosift')} found the 3' adapter of each library's protocol "
        f"({listed(protocols) or 'none could be read'}) with at least {rules['minimum_overlap']} "
        f"bases and {rules['error_rate']:.0%} mismatches, removed random ends where the protocol "
        f"has them, and kept inserts of {rules['minimum_length']} to {rules['maximum_length']} nt. "
        f"Inserts with more than {rules['low_quality_share']:.0%} of their bases below Phred "
        f"{rules['minimum_quality']}, or with {rules['low_complexity_share']:.0%} or more of one "
        "base, were discarded. Equal inserts were collapsed and carry their count. The fate of "
        f"every read was counted. {_molecules(run)}",
    )


def _molecules(run: Run) -> str:
    """Tell whether reads or molecules were counted."""
    if not run.config["deduplicate_umis"]:
        return "UMIs were not used: reads were counted."
    with_umis = int(run.quality["umi_share"].notna().sum())
    if not with_umis:
        return "No library has UMIs, so none was deduplicated: reads were counted."
    return (
        f"In {count(with_umis, 'library', 'libraries')} with UMIs molecules were counted: of "
        "one-base neighbours of a pair of insert and UMI only the excess that errors explain was "
        "taken off, and molecules that share a UMI by chance were added. Reads without a whole UMI "
        "count as they are; libraries without UMIs were not deduplicated."
    )


def _matching(run: Run) -> Method:
    rules = run.config["alignment"]
    sources = run.config["references"]
    used: dict[str, list[str]] = {}
    for name, source in sources.items():
        if source != "none" and name != "genome":
            origin = ORIGIN.get(source) if isinstance(source, str) else None
            used.setdefault(origin or "given by the user", []).append(CLASS_TITLES[name][0])
    classes = "; ".join(f"{listed(names)} ({origin})" for origin, names in used.items())
    tails = (
        f" A mismatch in the last {rules['longest_tail']} bases was read as a non-templated tail, "
        "and inserts without a place were tried again without such a tail."
        if rules["longest_tail"]
        else ""
    )
    genome = (
        f"Reads that no class explains were aligned to the genome with bowtie "
        f"{_version(run, 'bowtie')}."
        if sources["genome"] != "none"
        else "No genome was given."
    )
    return Method(
        "Matching",
        f"exosift itself matched the unique inserts to all classes at once, so that the classes "
        f"compete: miRBase 22 hairpins; {classes}. "
        f"Sense strand only, at most {count(rules['mismatches'], 'mismatch', 'mismatches')} end to "
        f"end, all places of the best stratum.{tails} An insert that fits several classes equally "
        "well goes to the first in a fixed order, miRNA before its imitators, and is remembered as "
        f"ambiguous. {genome}",
    )


def _counting(run: Run) -> Method:
    rules = run.config["quantification"]
    mismatched = "counted" if rules["mismatched"] else "left out"
    sharing = (
        "An insert that several miRNAs can have made was shared by evidence that the library's "
        "other reads give, in rounds of expectation and maximisation: how many reads each of them "
        "holds, and how often reads have such ends, tails and changed bases, errors included."
        if rules["ties"] == "evidence"
        else "An insert that fits several miRNAs equally well was shared in equal parts."
    )
    return Method(
        "Counting",
        f"An insert counts for a mature miRNA if its 5' end lies within {rules['shift_5p']} nt and "
        f"its 3' end within {rules['shift_3p']} nt of the mature's and it covers at least "
        f"{rules['overlap']} nt of it, or all but two of a shorter one; inserts with a mismatch "
        f"were {mismatched}. Identical matures are one feature. {sharing} Shares are exact until "
        "the matrix, which holds whole reads. Reads in equal the sum of all fates and classes in "
        f"every library. {_fragments(run)}",
    )


def _fragments(run: Run) -> str:
    """Name the miRNAs that are counted as fragments of another RNA."""
    share = f"{run.config['matrices']['fragment_share']:.0%}"
    if not run.fragments:
        return f"Of no miRNA more than {share} of the reads fit an RNA of another class."
    return (
        f"Not tested: {listed(run.fragments, NAMED_FRAGMENTS)}. More than {share} of their reads "
        "over all libraries fit an RNA of another class as well, so they are counted as its "
        "fragments, in counts/fragment_derived.tsv."
    )


def _from_counts() -> Method:
    return Method(
        "Counts",
        "The run started from a table of miRNA counts; its sheets, tests and reports are those of "
        "any other run.",
    )


def _quality(run: Run) -> Method:
    rules = run.config["quality"]
    reads, mirnas = (_limit(rules, metric) for metric in ("mirna_reads", "mirnas_detected"))
    text = (
        "Each library was judged without looking at its condition. It is left out if it cannot be "
        f"read or breaks a limit, such as {reads} reads of mature miRNAs or {mirnas} miRNAs with "
        f"{rules['detection_reads']} reads. Indices of blood cells are compared within "
        "protocol and batch."
    )
    if run.lowered:
        looser = count(len(run.lowered), "limit of this run is", "limits of this run are")
        text += f" {looser} looser than the defaults; the notice on top of the page lists them."
    return Method("Quality", text)


def _testing(run: Run, outcomes: list[Outcome]) -> Method:
    fitted = [outcome for outcome in outcomes if outcome.fitted]
    text = (
        "miRNAs with reads enough (the filter of edgeR) were normalised by the trimmed mean of M "
        "values (TMM) and tested by two engines: the quasi-likelihood F test of edgeR "
        f"(edgepython {_version(run, 'edgepython')}) and the moderated t test of limma-voom "
        f"(pylimma {_version(run, 'pylimma')}). Covariates stand in the model; values are never "
        "corrected before the test. False discovery rates are those of Benjamini and Hochberg, per "
        "contrast, and again over all contrasts of the run. Before anything was fitted, the design "
        "was examined: a condition that a column determines completely is refused."
    )
    for outcome in fitted:
        tested = outcome.record["filter"]
        text += (
            f" {outcome.contrast.name}: {outcome.record['formula']}, {tested['tested']} of "
            f"{tested['of']} miRNAs tested."
        )
    return Method("Differential expression", text)


def _sensitivity(run: Run) -> Method:
    """Tell what stands beside the two engines; no call rests on it alone."""
    rules = run.config["differential_expression"]
    deseq2 = f"PyDESeq2 {_version(run, 'pydeseq2')}, for comparison, " if rules["deseq2"] else ""
    return Method(
        "Sensitivity",
        f"Beside the engines: limma's treat beyond a factor of {2 ** rules['treat_log2fc']:.2g}; "
        f"Wilcoxon's test from {rules['wilcoxon_per_arm']} people in each arm on; {deseq2}and "
        "Hedges' g. limma was repeated with sizes by medians of ratios, by upper quartiles, by "
        "centred log-ratios, and by TMM without the haemolysis signature and the most abundant "
        f"miRNA; an effect holds in one at a false discovery rate of {rules['normalisation_q']:g} "
        "in the same direction. It was also repeated with the scores of haemolysis and platelets "
        "in the model, each without the tested miRNA. Labels were exchanged "
        f"{rules['permutations']} times within batches to see how many small p-values chance "
        "alone makes.",
    )


def _confounding(run: Run) -> Method:
    rules, tiers = run.config["confounding"], run.config["tiers"]
    return Method(
        "Confounding",
        "Each miRNA was held against age, sex, batch, depth, blood cells and every other property "
        "that the sheet or the libraries tell: by partial rank correlation within each arm, by the "
        "share of its effect (limma-voom) that goes when the property is held constant, and among "
        f"pairs of the same sex whose ages differ by at most {rules['caliper']:g} standard "
        f"deviations, from {rules['pairs']} pairs on. A property explains an effect of which it "
        f"takes more than {tiers['attenuation']:.0%}. Detection was compared by logistic "
        "regression with depth under Firth's penalty.",
    )


def _calling(run: Run) -> Method:
    rules = run.rules
    return Method(
        "Candidates",
        f"A candidate has a false discovery rate of at most {rules.q:g} and the same sign in both "
        f"engines, an absolute log₂ fold change (edgeR) of at least "
        f"{rules.log2_fold_change:g}, intervals "
        f"that exclude zero, and in one arm detection in {rules.detected_share:.0%} of the "
        f"libraries with a median of {rules.median_reads:g} reads. Each arm needs "
        f"{rules.fewest_per_arm} libraries. Above {rules.ambiguous_share:.0%} of reads that fit "
        "another RNA as well it is flagged.",
    )


def _discrimination() -> Method:
    return Method(
        "Discrimination",
        "The AUC is taken in the direction of the effect on normalised levels, not adjusted for "
        "covariates. Its 95% interval is built on the logit scale with the variance of Hanley and "
        "McNeil, from 40 libraries in each arm with that of DeLong where it is larger.",
    )


def _panels(run: Run, outcomes: list[Outcome]) -> list[Method]:
    """Tell how panels were made and tested, if there are any."""
    if not any(outcome.panel.get("panel") for outcome in outcomes):
        return []
    rules = run.config["panel"]
    text = (
        "Logistic regression with an elastic net. Filter, normalisation, scaling, choice of miRNAs "
        f"and penalty were fitted in training folds only: {rules['outer_folds']} outer and "
        f"{rules['inner_folds']} inner folds, {rules['repeats']} repeats, people kept whole, arms "
        "and batches dealt evenly. The AUC counts pairs of one test fold; its interval is a "
        f"bootstrap over people. The whole procedure was run on {rules['permutations']} shuffles "
        "of the labels within batches. Where enough batches hold both arms, each was scored by a "
        f"panel of the others. Stability: the first {rules['stability_selected']:g} miRNAs of "
        f"{rules['stability_halves']} complementary halves. Thresholds come from inner folds, "
        "intervals of shares are exact. The panel is then fitted to everybody and frozen."
    )
    return [Method("Panel", text)]


def _power(run: Run) -> Method:
    rules = run.config["power"]
    return Method(
        "Power",
        "The smallest visible effect follows from the larger standard error of both engines, the "
        f"p that was significant, and a power of {rules['power']:.0%}; not from the effects that "
        "were observed. People of a validation are those of a t test of two equal arms, Bonferroni "
        "over the candidates of a contrast.",
    )


def _elsewhere(run: Run, outcomes: list[Outcome]) -> list[Method]:
    """Tell how cancers were compared and cohorts combined, where there are several."""
    found, cancers = [], {outcome.contrast.cancer for outcome in outcomes}
    if len(run.across) and run.across["cancer"].nunique() > 1:
        rules = run.config["across_cancers"]
        text = (
            "Cancers that share kit and fluid, and a batch or controls of their own in theirs, "
            f"were compared by their effects against controls, which count at q ≤ {rules['q']:g} "
            f"in both engines. Pan-cancer: {rules['pan_cancers']} of them or more, and "
            f"{rules['pan_share']:.0%}, the same way. Specific: a difference to the rest in a "
            "contrast of one against all others, and a tau of the group means of log₂(CPM + 1) "
            f"beyond the {rules['tau_percentile']:.0%} percentile of the tested miRNAs."
        )
        found.append(Method("Other cancers", text))
    if len(run.meta) and cancers & set(run.meta["cancer"]):
        text = (
            "Contrasts that ask one question of different people were combined with random "
            "effects: the spread between cohorts after DerSimonian and Laird, the interval after "
            "Hartung and Knapp, never narrower than without their factor."
        )
        found.append(Method("Several cohorts", text))
    return found


def _roles() -> Method:
    return Method(
        "Published roles",
        "A table of published claims on vesicle miRNAs is shown beside the results, each with its "
        "identifier, how much of the paper was read, and what to mind. Retracted papers are not "
        "in it. It describes the literature and enters no call.",
    )


def _limit(rules: Mapping[str, Any], metric: str) -> str:
    value = rules[metric]["fail_below"]
    return "no limit of" if value is None else f"fewer than {value:,.0f}"


def _version(run: Run, name: str) -> str:
    return run.versions.get(name, "(version not recorded)")
