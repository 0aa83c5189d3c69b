"""FASTQ files: what they are, whether they are whole, and where they are damaged.

A file is known by its first bytes, not by its name. gzip (one member, many members, BGZF) and
plain text are read; everything else is refused by its name. Damage is never skipped: it becomes a
`SampleError` that says which file, which record, what was found and what to do.
"""

import hashlib
import io
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from isal import igzip_lib, isal_zlib

from exosift.errors import SampleError
from exosift.kernel.layout import (
    BAD_BASE,
    BAD_HEADER,
    BAD_PLUS,
    BAD_QUALITY,
    LENGTH_MISMATCH,
    READ_TOO_LONG,
)

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer as Buffer

GZIP = b"\x1f\x8b"
COMPRESSED_PIECE = 1 << 18
SHOWN = 40  # characters of a damaged line that a message shows

OTHER_COMPRESSION = {
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"PK\x03\x04": "zip",
}
OTHER_CONTENT = {
    b">": ("FASTA", "exosift needs base qualities: give it the FASTQ file."),
    b"NCBI.sra": ("an SRA archive", "Turn it into FASTQ with fasterq-dump."),
    b"BAM\x01": ("BAM", "Give the FASTQ file that it was made from."),
    b"CRAM": ("CRAM", "Give the FASTQ file that it was made from."),
    b"version https://git-lfs": ("a Git LFS pointer", "Fetch the file itself with `git lfs pull`."),
    b"\xef\xbb\xbf": ("text with a byte-order mark", "Save it without the mark."),
    b"\xff\xfe": ("UTF-16 text", "Save it as plain ASCII."),
    GZIP: ("gzip inside gzip", "Decompress it once."),
    b"<": ("a web page (HTML or XML)", "The download failed: fetch the file again."),
}


class StoredFile(io.RawIOBase):
    """A file as it is stored, counted and hashed while it is read."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.bytes_read = 0
        self.hash = hashlib.sha256()
        self._file = path.open("rb", buffering=0)

    def beginning(self, size: int) -> bytes:
        """Look at the first bytes, before anything is read."""
        first = self._file.read(size)
        self._file.seek(0)
        return first

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def readinto(self, piece: "Buffer") -> int:
        """Read stored bytes."""
        size = self._file.readinto(piece) or 0
        self.hash.update(memoryview(piece)[:size])
        self.bytes_read += size
        return size

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


class FastqFile:
    """One FASTQ file, read once from beginning to end as decompressed text.

    Attributes
    ----------
    path
        Where the file is.

    Raises
    ------
    SampleError
        From any method, if the file cannot be read or is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._started = False
        try:
            self._stored = StoredFile(path)
            magic = self._stored.beginning(6)
        except OSError as error:
            raise SampleError(f"{path}: the file cannot be read ({error.strerror}).") from None
        if not magic:
            raise SampleError(f"{path}: the file is empty (0 bytes). Copy it again.")
        for beginning, name in OTHER_COMPRESSION.items():
            if magic.startswith(beginning):
                raise SampleError(
                    f"{path}: the file is compressed with {name}. Give it as gzip or as plain text."
                )
        self._text: Any = self._stored
        if magic.startswith(GZIP):
            self._text = isal_zlib._GzipReader(cast(BinaryIO, self._stored), COMPRESSED_PIECE)

    def __enter__(self) -> "FastqFile":
        """Use the file."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close the file."""
        self._stored.close()

    @property
    def bytes_read(self) -> int:
        """The size of what was read so far, as stored on the disk."""
        return self._stored.bytes_read

    @property
    def sha256(self) -> str:
        """The SHA-256 of what was read so far, as stored on the disk."""
        return self._stored.hash.hexdigest()

    def read_text(self, text: memoryview) -> int:
        """Fill a buffer with decompressed text; give the number of bytes, 0 at the end."""
        try:
            size = self._text.readinto(text)
        except OSError as error:
            if error.errno is not None:
                raise SampleError(f"{self.path}: {error.strerror}.") from None
            raise SampleError(f"{self.path}: {gzip_damage(self.path, error)}") from None
        except (EOFError, igzip_lib.IsalError) as error:  # type: ignore[misc]
            raise SampleError(f"{self.path}: {gzip_damage(self.path, error)}") from None
        if not self._started:
            self._started = True
            self._check_content(bytes(text[: min(size, 64)]))
        return size

    def _check_content(self, beginning: bytes) -> None:
        if not beginning:
            raise SampleError(f"{self.path}: the file holds no reads.")
        for other, (name, advice) in OTHER_CONTENT.items():
            if beginning.lstrip(b" \t\r\n").startswith(other):
                raise SampleError(f"{self.path}: this is not FASTQ but {name}. {advice}")


def gzip_damage(path: Path, error: Exception) -> str:
    """Say what is wrong with a gzip file, and after which record.

    The fast decompressor tells only that something is wrong. This reads the file again, slowly,
    and keeps every byte that can still be read.
    """
    lines = 0
    members = 0
    member = zlib.decompressobj(wbits=31)
    for place, piece in pieces_of(path):
        rest = piece
        while rest:
            if member.eof:
                rest = rest.lstrip(b"\0")  # padding is allowed between members
                if not rest:
                    break
                member = zlib.decompressobj(wbits=31)
            if members and not GZIP.startswith(rest[:2]):
                return (
                    f"after the last gzip member, which ends with {records_said(lines)}, stand "
                    f"bytes that are not gzip (near byte {place + len(piece) - len(rest):,}). "
                    "Something was appended to the file: copy it again."
                )
            read, reason = inflate(member, rest)
            lines += read
            if "check" in reason:
                return (
                    f"the checksum of the gzip member that ends with {records_said(lines)} is "
                    "wrong: bytes changed on the way. Copy the file again."
                )
            if reason:
                return (
                    f"the compressed data are damaged after {records_said(lines)} "
                    f"(near byte {place:,}). Copy the file again."
                )
            members += member.eof
            rest = member.unused_data
    if not member.eof:
        return (
            f"the gzip file is cut off after {records_said(lines)}: its end is missing. "
            "Copy it again."
        )
    return f"the gzip file cannot be read ({error})."


