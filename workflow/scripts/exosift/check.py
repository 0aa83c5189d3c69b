"""The check before the queue: the same one that the workflow makes, and the designs."""

from collections import Counter
from pathlib import Path

from exosift.config import read
from exosift.design.gate import judge, sheet_order
from exosift.errors import Problems, UserError
from exosift.importing import check_counts
from exosift.missing import values_named
from exosift.samples import read_samples
from exosift.sentences.exclusions import counted
from exosift.sentences.reasons import reason_sentences
from exosift.sentences.warnings import ordered_warnings
from exosift.settings.design import GateRules
from exosift.steps import let_commands_find_us
from exosift.study import Study, open_study
from exosift.tools import require_tools

REFUSED = 4


def check(path: Path) -> int:
    """Check a run before it starts, and print what was understood.

    Parameters
    ----------
    path
        The configuration file. Paths in it count from the working directory.

    Returns
    -------
    The exit status: 0, or 4 if the sheets alone show that a contrast cannot be answered.

    Raises
    ------
    UserError
        With everything that is wrong.
    """
    study = open_study(read(path), source=str(path))
    notes = check_matrices(study)
    let_commands_find_us()
    require_tools(genome=bool(study.genome))
    print(_overview(study))
    refused, rules = 0, GateRules(**study.config["design"])
    sheet = study.stated_sheet
    for contrast in study.contrasts:
        judged = judge(sheet, contrast, rules=rules, fewest=study.config["sections"]["tests"])
        refused += judged.verdict == "refused"
        for sentence in reason_sentences(judged.reasons) or (OUTCOMES_IN_WORDS[judged.outcome],):
            print(f"{contrast.name}: {sentence}")
        left_out = counted(judged.cohort.exclusions())
        if judged.verdict == "fitted" and left_out:
            print(f"{contrast.name}: Not used: {left_out}.")
        checks = judged.checks if judged.verdict == "fitted" else ()
        checks = (*checks, *sheet_order(sheet, judged, contrast, rules.order_p))
        for _, warning in ordered_warnings(judged.warnings, checks):
            print(f"{contrast.name}: {warning}")
    for warning in (*study.warnings, *notes):
        print(f"Note: {warning}")
    return REFUSED if refused else 0


OUTCOMES_IN_WORDS = {
    "fit": "can be tested.",
    "warn": "can be tested. What weakens it follows.",
    "cap": "can be tested. In this design nothing may be called a candidate, why follows.",
}
"""What the sheets say of a contrast that is not refused, by the outcome of the gate."""


def check_matrices(study: Study) -> tuple[str, ...]:
    """Open every count matrix that the configuration names, and the sheet of another cohort.

    Returns
    -------
    What is odd in the sheet of the other cohort but no error.

    Raises
    ------
    UserError
        With the problems of all of them, which a run would meet one by one.
    """
    problems = Problems()
    names, other = study.samples.names, study.config["validation"]
    notes: tuple[str, ...] = ()
    matrices = [
        (path, names) for path in (study.config["counts"], study.config["spike_in_counts"]) if path
    ]
    if other["counts"]:
        try:
            sheet = read_samples(
                other["samples"],
                protocols=study.protocols,
                from_counts=True,
                named=values_named(study.config["contrasts"]),
            )
            notes = sheet.warnings
            matrices.append((other["counts"], sheet.names))
        except UserError as error:
            problems.extend(error.problems)
    for path, samples in matrices:
        try:
            check_counts(path, samples)
        except UserError as error:
            problems.extend(error.problems)
    problems.raise_if_any()
    return notes


def _overview(study: Study) -> str:
    table = study.samples.table
    conditions = Counter(table["condition"])
    groups = ", ".join(f"{count} {name}" for name, count in conditions.items())
    source = f"counts in {study.config['counts']}" if study.from_counts else "FASTQ files"
    return (
        f"{len(table)} libraries ({groups}) from {source}; "
        f"{len(study.contrasts)} contrasts in {len(study.cancers)} cancers."
    )
