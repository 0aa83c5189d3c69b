"""A first sample sheet, written by looking at a folder of FASTQ files."""

import csv
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from exosift.errors import Problems, UserError
from exosift.files import replacing
from exosift.samples import LANES, SECOND_MATE, safe_name

FASTQ = re.compile(r"\.f(ast)?q(\.gz)?$")
ILLUMINA = re.compile(r"((_S\d+)?(_L\d{3})?_R1(_001)?|(_S\d+)?_L\d{3}|[._]1)$")
"""What Illumina's software appends to a sample's name: number, lane, read, chunk.

A number or a chunk alone, as in `EV_S2` or `P_001`, is part of the name.
"""

LANE = re.compile(r"_L\d{3}(?=[_.])")

COLUMNS = ("sample", "fastq", "condition", "subject", "biofluid", "protocol", "batch", "age", "sex")


def sample_of(file: str) -> str:
    """Read the sample's name out of the name of a FASTQ file.

    Examples
    --------
    >>> sample_of("plasma-07_S12_L002_R1_001.fastq.gz")
    'plasma-07'
    >>> sample_of("fasting.fastq.gz")
    'fasting'
    """
    return safe_name(ILLUMINA.sub("", FASTQ.sub("", file)))


def find_libraries(folder: Path) -> dict[str, list[Path]]:
    """Find the FASTQ files below a folder, lanes of one library together.

    Second mates are left out, and told: small RNA is read from the first.

    Raises
    ------
    UserError
        If there is no folder, or no FASTQ file in it, or if files that are no lanes of one library
        would get the same name.
    """
    if not folder.is_dir():
        raise UserError(f"There is no folder {folder}.")
    files = [
        file
        for file in sorted(folder.rglob("*"))
        if FASTQ.search(file.name) and not file.name.startswith(".") and file.is_file()
    ]
    mates = [file for file in files if SECOND_MATE.search(file.name)]
    libraries: dict[str, list[Path]] = defaultdict(list)
    for file in files:
        if file not in mates:
            libraries[sample_of(file.name)].append(file)
    if not libraries:
        raise UserError(
            f"No FASTQ file lies in {folder}: names end with .fastq, .fq, .fastq.gz or .fq.gz."
        )
    _check_lanes(libraries)
    if mates:
        print(f"Left out as second mates: {', '.join(str(file) for file in mates)}.")
    return dict(libraries)


def _check_lanes(libraries: Mapping[str, Sequence[Path]]) -> None:
    """Check that the files of a library differ by their lane."""
    problems = Problems()
    for name, files in libraries.items():
        lanes: dict[str, Path] = {}
        for file in files:
            lane = "".join(LANE.findall(file.name))
            if lane in lanes:
                problems.add(
                    str(file),
                    f"its library would be {name!r}, as that of {lanes[lane]}",
                    "Rename one of them, or write the sheet by hand: ';' joins lanes of a library.",
                )
            lanes.setdefault(lane, file)
    problems.raise_if_any()


def write_sample_sheet(folder: Path, sheet: Path, *, force: bool = False) -> None:
    """Write a sample sheet with what file names can tell; the rest is left for the user.

    Raises
    ------
    UserError
        If a sheet is there already and `force` is not given.
    """
    if sheet.exists() and not force:
        raise UserError(f"{sheet} is there already. Give --force to replace it, or --output.")
    libraries = find_libraries(folder)
    with replacing(sheet) as part, part.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle, delimiter="\t", lineterminator="\n")
        writer.writerow(COLUMNS)
        for name, lanes in libraries.items():
            files = LANES.join(str(lane) for lane in lanes)
            writer.writerow([name, files, *[""] * (len(COLUMNS) - 2)])
    print(f"{sheet}: {len(libraries)} libraries. Now fill in `condition`, and what else you know.")