def pieces_of(path: Path) -> Iterator[tuple[int, bytes]]:
    """Read a file piece by piece, each with its place."""
    place = 0
    with path.open("rb") as stored:
        while piece := stored.read(1 << 14):
            yield place, piece
            place += len(piece)


def inflate(member: "zlib._Decompress", piece: bytes) -> tuple[int, str]:
    """Decompress a piece of a gzip member; give its line feeds, and why it stopped early."""
    before = member.copy()
    try:
        return member.decompress(piece).count(b"\n"), ""
    except zlib.error:
        lines = 0
        for byte in piece:
            try:
                lines += before.decompress(bytes((byte,))).count(b"\n")
            except zlib.error as error:
                return lines, str(error)
        return lines, "damaged"


def records_said(lines: int) -> str:
    """Name the last whole record before a place, given the line feeds before it."""
    return f"record {lines // 4:,} (line {lines:,})"


def record_damage(path: Path, error: int, record: int, lines: list[bytes], read_limit: int) -> str:
    """Say what is wrong with a record.

    Parameters
    ----------
    path
        The file.
    error
        What the kernel found, one of the errors of `exosift.kernel.layout`.
    record
        Its number in the file; the first is 1.
    lines
        Its four lines.
    read_limit
        Length in nt that no read may exceed.
    """
    name, sequence, plus, quality = lines
    number = {BAD_HEADER: 1, BAD_BASE: 2, READ_TOO_LONG: 2, BAD_PLUS: 3}.get(error, 4)
    where = f"{path}, record {record:,} (line {4 * record - 4 + number:,})"
    if error == BAD_HEADER:
        return (
            f"{where}: a record begins with '@' and its name, but here stands {shown(name)}. "
            "The file is damaged, or a line is missing above: copy or make it again."
        )
    if error == BAD_PLUS:
        return (
            f"{where}: the third line of a record begins with '+', but here stands {shown(plus)}. "
            "The file is damaged, or its reads take several lines: make it again."
        )
    if error == LENGTH_MISMATCH:
        return (
            f"{where}: {len(quality)} qualities for {len(sequence)} bases. "
            "The record is damaged: copy or make the file again."
        )
    if error == READ_TOO_LONG:
        return (
            f"{where}: the read has {len(sequence):,} bases, more than {read_limit:,}. "
            "These are not reads of small RNA: give another file."
        )
    if error == BAD_BASE:
        letters = set(sequence.upper()) - set(b"ACGTUNRYSWKMBDHVX.")
        odd = ", ".join(repr(chr(letter)) for letter in sorted(letters))
        return (
            f"{where}: the sequence holds {odd}, which stands for no base: {shown(sequence)}. "
            "Copy or make the file again."
        )
    assert error == BAD_QUALITY
    return (
        f"{where}: the qualities hold a character that is none ('!' to '~'): {shown(quality)}. "
        "Copy or make the file again."
    )


def shown(line: bytes) -> str:
    """Quote the beginning of a line, with nothing in it that a terminal would obey."""
    if not line:
        return "an empty line"
    text = line[:SHOWN].decode("latin-1").encode("unicode_escape").decode("ascii")
    return f"'{text}{'…' if len(line) > SHOWN else ''}'"


INDEX = r"([ACGT]{4,}(?:\+[ACGT]{4,})?)"
COMMENT = re.compile(r"[12]:[YN]:\d+:" + INDEX)
OLD_INDEX = re.compile(r".*#" + INDEX + r"(?:/[12])?")
"""Where a header holds the index, or a pair of them: bases, all of them known."""


def illumina_names(header: bytes) -> dict[str, str]:
    """Read where a read was sequenced, and by which index it was told, from its Illumina name.

    The index is what this read showed, so it is taken only if each of its bases is known. A number
    in its place is that of the sample in its sheet, and bases behind the place in the name are a
    UMI: neither says how a library was made.

    Returns
    -------
    dict
        `instrument`, `run`, `flowcell`, `lane` and `index` as far as they are told; {} for other
        names.

    Examples
    --------
    >>> illumina_names(b"@A00123:45:HXXDRXX:2:1101:1000:2000 1:N:0:ACGT")
    {'instrument': 'A00123', 'run': '45', 'flowcell': 'HXXDRXX', 'lane': '2', 'index': 'ACGT'}
    >>> illumina_names(b"@HWUSI-EAS100R:6:73:941:1973#0/1")
    {'instrument': 'HWUSI-EAS100R', 'lane': '6'}
    >>> illumina_names(b"@SRR6233839.1 1/1")
    {}
    """
    words = header.decode("latin-1").removeprefix("@").split()
    told = COMMENT.fullmatch(words[-1]) or OLD_INDEX.fullmatch(words[0]) if words else None
    index = {"index": told[1]} if told else {}
    for word in words[:2]:
        fields = word.split(":")
        if len(fields) >= 7:
            place = zip(("instrument", "run", "flowcell", "lane"), fields, strict=False)
            return dict(place) | index
        if len(fields) == 5:
            return {"instrument": fields[0], "lane": fields[1]} | index
    return {}
