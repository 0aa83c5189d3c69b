"""Trimming and collapsing: from the reads of a library to its unique inserts, in one pass.

What happens to a read, in this order:

1. The 3' adapter is sought as cutadapt does with
   `-a ADAPTER -e 0.1 -O 8 --no-indels --discard-untrimmed`. Without it the read is `no_adapter`.
   Reads of the protocol `trimmed` are inserts as they are.
2. The random or added bases of the kit are taken off both ends of what stands before the adapter
   (in cutadapt a second pass with `-u`). What is left is the insert.
3. An insert of fewer than 4 bases is an `adapter_dimer`: two adapters that were joined directly, or
   around a few stray bases. Then it may be `too_short` or `too_long`.
4. More than half of the insert's bases below Phred 20: `low_quality`, after miRTrace.
5. One base makes up 80% of the insert or more: `low_complexity`.
6. What remains is `kept`, and is counted under its sequence.

Lower case letters are read as upper case, U as T. A base that the machine did not call (N, '.') or
called ambiguously (IUPAC letters) is N; inserts that hold N are kept, as cutadapt keeps them, since
one such base is a mismatch to the aligner and not more. Where the protocol has a UMI behind the
adapter, it is read before anything is thrown away, and inserts are counted with each UMI.
"""

import hashlib
from array import array
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

from exosift.errors import SampleError
from exosift.fastq import FastqFile, illumina_names, record_damage
from exosift.inserts import InsertCounts, address
from exosift.kernel import Kernel, load_kernel
from exosift.kernel.layout import (
    BASES,
    BASES_Q30,
    ENTRY_WORDS,
    ERROR,
    FATES,
    INSERTS,
    LONGEST_READ,
    PHRED_UNTIL,
    PLANE_WORDS,
    QUALITY_ABOVE_PHRED33,
    QUALITY_BELOW_PHRED64,
    READS,
    SHORTEST_READ,
    TALLY,
)
from exosift.protocols import Protocol
from exosift.trimming_rules import NEVER, TrimmingRules

CHUNK = 1 << 19  # bytes of text that are looked at together: they stay in the processor's cache
HEAD = 1 << 16  # bytes before them, for the beginning of a record whose end is in the next piece
BEYOND = 64  # bytes behind the text that the kernel may read, though not use
PHRED_SAMPLE = 100_000  # reads of a file that show how its qualities are written
AHEAD = 4  # pieces that are decompressed before the reads are looked at
PLANES = "ACGT"


@dataclass
class Lane:
    """One FASTQ file of a library, as the summary tells it."""

    path: Path
    reads: int = 0
    bytes_read: int = 0
    sha256: str = ""

    def told(self) -> dict[str, Any]:
        """Give what the summary says of the file."""
        return {
            "path": str(self.path),
            "sha256": self.sha256,
            "bytes": self.bytes_read,
            "reads": self.reads,
        }


def read_ahead(fastq: FastqFile) -> Generator[tuple[bytearray, int]]:
    """Decompress in a thread of its own, a few pieces ahead of what looks at the reads."""
    free: SimpleQueue[bytearray | None] = SimpleQueue()
    ready: SimpleQueue[tuple[bytearray, int] | BaseException] = SimpleQueue()
    for _ in range(AHEAD):
        free.put(bytearray(HEAD + CHUNK + BEYOND))

    def decompress() -> None:
        try:
            while (piece := free.get()) is not None:
                size = fastq.read_text(memoryview(piece)[HEAD : HEAD + CHUNK])
                ready.put((piece, size))
                if not size:
                    return
        except BaseException as error:  # raised again where the reads are looked at
            ready.put(error)

    thread = Thread(target=decompress, daemon=True)
    thread.start()
    try:
        while True:
            given = ready.get()
            if isinstance(given, BaseException):
                raise given
            if not given[1]:
                return
            yield given
            free.put(given[0])
    finally:
        free.put(None)
        thread.join()


