"""What the design of a contrast can answer: the gate, its checks, the model and what there is."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exosift.design.hidden import FACTORS
from exosift.differential_expression import Limits
from exosift.findings import OUTCOMES
from exosift.reports.data_checks import question_of_data
from exosift.reports.design_facts import MOST_GROUPS, facts_of_model
from exosift.reports.evidence import Outcome, Run
from exosift.reports.wording import count, listed, plain, probability, sentence, share
from exosift.sentences.checks import ORDERS, check_sentence
from exosift.sentences.panels import absence_sentences
from exosift.sentences.reasons import reason_sentences
from exosift.sentences.sections import section_sentence
from exosift.sheet_columns import technical
from exosift.text import natural

ARMS = ("case", "control")
MARKS = {"fit": "✓", "warn": "!", "cap": "▲", "refuse": "✗"}
SECTIONS = {
    "tests": "Tests of single miRNAs",
    "ranking": "An order of the miRNAs",
    "candidates": "Candidates",
    "panel": "A panel",
    "calibration": "Calibration of its probabilities",
    "specificity_95": "Sensitivity at 95% specificity",
    "specificity_98": "Sensitivity at 98% specificity",
    "specificity_99": "Sensitivity at 99% specificity",
}
OF_THE_PANEL = ("panel", "calibration", "specificity_95", "specificity_98", "specificity_99")
STRENGTH = {"arms": "Cramér's V", "levels": "correlation ratio"}
"""The measure of an association, by what is compared."""
OF_THE_MAKING = (
    *("overlap", "association", "association_among_cases", "known_in_one_arm"),
    "sorts_like_the_condition",
)
"""Checks of columns that tell which libraries were made together."""


@dataclass(frozen=True)
class Look:
    """One look at the design.

    Attributes
    ----------
    question
        What was asked, naming the columns.
    found
        The number in words; "" where none may be shown.
    outcome
        One of `OUTCOMES`.
    sentence
        What it means and what would repair it; "" if all is well.
    """

    question: str
    found: str
    outcome: str
    sentence: str

    @property
    def mark(self) -> str:
        """The outcome as a sign."""
        return MARKS[self.outcome]


@dataclass(frozen=True)
class Groups:
    """Who stands in which group of a column; whether any group holds both arms."""

    column: str
    cells: tuple[str, ...]
    both: int
    all: int


@dataclass(frozen=True)
class Section:
    """A part of the report: what it takes, whether it is there, and why not.

    `too_few_people` says whether more people would open it.
    """

    name: str
    needs: str
    shown: bool
    reason: str
    too_few_people: bool = False


@dataclass(frozen=True)
class Design:
    """All that is said about the design of a contrast.

    Attributes
    ----------
    outcome, sentence
        Of the gate, and what it means.
    looks
        Every check, worst first.
    unseen
        What could not be looked at.
    groups
        Columns that tell how libraries were made.
    facts
        The model, its covariates, and libraries that were summed or left out by rule.
    sections, next
        Parts of the report, and what the next one takes.
    """

    outcome: str
    sentence: str
    looks: tuple[Look, ...]
    unseen: tuple[str, ...]
    groups: tuple[Groups, ...]
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    next: str


def describe_design(run: Run, outcome: Outcome, quotable: bool) -> Design:
    """Say what the gate found.

    Parameters
    ----------
    run, outcome
        What was asked and what came of it.
    quotable
        Whether numbers may be shown; if not, only how libraries stand in batches is counted.
    """
    record = outcome.record
    order = sorted(record["checks"], key=lambda one: -OUTCOMES.index(one["outcome"]))
    found = tuple(_sections(run, outcome))
    return Design(
        outcome=record["outcome"] if record["verdict"] in ("fitted", "refused") else "stopped",
        sentence=_of_the_gate(record),
        looks=tuple(_look(one, outcome, quotable) for one in order) or tuple(_refusals(outcome)),
        unseen=tuple(_unseen(run, outcome)),
        groups=tuple(_groups(run, outcome)),
        facts=tuple(facts_of_model(run, outcome)),
        sections=found,
        next=_next(found, outcome),
    )


def _of_the_gate(record: Mapping[str, Any]) -> str:
    if record["verdict"] == "refused":
        return "Refused before any model was fitted."
    if record["verdict"] != "fitted":
        return "Nothing could be tested, so the design was not weighed."
    return {
        "fit": "No check speaks against the test.",
        "warn": "Tested, with warnings: read them before any candidate.",
        "cap": "Tested, but nothing may be called a candidate in this design.",
    }[record["outcome"]]


def _look(check: Mapping[str, Any], outcome: Outcome, quotable: bool) -> Look:
    name, column, facts = check["code"], check["column"], check["facts"]
    value = float("nan") if check["value"] is None else float(check["value"])
    p = "" if check["p"] is None else f", p = {probability(check['p'])}"
    condition, kinds = outcome.contrast.column, outcome.record["covariate_kinds"]
    compared = outcome.contrast.kind.compared
    along = column or ORDERS.get(facts.get("order", ""), "")
    strength = f"{STRENGTH[compared]} {plain(value)}{p}"
    question, found = question_of_data(check) or {
        "variance_inflation": (
            f"How much {'do' if ',' in column else 'does'} {listed(column.split(', '))} explain of "
            f"{condition}?"
            if column
            else f"Does a covariate explain {condition}? There is none.",
            f"variance inflation {plain(value)}",
        ),
        "effective_size": (
            "How many people is the comparison worth, after the covariates?",
            f"effective size {plain(value, 1)}: {plain(2 * value, 0)} in each of two equal arms",
        ),
        "overlap": (
            f"Do both arms occur within each {column}?",
            f"{share(value)} of the libraries have the other arm beside them",
        ),
        "difference": (
            f"Do the arms differ in {column}?",
            f"standardised difference {plain(value)}"
            f"{', held constant by the model' if column in kinds else ''}",
        ),
        "known_of_few": (f"Do the arms differ in {column}?", "not known of one of them"),
        "separability": (
            f"Could {listed(column.split(', '))} alone tell the arms apart?",
            f"AUC {plain(value)}",
        ),
        "association": (
            f"Does {column}, which is not in the model, go with the {compared}?",
            f"{strength} (corrected for the number of columns)",
        ),
        "association_among_cases": (
            f"Does {column} go with the levels of the cases alone?",
            strength,
        ),
        "known_in_one_arm": (f"Is {column} known on both sides?", "of one side alone"),
        "sorts_like_the_condition": (
            f"Does {column} sort the libraries as {condition} does?",
            "exactly so",
        ),
        "order": (
            f"Do the arms stand in blocks along {along}?",
            f"runs test, p = {probability(value)}",
        ),
        "quality": (
            f"Could quality alone tell the arms apart ({count(column.count(',') + 1, 'measure')})?",
            f"AUC {plain(value)}",
        ),
        "factors": (
            "Do the normalisation factors differ between the arms?",
            f"ratio {plain(value)}{p}",
        ),
    }.get(name, (f"{name.replace('_', ' ')}: {column}", plain(value)))
    told = check_sentence(check, numbers=quotable)
    if not quotable and name != "overlap":
        found = ""
    return Look(question, found, check["outcome"], sentence(told) if told else "")


def _refusals(outcome: Outcome) -> list[Look]:
    """Say what refused a contrast before any other look: counts of libraries, no more."""
    record = outcome.record
    if record["verdict"] != "refused":
        return []
    asked, found = outcome.contrast.column, listed(record["confounders"])
    question = f"Can {asked} be told from {found}?" if found else "Are the libraries independent?"
    return [
        Look(question, "no", "refuse", sentence(text))
        for text in reason_sentences(record["reasons"])
    ]


def _unseen(run: Run, outcome: Outcome) -> list[str]:
    """Say what the gate could not look at, so that silence is not taken for an answer."""
    record = outcome.record
    if record["verdict"] == "refused" and not record["checks"]:
        return ["The other checks were not made: nothing that they could say would help."]
    if not record["checks"]:
        return []
    told = []
    looked = {one["column"] for one in record["checks"]}
    if run.config["counts"]:
        told.append(
            "This run starts from counts: headers and reads, which tell sequencer, flow cell, lane "
            "and kit of each library, could not be looked at."
        )
    else:
        silent = [name for name in FACTORS.values() if name not in looked]
        if silent:
            told.append(
                "Not held against the arms, being unknown, alike in all libraries, another in "
                f"nearly each, or what a covariate says already: {_factors(silent)}."
            )
    if not any(one["code"] in OF_THE_MAKING for one in record["checks"]):
        told.append(
            "Nothing tells groups of libraries that were made together, so whether both arms were "
            "made alike is not known. A column such as batch would tell."
        )
    return told


def _factors(names: list[str]) -> str:
    """List what headers and reads tell; what stands in headers is said once."""
    end = " of the FASTQ headers"
    headers = [name.removesuffix(end) for name in names if name.endswith(end)]
    told = [f"{listed(headers)}{end}"] if headers else []
    return listed([*told, *(name for name in names if not name.endswith(end))])


def _groups(run: Run, outcome: Outcome) -> list[Groups]:
    """Count the libraries of each arm in each group of the columns that tell how they were made."""
    asked, found = outcome.contrast, []
    named = [name for name in outcome.record["confounders"] if name in run.sheet]
    columns = [*named, *(column for column in run.sheet if technical(column))]
    used = outcome.used
    for column in dict.fromkeys(columns):
        cells = run.cells(column, used)
        cells = cells[cells != ""]
        if column == asked.column or not 2 <= cells.nunique() <= max(len(cells) / 2, 2):
            continue
        arms = {arm: Counter(cells.reindex(outcome.arm(arm)).dropna()) for arm in ARMS}
        names = sorted(cells.unique(), key=natural)
        told = [f"{name}: {arms['case'][name]} + {arms['control'][name]}" for name in names]
        if len(told) > MOST_GROUPS:
            told = [*told[:MOST_GROUPS], f"and {len(told) - MOST_GROUPS} more"]
        both = sum(bool(arms["case"][name] and arms["control"][name]) for name in names)
        found.append(Groups(column, tuple(told), both, len(names)))
    return found


def _sections(run: Run, outcome: Outcome) -> list[Section]:
    needed = Limits.of(run.config).sections
    made = bool(outcome.panel.get("panel"))
    why = " ".join(absence_sentences(outcome.panel)) or "No panel was asked for."
    found = []
    for name, words in SECTIONS.items():
        told = outcome.record["sections"][name]
        people = "controls" if name.startswith("specificity") else "people in each arm"
        shown, reason = told["shown"], section_sentence(told)
        few = bool(told["reason"]) and told["reason"]["code"] == "more_people_needed"
        if shown and name in OF_THE_PANEL and not made:
            shown, reason = False, why
        found.append(Section(words, f"{getattr(needed, name)} {people}", shown, reason, few))
    return found


def _next(found: tuple[Section, ...], outcome: Outcome) -> str:
    """Name the first section that is missing for the number of people."""
    record = outcome.record
    there = f"{record['n_case']} cases and {record['n_control']} controls"
    if record["verdict"] != "fitted":
        return f"There are {there}. No section opens before the contrast can be tested."
    missing = [one for one in found if one.too_few_people]
    if not missing:
        return f"There are {there}, enough for every section that this design can have."
    first = missing[0]
    return f"There are {there}. The next section ({first.name.lower()}) takes {first.needs}."
