"""Unique inserts and their counts: a hash table outside of Python, ranked and written at the end.

Memory grows with the number of unique inserts, not with that of reads: 32 bytes a slot, at most
two thirds of the slots in use, doubled when they fill.
"""

import contextlib
import ctypes
import mmap
from array import array
from collections.abc import Iterator
from pathlib import Path

from isal import igzip

from exosift.files import replacing
from exosift.kernel import Kernel
from exosift.kernel.layout import ENTRY_WORDS, LONGEST_INSERT, TALLY, UNIQUES

WORD = 8
FIRST_SLOTS = 1 << 17
WRITTEN_AT_ONCE = 1 << 15
# ">" rank "_x" count "\n" sequence "\n", with numbers of up to 19 digits
LONGEST_RECORD = 1 + 19 + 2 + 19 + 1 + LONGEST_INSERT + 1


class InsertCounts:
    """How often each insert of a library was seen.

    Parameters
    ----------
    kernel
        The compiled functions that fill, enlarge, rank and write the table.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._slots = FIRST_SLOTS
        self._table = memory(FIRST_SLOTS * ENTRY_WORDS * WORD)
        self._tally = array("q", bytes(WORD * TALLY))

    def __len__(self) -> int:
        """Give the number of unique inserts."""
        return self._tally[UNIQUES]

    def add(self, keys: int, number: int) -> None:
        """Count the inserts whose keys stand at an address."""
        while 3 * (len(self) + number) > 2 * self._slots:
            self._grow()
        self._kernel.count_inserts(
            keys, number, address(self._table), self._slots - 1, self._tally.buffer_info()[0]
        )

    def _grow(self) -> None:
        slots = 2 * self._slots
        table = memory(slots * ENTRY_WORDS * WORD)
        self._kernel.move_inserts(address(self._table), self._slots, address(table), slots - 1)
        self._table, self._slots = table, slots

    def write(self, path: Path) -> None:
        """Write all inserts as compressed FASTA, by count and then by sequence; this ends counting.

        The bytes depend on the inserts and their counts only.
        """
        with (
            replacing(path) as part,
            part.open("wb") as stored,
            # No name and no time go into the header, so that equal libraries are equal files.
            igzip.IGzipFile("", "wb", 1, stored, mtime=0) as compressed,
        ):
            for text in self._ranked():
                compressed.write(text)

    def _ranked(self) -> Iterator[memoryview]:
        """Give the FASTA text piece by piece."""
        number = len(self)
        order, other = (memory(max(4 * number, 1)) for _ in range(2))
        digits = memory((1 << 16) * WORD)
        table = address(self._table)
        if self._kernel.rank_inserts(
            table, self._slots, address(order), address(other), address(digits)
        ):
            order = other
        text = bytearray(min(WRITTEN_AT_ONCE, max(number, 1)) * LONGEST_RECORD)
        for first in range(0, number, WRITTEN_AT_ONCE):
            stop = min(first + WRITTEN_AT_ONCE, number)
            size = self._kernel.write_fasta(table, address(order), first, stop, address(text))
            yield memoryview(text)[:size]


def memory(size: int) -> mmap.mmap:
    """Ask for memory that is zero, and that goes back to the system when it is dropped."""
    given = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with contextlib.suppress(OSError):  # large pages save look-ups; a kernel may have none
            given.madvise(mmap.MADV_HUGEPAGE)
    return given


def address(buffer: mmap.mmap | bytearray) -> int:
    """Give the address of a buffer, which stays valid as long as the buffer lives unresized."""
    return ctypes.addressof(ctypes.c_char.from_buffer(buffer))


def read_inserts(path: Path) -> Iterator[tuple[str, int]]:
    """Read the unique inserts of a library, in the order of the file.

    Parameters
    ----------
    path
        `trimmed/{sample}.fa.gz`.

    Yields
    ------
    tuple of str and int
        Sequence (letters ACGTN) and number of reads.
    """
    with igzip.open(path, "rt", encoding="ascii") as lines:
        for name in lines:
            yield next(lines).rstrip("\n"), int(name.rpartition("_x")[2])