@dataclass
class Library:
    """The reads of one library, counted as they go by."""

    protocol: Protocol
    rules: TrimmingRules
    kernel: Kernel
    threads: int = 1
    lanes: list[Lane] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Ask for the buffers that the kernel works in."""
        self._rules = self.rules.for_kernel(self.protocol)
        width = self._rules[PLANE_WORDS]
        self._rows = array("q", (PLANES.index(base) * width for base in self.protocol.adapter3))
        self._ends = bytearray(4 * (HEAD + CHUNK))
        # The shortest record takes 6 bytes: "@", three line feeds and an empty read.
        self._keys = bytearray(8 * ENTRY_WORDS * ((HEAD + CHUNK) // 6 + 1))
        self._planes = bytearray(8 * 5 * self._rules[PLANE_WORDS])
        self.tally = array("q", bytes(8 * TALLY))
        self.tally[SHORTEST_READ] = NEVER
        self.lengths = array("q", bytes(8 * (self.rules.read_limit + 1)))
        self.inserts = InsertCounts(self.kernel)

    def read(self, path: Path) -> None:
        """Read one FASTQ file to its end.

        Raises
        ------
        SampleError
            If it is damaged, or no FASTQ.
        """
        lane = Lane(path)
        self._rules[PHRED_UNTIL] = self.tally[READS] + PHRED_SAMPLE
        self.tally[QUALITY_BELOW_PHRED64] = self.tally[QUALITY_ABOVE_PHRED33] = 0
        held = b""
        with FastqFile(path) as fastq, closing(self._pieces(fastq)) as pieces:
            for piece, size in pieces:
                held = self._take(lane, piece, held, size)
            lane.sha256, lane.bytes_read = fastq.sha256, fastq.bytes_read
        if held and not held.endswith(b"\n"):
            held = self._take(lane, bytearray(HEAD + 1 + BEYOND), held + b"\n", 0)
        if held:
            lines = held.count(b"\n")
            raise SampleError(
                f"{path}, record {lane.reads + 1:,}: the file ends after {lines} of the four lines "
                "of this record. It was cut off: copy or make it again."
            )
        self._check_phred(path)
        self.lanes.append(lane)

    def _pieces(self, fastq: FastqFile) -> Generator[tuple[bytearray, int]]:
        """Give the text piece by piece: a buffer with room for what was held back, and its size."""
        if self.threads == 1:
            piece = bytearray(HEAD + CHUNK + BEYOND)
            while size := fastq.read_text(memoryview(piece)[HEAD : HEAD + CHUNK]):
                yield piece, size
        else:
            yield from read_ahead(fastq)

    def _take(self, lane: Lane, piece: bytearray, held: bytes, size: int) -> bytes:
        """Take the whole records of what was held back and a piece; give what is left over."""
        begin = HEAD - len(held)
        piece[begin:HEAD] = held
        size += len(held)
        text, ends = address(piece) + begin, address(self._ends)
        records = self.kernel.find_lines(text, size, ends) // 4
        if not records:
            return self._held_back(lane, piece[begin : begin + size])
        if not lane.reads and not self.lanes:
            self.headers = illumina_names(bytes(piece[begin : begin + self._line_end(0)]))
        taken = self.kernel.sift_records(
            text,
            ends,
            records,
            self._rules.buffer_info()[0],
            self._rows.buffer_info()[0],
            self.tally.buffer_info()[0],
            self.lengths.buffer_info()[0],
            address(self._planes),
            address(self._keys),
        )
        if taken < records:
            raise SampleError(self._damage(lane, bytes(piece[begin : begin + size]), taken))
        lane.reads += records
        self.inserts.add(address(self._keys), self.tally[INSERTS])
        if self.tally[READS] >= self._rules[PHRED_UNTIL]:
            self._check_phred(lane.path)
        left = begin + self._line_end(4 * records - 1) + 1
        return self._held_back(lane, piece[left : begin + size])

    def _held_back(self, lane: Lane, text: bytearray) -> bytes:
        """Give the beginning of a record that goes on in the next piece; it must fit before it."""
        if len(text) >= HEAD:
            raise SampleError(
                f"{lane.path}, record {lane.reads + 1:,}: it is longer than {len(text):,} "
                "characters. These are not reads of small RNA: give another file."
            )
        return bytes(text)

    def _line_end(self, line: int) -> int:
        return int.from_bytes(self._ends[4 * line : 4 * line + 4], "little")

    def _damage(self, lane: Lane, text: bytes, record: int) -> str:
        """Say what is wrong with a record of a text."""
        begin = self._line_end(4 * record - 1) + 1 if record else 0
        end = self._line_end(4 * record + 3)
        lines = [line.removesuffix(b"\r") for line in text[begin:end].split(b"\n")]
        number = lane.reads + record + 1
        return record_damage(lane.path, self.tally[ERROR], number, lines, self.rules.read_limit)

    def _check_phred(self, path: Path) -> None:
        """Refuse qualities of the old Illumina scale: none below ';', and some above 'K'.

        Phred+33 stays at or below 'K' (Phred 42) on Illumina machines; a file whose qualities are
        all high or all the same, such as SRA Lite, has none below ';' either.
        """
        if self.tally[QUALITY_BELOW_PHRED64] == 0 and self.tally[QUALITY_ABOVE_PHRED33] > 0:
            raise SampleError(
                f"{path}: the base qualities are written as Phred+64 (Illumina before 1.8): none "
                "is below ';' and some are above 'K'. Convert them to Phred+33, for example with "
                "`seqtk seq -VQ64`."
            )

    def summary(self) -> dict[str, Any]:
        """Tell what became of the reads."""
        lengths = {str(length): count for length, count in enumerate(self.lengths) if count}
        with_adapter = sum(self.lengths)
        reads = self.tally[READS]
        return {
            "fastq": [lane.told() for lane in self.lanes],
            "reads_in": reads,
            "fates": {fate: self.tally[place] for place, fate in enumerate(FATES)},
            "adapter_share": with_adapter / reads if reads and self.protocol.adapter3 else None,
            "insert_lengths": lengths,
            "q30_share": self.tally[BASES_Q30] / max(self.tally[BASES], 1),
            "read_length": {
                "min": self.tally[SHORTEST_READ] if reads else 0,
                "max": self.tally[LONGEST_READ],
            },
            "headers": self.headers,
        }


def trim(
    fastq: Sequence[Path],
    protocol: Protocol,
    *,
    sample: str,
    on_bad_sample: str = "continue",
    threads: int = 1,
    **rules: Any,
) -> tuple[dict[str, Any], InsertCounts]:
    """Trim and collapse one library.

    Parameters
    ----------
    fastq
        Its FASTQ files; several lanes are one library.
    protocol
        How the library was made.
    sample
        Name of the library.
    on_bad_sample
        `continue`: a damaged library becomes an empty one with status `failed` and the reason;
        `stop`: it raises.
    threads
        With 2, one decompresses while the other looks at the reads.
    **rules
        Fields of `TrimmingRules`.

    Returns
    -------
    summary, inserts
        What became of the reads, and the inserts that were kept, counted.

    Raises
    ------
    SampleError
        If the library is damaged and `on_bad_sample` is `stop`.
    UserError
        If the rules or the protocol ask for what is not possible.
    """
    library = Library(protocol, TrimmingRules(**rules), load_kernel(), threads)
    told: dict[str, Any] = {"sample": sample, "status": "ok", "reason": ""}
    told |= {"protocol": protocol.name, "adapter": protocol.adapter3}
    try:
        for path in fastq:
            library.read(Path(path))
        told |= library.summary()
    except SampleError as error:
        if on_bad_sample == "stop":
            raise
        return leave_out(fastq, protocol, str(error), sample=sample, **rules)
    return told, library.inserts


def leave_out(
    fastq: Sequence[Path], protocol: Protocol, reason: str, *, sample: str, **rules: Any
) -> tuple[dict[str, Any], InsertCounts]:
    """Make an empty library of one that cannot be used, with status `failed` and the reason."""
    library = Library(protocol, TrimmingRules(**rules), load_kernel())
    told = {
        "sample": sample,
        "protocol": protocol.name,
        "adapter": protocol.adapter3,
        **library.summary(),
        "status": "failed",
        "reason": reason,
        "fastq": [stored(Path(path)) for path in fastq],
        "read_length": {"min": 0, "max": 0},
    }
    return told, library.inserts


def stored(path: Path) -> dict[str, Any]:
    """Tell which file it is that could not be read as FASTQ."""
    lane = Lane(path)
    try:
        with path.open("rb") as content:
            lane.sha256 = hashlib.file_digest(content, "sha256").hexdigest()
            lane.bytes_read = content.tell()
    except OSError:
        pass
    return lane.told()
