"""The sample sheet: one row per library, checked in one go."""

import re
import stat
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import pandas as pd

from exosift.errors import Problems
from exosift.missing import empty_missing
from exosift.protocols import AUTO
from exosift.repeated_files import NamedFile, find_repetitions
from exosift.sexes import WORDS as SEXES
from exosift.sexes import sex_of_cell
from exosift.sheets import read_sheet, split_cell
from exosift.subjects import check_ages, check_subjects
from exosift.table_schemas import HEADINGS_BESIDE_LIBRARIES

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
NAME_RULE = "Use letters, digits, '.', '_' and '-', begin with a letter or digit, at most 64."

REQUIRED = ("sample", "fastq", "condition")
KNOWN = (
    *REQUIRED,
    *("subject", "biofluid", "isolation", "protocol", "batch"),
    *("age", "sex", "stage", "timepoint", "response", "storage_time"),
    *("ev_particles", "ev_markers", "ev_negative_markers", "ev_treatment", "ev_fraction"),
)
PERSONAL = {
    *("name", "firstname", "lastname", "surname", "familyname", "givenname", "fullname"),
    *("patientname", "initials", "dob", "dateofbirth", "birthdate", "birthday", "mrn"),
    *("medicalrecordnumber", "ssn", "socialsecuritynumber", "nhsnumber", "insurancenumber"),
    *("phone", "phonenumber", "telephone", "mobile", "email", "emailaddress", "address"),
    *("street", "postcode", "zip", "zipcode"),
}
"""Columns that tell who somebody is, without spaces and marks (HIPAA's identifiers)."""

LANES = ";"
SECOND_MATE = re.compile(r"[._]R?2(_001)?\.f(ast)?q(\.gz)?$")


@dataclass(frozen=True)
class SampleSheet:
    """A checked sample sheet.

    Attributes
    ----------
    table
        Text cells, one row per library, indexed by `sample`; missing cells are "".
    warnings
        What is odd but no error.
    """

    table: pd.DataFrame
    warnings: tuple[str, ...] = ()

    def __iter__(self) -> Iterable[str]:
        """Walk over the names of the samples."""
        return iter(self.table.index)

    @property
    def names(self) -> list[str]:
        """The names of the samples, in the order of the sheet."""
        return list(self.table.index)

    def lanes(self, sample: str) -> list[str]:
        """List the FASTQ files of one library, one per lane."""
        return split_lanes(self.table.at[sample, "fastq"])

    def protocol(self, sample: str, default: str) -> str:
        """Name the library protocol: the sheet's, or the default where the sheet has none.

        `auto` stands for one that the reads must tell.
        """
        column = self.table.get("protocol")
        return default if column is None or not column[sample] else str(column[sample])


def split_lanes(cell: str) -> list[str]:
    """Split a FASTQ cell into the files of its lanes."""
    return split_cell(cell, LANES)


def bad_name(name: str) -> str:
    """Say why a name cannot be used for files and reports; "" if it can.

    The names reach shell commands, file names and HTML pages, so only harmless ones are let in.
    """
    if not name:
        return "is empty"
    if not NAME.fullmatch(name) or ".." in name:
        return f"is {name[:80]!r}, which cannot name files safely"
    return ""


def safe_name(name: str) -> str:
    """Suggest a name that can be used."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._-")[:64].replace("..", ".") or "sample1"


def read_samples(
    path: str | Path,
    *,
    protocols: Iterable[str],
    from_counts: bool = False,
    can_be_made: Callable[[str], bool] = lambda _: False,
    named: Mapping[str, Iterable[str]] | None = None,
) -> SampleSheet:
    """Read and check a sample sheet.

    Parameters
    ----------
    path
        The sheet, tab-separated.
    protocols
        Names of the library protocols that there are.
    from_counts
        The run starts from a count matrix: no FASTQ files are needed.
    can_be_made
        Tells whether a missing FASTQ file is one that the workflow makes itself.
    named
        Values that contrasts name, by column (`missing.values_named`): they are groups, even where
        they are called unknown.

    Raises
    ------
    UserError
        With every problem of the sheet: file, row, what was found, what to do.
    """
    table = read_sheet(path)
    problems = Problems()
    warnings = _check_columns(path, table, problems, from_counts)
    problems.raise_if_any()
    if table.empty:
        problems.add(str(path), "there is no sample in it", "Write one row per library.")
    table, notes = empty_missing(path, table, named or {}, problems)
    warnings += notes
    _check_names(path, table, problems)
    _check_cells(path, table, problems, list(protocols))
    check_ages(path, table, problems)
    check_subjects(path, table, problems)
    if not from_counts:
        warnings += _check_fastq(path, table, problems, can_be_made)
    problems.raise_if_any()
    table, told = with_one_spelling(table)
    return SampleSheet(table.set_index("sample"), (*warnings, *told))


def with_one_spelling(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Write a sex in one way, and name the groups that are spelled in several.

    Parameters
    ----------
    table : DataFrame of str
        The sheet; columns of groups hold the same few words again and again.

    Returns
    -------
    The sheet, in which M and male are the same if both stand in the column `sex`, and sentences.
    """
    told = []
    if "sex" in table:
        known = table["sex"].map(sex_of_cell)
        for sex in SEXES:
            spelled = sorted(set(table.loc[known == sex, "sex"]))
            if len(spelled) > 1:
                table = table.assign(sex=table["sex"].mask(known == sex, sex))
                told.append(f"`sex`: {_quoted(spelled)} are read as one, {sex}.")
    for column in table.columns:
        cells = pd.Series(table[column].unique())
        if column in ("sample", "fastq", "subject") or len(cells) > len(table) / 2:
            continue
        for _, alike in cells.groupby(cells.map(lambda cell: " ".join(cell.casefold().split()))):
            if len(alike) > 1:
                told.append(
                    f"`{column}`: {_quoted(sorted(alike))} are taken for different groups. If they "
                    "are one, write them alike."
                )
    return table, told


