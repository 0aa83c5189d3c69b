"""FASTQ files that a sample sheet names more than once: by several paths, as links or copies."""

import hashlib
import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

END_BYTES = 65_536
"""Bytes at either end of a file that are compared first; only files that agree there are read."""

SMALLEST_COPY = 100
"""Bytes below which equal contents prove nothing: an archive without a read is no larger."""


@dataclass(frozen=True)
class NamedFile:
    """A file where the sheet names it: the line, the library and the path as it is written."""

    row: int
    sample: str
    path: str


@dataclass(frozen=True)
class Repetition:
    """A file that was named before.

    Attributes
    ----------
    file, earlier
        Where it stands, and where it stood first.
    kind
        `path` if both paths are written alike, `link` if they lead to one file (another spelling, a
        symbolic or a hard link), `copy` if two files hold the same bytes.
    """

    file: NamedFile
    earlier: NamedFile
    kind: Literal["path", "link", "copy"]

    def describe(self) -> str:
        """Return what was found, in words."""
        sample = repr(self.earlier.sample)
        whose = "in the same cell" if self.in_one_cell else f"of sample {sample}"
        if self.kind == "path":
            if self.in_one_cell:
                return f"`fastq` {self.file.path} stands twice in the cell"
            return f"`fastq` {self.file.path} is also the file {whose} (row {self.earlier.row})"
        same = "the same file as" if self.kind == "link" else "a copy, byte for byte, of"
        place = "" if self.in_one_cell else f" (row {self.earlier.row})"
        return f"`fastq` {self.file.path} is {same} {self.earlier.path} {whose}{place}"

    @property
    def in_one_cell(self) -> bool:
        """Whether both stand in one cell, as lanes of one library."""
        return self.file.row == self.earlier.row

    @property
    def advice(self) -> str:
        """Return what to do about it."""
        if self.in_one_cell:
            return "Its reads would count twice. Name each lane once."
        return (
            "A file belongs to one library. Name the file of this library; if there is none, take "
            "the row out."
        )


def find_repetitions(files: Sequence[NamedFile]) -> list[Repetition]:
    """Find the files that are named more than once.

    Contents are compared among files of equal size alone, first at both ends and only if these
    agree as a whole, so that the sheet of a thousand libraries takes no longer to check. Files
    without a read, and what is no plain file, are compared by path alone. Two copies that were
    compressed apart differ in their bytes and are not found here.

    Parameters
    ----------
    files
        In the order of the sheet.
    """
    repetitions: dict[int, Repetition] = {}
    first: dict[tuple[object, ...], NamedFile] = {}
    by_size: dict[tuple[object, ...], list[int]] = {}
    for at, file in enumerate(files):
        key: tuple[object, ...] = (os.path.normpath(file.path),)
        size = 0
        try:
            found = Path(file.path).stat()
            if stat.S_ISREG(found.st_mode):
                key, size = (found.st_dev, found.st_ino), found.st_size
        except OSError:
            pass  # a file that the workflow makes, or that is reported as missing
        if key in first:
            kind: Literal["path", "link"] = "path" if first[key].path == file.path else "link"
            repetitions[at] = Repetition(file, first[key], kind)
            continue
        first[key] = file
        if size >= SMALLEST_COPY:
            by_size.setdefault((size,), []).append(at)
    for group in _refine(_refine(by_size, files, _ends), files, _whole).values():
        for at in group[1:]:
            repetitions[at] = Repetition(files[at], files[group[0]], "copy")
    return [repetitions[at] for at in sorted(repetitions)]


def _refine(
    groups: dict[tuple[object, ...], list[int]],
    files: Sequence[NamedFile],
    digest: Callable[[str], str],
) -> dict[tuple[object, ...], list[int]]:
    """Split each group of several files by a digest; files that cannot be read are left out."""
    refined: dict[tuple[object, ...], list[int]] = {}
    for key, members in groups.items():
        for at in members if len(members) > 1 else ():
            try:
                refined.setdefault((*key, digest(files[at].path)), []).append(at)
            except OSError:
                continue
    return refined


def _ends(path: str) -> str:
    with Path(path).open("rb") as file:
        start = file.read(END_BYTES)
        file.seek(max(-END_BYTES, -file.seek(0, os.SEEK_END)), os.SEEK_END)
        return hashlib.sha256(start + file.read()).hexdigest()


def _whole(path: str) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
