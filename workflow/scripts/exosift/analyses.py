"""How often the same libraries were analysed with other choices, and with which.

Who tries several limits, covariates or sets of libraries and shows the best has tested more than
a false discovery rate knows of. Choices cannot be forbidden, so they are remembered, and each
report tells how many there were (Simmons 2011, doi:10.1177/0956797611417632).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from exosift.config import flattened
from exosift.files import write_text
from exosift.tables import Tables

LEDGER = Path(".exosift") / "analyses.jsonl"
"""In the folder of the run and not among its results, so that it outlives them."""

NO_CHOICE = frozenset(("samples", "contrasts", "counts", "notice"))
"""Keys of the configuration that choose nothing; what their files say is looked at instead."""

LEAST_SHARED = 0.5
"""Of the libraries of the smaller analysis: from here on both are taken for analyses of one set."""

YES, NO = "yes", "no"

COLUMNS = ("analysis", "present", "libraries", "shared_libraries", "differs_in")


@dataclass(frozen=True)
class Analysis:
    """Which libraries were analysed, and by which choices.

    Attributes
    ----------
    libraries
        By a hash of the reads of a library (or of its counts, in a run from counts), a hash of what
        the sample sheet says of it. Names are neither: another name is no choice.
    contrasts
        By contrast, its row in the contrast sheet.
    settings
        The configuration: keys joined by dots, and values as JSON.
    """

    libraries: Mapping[str, str]
    contrasts: Mapping[str, str]
    settings: Mapping[str, str]


def present_analysis(given: Tables) -> Analysis:
    """Tell the analysis of this run from its summaries (or counts), sheets and configuration."""
    if given.study.from_counts:
        counts = given.counts.sort_index()
        content = {str(name): counts[name].to_csv(header=False) for name in counts}
    else:
        content = {
            name: "".join(lane["sha256"] for lane in summary["fastq"])
            for name, summary in given.summaries.items()
        }
    # Where the files lie is no choice.
    sheet = given.study.samples.table.drop(columns="fastq", errors="ignore").sort_index(axis=1)
    libraries = {_hash(text): _hash(sheet.loc[name].to_json()) for name, text in content.items()}
    return Analysis(
        dict(sorted(libraries.items())),
        {one.name: _json(asdict(one)) for one in given.study.contrasts},
        {key: _json(value) for key, value in flattened(given.study.config) if key not in NO_CHOICE},
    )


def remember(present: Analysis, ledger: Path = LEDGER) -> pd.DataFrame:
    """Add an analysis to those that the ledger holds, unless it is there, and list all of one set.

    Parameters
    ----------
    present
        The analysis of this run.
    ledger
        One analysis a line, as JSON, in the order in which they were first made. Lines that cannot
        be read are kept and not counted.

    Returns
    -------
    DataFrame of the analyses of these libraries, the first first, with the columns of `COLUMNS`:
    its number, whether it is the present one, its libraries, how many of them are in the present
    one too, and in what it differs from it, in words.
    """
    lines = ledger.read_text(encoding="utf-8").splitlines() if ledger.is_file() else []
    read = [found for line in lines if (found := _read(line)) is not None]
    known = [(one, differences(one, present)) for one in read]
    if all(told for _, told in known):
        known.append((present, []))
        write_text("\n".join([*lines, _json(asdict(present))]) + "\n", ledger)
    related = [(one, told) for one, told in known if _shared(one, present) >= LEAST_SHARED]
    rows = [
        (
            number,
            NO if told else YES,
            len(one.libraries),
            len(one.libraries.keys() & present.libraries.keys()),
            "; ".join(told),
        )
        for number, (one, told) in enumerate(related, start=1)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def differences(earlier: Analysis, present: Analysis) -> list[str]:
    """Tell in words in what an analysis differs from the present one; empty if in nothing.

    A setting that only one of them has came with another version of exosift, and is no choice.
    """
    told = []
    lost = earlier.libraries.keys() - present.libraries.keys()
    added = present.libraries.keys() - earlier.libraries.keys()
    if lost:
        told.append(f"libraries that are not here: {len(lost)}")
    if added:
        told.append(f"libraries missing: {len(added)}")
    both = earlier.libraries.keys() & present.libraries.keys()
    rewritten = sum(earlier.libraries[one] != present.libraries[one] for one in both)
    if rewritten:
        told.append(f"other rows in the sample sheet: {rewritten}")
    for name in sorted(earlier.contrasts.keys() | present.contrasts.keys()):
        told += _contrast_differs(name, earlier.contrasts.get(name), present.contrasts.get(name))
    for key in sorted(earlier.settings.keys() & present.settings.keys()):
        if earlier.settings[key] != present.settings[key]:
            told.append(f"{key} {earlier.settings[key]}, not {present.settings[key]}")
    return told


def _contrast_differs(name: str, earlier: str | None, present: str | None) -> list[str]:
    if earlier == present:
        return []
    if earlier is None:
        return [f"without contrast {name}"]
    if present is None:
        return [f"with contrast {name}"]
    before, now = json.loads(earlier), json.loads(present)
    return [
        f"contrast {name}: {column} {_json(before[column])}, not {_json(now[column])}"
        for column in sorted(before.keys() & now.keys())
        if before[column] != now[column]
    ]


def _shared(one: Analysis, other: Analysis) -> float:
    smaller = min(len(one.libraries), len(other.libraries))
    return len(one.libraries.keys() & other.libraries.keys()) / smaller if smaller else 0.0


def _read(line: str) -> Analysis | None:
    try:
        return Analysis(**json.loads(line))
    except (ValueError, TypeError):
        return None


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
