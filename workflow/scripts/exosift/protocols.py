"""Library protocols: which adapter a kit ligates, and what else of a read is not RNA."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from exosift import PACKAGE
from exosift.errors import Problems, UserError

SHIPPED = PACKAGE.parents[2] / "resources" / "protocols.tsv"
UMI_POSITIONS = ("none", "after_adapter")
AUTO, DETECTED, UNKNOWN = "auto", "detected", "unknown"
RESERVED = (AUTO, DETECTED, UNKNOWN)  # what stands for a protocol that the reads must tell


@dataclass(frozen=True)
class Protocol:
    """How a small-RNA library was made, as far as its reads show it.

    Attributes
    ----------
    name
        The word that stands in the sample sheet.
    kit, version
        What it is sold as.
    adapter3
        The 3' adapter, 5' to 3', letters ACGT; "" if the reads are already trimmed.
    clip5, clip3
        Bases in nt, random or added by a template switch, that stand between the 5' adapter and the
        insert, and between the insert and the 3' adapter.
    umi_position, umi_length
        Where a unique molecular identifier stands (`none` or `after_adapter`), and its length in
        nt.
    poly_a
        Whether the RNA was tailed with A, so that the tail is the adapter.
    source
        Where this can be read.
    """

    name: str
    kit: str
    version: str
    adapter3: str
    clip5: int
    clip3: int
    umi_position: str
    umi_length: int
    poly_a: bool
    source: str


COLUMNS = ("protocol", *(name for name in Protocol.__dataclass_fields__ if name != "name"))


def read_protocols(path: Path) -> dict[str, Protocol]:
    """Read a table of protocols, the shipped one or a user's own.

    Parameters
    ----------
    path
        Tab-separated, with the columns protocol, kit, version, adapter3, clip5, clip3,
        umi_position, umi_length, poly_a (yes or no) and source; lines that begin with # are
        comments.

    Returns
    -------
    dict
        Protocols by name, in the order of the table.

    Raises
    ------
    UserError
        With every problem of the table: file, row, column, what was found, what to do.
    """
    problems = Problems()
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: the table of protocols cannot be read ({error}).") from None
    numbered = [
        (number, line) for number, line in enumerate(lines, start=1) if not line.startswith("#")
    ]
    header = numbered[0][1].split("\t") if numbered else []
    for column in COLUMNS:
        if column not in header:
            problems.add(
                str(path), f"there is no column '{column}'", f"Needed: {', '.join(COLUMNS)}."
            )
    problems.raise_if_any()
    protocols: dict[str, Protocol] = {}
    rows = csv.reader((line for _, line in numbered[1:]), delimiter="\t", quoting=csv.QUOTE_NONE)
    for (number, line), cells in zip(numbered[1:], rows, strict=True):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        row = {column: cell.strip() for column, cell in zip(header, cells, strict=False)}
        before = len(problems.found)
        protocol = _protocol(row, where, problems)
        if len(problems.found) > before or protocol is None:
            continue
        if protocol.name in protocols:
            problems.add(
                where, f"protocol '{protocol.name}' stands twice", "Give each its own name."
            )
        protocols[protocol.name] = protocol
    problems.raise_if_any()
    return protocols


def _protocol(row: Mapping[str, str], where: str, problems: Problems) -> Protocol | None:
    """Check one row and make a protocol of it."""
    missing = [column for column in COLUMNS if column not in row]
    if missing:
        problems.add(where, f"the row has no {missing[0]}", "Fill all columns of the header.")
        return None
    if not row["protocol"]:
        problems.add(where, "`protocol` is empty", "Give the protocol a name.")
    if row["protocol"] in RESERVED:
        problems.add(
            where,
            f"`protocol` is {row['protocol']!r}, which stands for what the reads tell",
            "Give the protocol another name.",
        )
    adapter = row["adapter3"].upper().replace("U", "T")
    if set(adapter) - set("ACGT"):
        problems.add(where, f"`adapter3` is {row['adapter3']!r}", "Write it with the letters ACGT.")
    if row["umi_position"] not in UMI_POSITIONS:
        problems.add(
            where,
            f"`umi_position` is {row['umi_position']!r}",
            f"Known: {', '.join(UMI_POSITIONS)}.",
        )
    if row["poly_a"] not in ("yes", "no"):
        problems.add(where, f"`poly_a` is {row['poly_a']!r}", "Write yes or no.")
    numbers = {}
    for column in ("clip5", "clip3", "umi_length"):
        numbers[column] = (
            int(row[column]) if row[column].isascii() and row[column].isdigit() else -1
        )
        if not 0 <= numbers[column] <= 32:
            problems.add(where, f"`{column}` is {row[column]!r}", "Write a number of nt, 0 to 32.")
    return Protocol(
        name=row["protocol"],
        kit=row["kit"],
        version=row["version"],
        adapter3=adapter,
        umi_position=row["umi_position"],
        poly_a=row["poly_a"] == "yes",
        source=row["source"],
        **numbers,
    )


def find_protocol(name: str, own: Path | None = None) -> Protocol:
    """Find a protocol by its name.

    Parameters
    ----------
    name
        The word of the sample sheet.
    own
        A user's table, whose protocols stand before the shipped ones.

    Raises
    ------
    UserError
        If there is none, naming the nearest one.
    """
    protocols = read_protocols(SHIPPED) | (read_protocols(own) if own else {})
    if name in protocols:
        return protocols[name]
    near = get_close_matches(name.lower(), protocols, n=1)
    advice = f"Did you mean '{near[0]}'?" if near else f"Known: {', '.join(protocols)}."
    raise UserError(f"There is no protocol '{name}'. {advice}")


def layout_in_words(protocol: Protocol) -> str:
    """Tell what the reads of a protocol hold, from their first base on.

    Examples
    --------
    >>> layout_in_words(find_protocol("nextflex_v3"))
    '4 bases + insert + 4 bases + TGGAATTCTCGGGTGCCAAGG'
    >>> layout_in_words(find_protocol("qiaseq"))
    'insert + AACTGTAGGCACCATCAAT + UMI of 12 nt'
    >>> layout_in_words(find_protocol("cats"))
    '3 bases + insert + poly-A tail'
    """
    parts = [
        bases_in_words(protocol.clip5) if protocol.clip5 else "",
        "insert",
        bases_in_words(protocol.clip3) if protocol.clip3 else "",
        "poly-A tail" if protocol.poly_a else protocol.adapter3,
        f"UMI of {protocol.umi_length} nt" if protocol.umi_length else "",
    ]
    return " + ".join(part for part in parts if part)


def bases_in_words(number: int) -> str:
    """Write a number of bases.

    Examples
    --------
    >>> bases_in_words(0), bases_in_words(1), bases_in_words(4)
    ('no base', '1 base', '4 bases')
    """
    return f"{number or 'no'} base{'s' if number > 1 else ''}"