def _quoted(cells: list[str]) -> str:
    return " and ".join(repr(cell) for cell in cells)


def _check_columns(
    path: str | Path, table: pd.DataFrame, problems: Problems, from_counts: bool
) -> list[str]:
    required = [column for column in REQUIRED if not (from_counts and column == "fastq")]
    others = [column for column in table.columns if column not in KNOWN]
    for column in required:
        if column not in table.columns:
            near = get_close_matches(column, others, n=1, cutoff=0.6)
            advice = f"Rename '{near[0]}'?" if near else f"Needed are {', '.join(required)}."
            problems.add(str(path), f"there is no column '{column}'", advice)
    warnings = _personal(path, others)
    for column in others:
        absent = [name for name in KNOWN if name not in table]
        near = get_close_matches(column.casefold(), absent, n=1, cutoff=0.8)
        if near:
            warnings.append(
                f"{path}: the column '{column}' is taken as one of your own; "
                f"if you meant '{near[0]}', rename it."
            )
    return warnings


def _personal(path: str | Path, columns: list[str]) -> list[str]:
    """Warn of columns that tell who somebody is."""
    found = [name for name in columns if re.sub("[^a-z]", "", name.casefold()) in PERSONAL]
    if not found:
        return []
    named = ", ".join(f"'{name}'" for name in found)
    return [
        f"{path}: {named} may tell who somebody is, and nothing here needs that. Delete it: what "
        "stands in a covariate is shown in reports, which are made to be passed on."
    ]


def _check_names(path: str | Path, table: pd.DataFrame, problems: Problems) -> None:
    seen: dict[str, int] = {}
    for row, name in table["sample"].items():
        where = f"{path}, row {row}"
        reason = bad_name(name)
        if reason:
            problems.add(where, f"`sample` {reason}", f"{NAME_RULE} For example: {safe_name(name)}")
        folded = name.casefold()
        if folded in HEADINGS_BESIDE_LIBRARIES:
            problems.add(
                where,
                f"`sample` is {name!r}, which heads another column of the count matrices",
                f"Give the library another name, for example {name}_1.",
            )
        if folded in seen:
            other = seen[folded]
            problems.add(
                where,
                f"`sample` is {name!r}, as in row {other}"
                + ("" if name == table.at[other, "sample"] else " but for upper and lower case"),
                "Every library needs a name of its own; lanes of one library are joined by ';'.",
            )
        seen.setdefault(folded, int(str(row)))


def _check_cells(
    path: str | Path, table: pd.DataFrame, problems: Problems, protocols: list[str]
) -> None:
    for row, cells in table.iterrows():
        where = f"{path}, row {row}"
        if not cells["condition"]:
            problems.add(where, "`condition` is empty", "Say which group the library belongs to.")
        protocol = cells.get("protocol", "")
        if protocol and protocol not in (AUTO, *protocols):
            known = [AUTO, *protocols]
            near = get_close_matches(protocol, known, n=1)
            advice = f"Did you mean '{near[0]}'?" if near else f"Known: {', '.join(known)}."
            problems.add(where, f"`protocol` is {protocol!r}, which is not known", advice)


def _check_fastq(
    path: str | Path,
    table: pd.DataFrame,
    problems: Problems,
    can_be_made: Callable[[str], bool],
) -> list[str]:
    warnings = []
    files = []
    for row, cells in table.iterrows():
        where = f"{path}, row {row}"
        lanes = split_lanes(cells["fastq"])
        if not lanes:
            problems.add(where, "`fastq` is empty", "Name the file, or several joined by ';'.")
        for lane in lanes:
            files.append(NamedFile(int(str(row)), cells["sample"], lane))
            reason = "" if can_be_made(lane) else unusable_file(lane)
            if reason:
                problems.add(where, f"`fastq` {lane} {reason}", "Paths count from this folder.")
            if SECOND_MATE.search(lane):
                warnings.append(
                    f"{where}: {lane} looks like the second mate of a pair; "
                    "small RNA is read from the first (R1)."
                )
    for repeated in find_repetitions(files):
        problems.add(f"{path}, row {repeated.file.row}", repeated.describe(), repeated.advice)
    return warnings


def unusable_file(path: str) -> str:
    """Say why a file cannot be read as data; "" if it can."""
    try:
        kind = Path(path).stat().st_mode
    except FileNotFoundError:
        return "does not exist"
    except OSError as error:
        return f"cannot be reached ({error.strerror})"
    if stat.S_ISDIR(kind):
        return "is a folder"
    return "" if stat.S_ISREG(kind) else "is not a plain file"
