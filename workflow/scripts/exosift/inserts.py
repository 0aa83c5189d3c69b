"""Unique inserts and their counts: a hash table outside of Python, ranked at the end.

Memory grows with the number of unique inserts, not with that of reads: 32 bytes a slot, at most
two thirds of the slots in use, doubled when they fill.
"""

import contextlib
import ctypes
import mmap
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from exosift.kernel import Kernel
from exosift.kernel.layout import ENTRY_WORDS, INSERT_WORDS, LONGEST_INSERT, TALLY, UNIQUES

WORD = 8
FIRST_SLOTS = 1 << 17
SPELLED_AT_ONCE = 1 << 15


@dataclass
class UniqueInserts:
    """The unique inserts of a library, the most frequent first, then by sequence.

    Attributes
    ----------
    words
        (inserts, 4), uint64: three planes of bits, bit i for base i (`low` and `high` are the two
        bits of A 0, C 1, G 2, T 3; `unknown` marks an N), and count * 256 + length.
    """

    words: np.ndarray
    kernel: Kernel

    def __len__(self) -> int:
        """Give the number of unique inserts."""
        return len(self.words)

    @property
    def lengths(self) -> np.ndarray:
        """Lengths in nt, int64."""
        return (self.words[:, 3] & np.uint64(0xFF)).astype(np.int64)

    @property
    def reads(self) -> np.ndarray:
        """How often each was sequenced (or, with UMIs, its number of molecules), int64."""
        return (self.words[:, 3] >> np.uint64(8)).astype(np.int64)

    @property
    def gc_share(self) -> float | None:
        """Share of G and C among the bases of all reads that are known; None without a base."""
        low, high, unknown = (self.words[:, plane] for plane in range(3))
        gc = np.bitwise_count((low ^ high) & ~unknown)  # of the four, C and G differ in their bits
        known = self.lengths - np.bitwise_count(unknown)
        bases = int(known @ self.reads)
        return int(gc.astype(np.int64) @ self.reads) / bases if bases else None

    def sequences(self, which: np.ndarray | None = None) -> list[str]:
        """Spell inserts, all or those numbered in `which`, in the letters ACGTN."""
        which = np.arange(len(self)) if which is None else which
        numbers = np.ascontiguousarray(which, np.int32)
        text = np.empty(SPELLED_AT_ONCE * (LONGEST_INSERT + 1), np.uint8)
        spelled: list[str] = []
        for first in range(0, len(numbers), SPELLED_AT_ONCE):
            stop = min(first + SPELLED_AT_ONCE, len(numbers))
            size = self.kernel.write_sequences(
                place_of(numbers), first, stop, place_of(self.words), place_of(text)
            )
            spelled += text[:size].tobytes().decode("ascii").split()
        return spelled

    def other_strand(self) -> "UniqueInserts":
        """Give the reverse complements of the inserts, in the same order."""
        lengths = self.lengths
        base = lengths[:, None] - 1 - np.arange(64)
        inside = base >= 0
        words = self.words.copy()
        for plane in range(3):
            bits = np.unpackbits(
                self.words[:, plane].astype("<u8")[:, None].view(np.uint8),
                axis=1,
                bitorder="little",
            )
            turned = np.take_along_axis(bits, np.maximum(base, 0), axis=1)
            # A and T, C and G differ in both bits; what is unknown stays so.
            turned = (turned ^ (plane < 2)) & inside
            packed = np.packbits(turned.astype(np.uint8), axis=1, bitorder="little")
            words[:, plane] = packed.view("<u8")[:, 0]
        words[:, :2] &= ~words[:, 2:3]
        return UniqueInserts(words, self.kernel)

    @classmethod
    def of(cls, counted: Sequence[tuple[str, int]], kernel: Kernel) -> "UniqueInserts":
        """Make them from sequences and counts, in the order given."""
        words = np.zeros((len(counted), INSERT_WORDS), np.uint64)
        for row, (sequence, reads) in enumerate(counted):
            planes = [
                sum(1 << base for base, letter in enumerate(sequence) if letter in letters)
                for letters in ("CT", "GT", "N")
            ]
            words[row] = [*planes, reads << 8 | len(sequence)]
        return cls(words, kernel)


@dataclass
class Pairs:
    """How often each insert was seen with each UMI, by sequence and then by UMI.

    Attributes
    ----------
    words
        (pairs, 4) as in `UniqueInserts`.
    umis
        (pairs,), int64, two bits a base (A 0, C 1, G 2, T 3), the first base uppermost; -1 where
        the read held no whole UMI.
    """

    words: np.ndarray
    umis: np.ndarray

    @property
    def inserts(self) -> np.ndarray:
        """Number of the insert of each pair, from 0, in the order of the sequences."""
        lengths = self.words[:, 3] & np.uint64(0xFF)
        new = np.any(self.words[1:, :3] != self.words[:-1, :3], axis=1)
        new |= lengths[1:] != lengths[:-1]
        return np.concatenate([np.zeros(min(len(self.words), 1), np.int64), np.cumsum(new)])


class InsertCounts:
    """How often each insert of a library was seen, with each UMI if there are any.

    Parameters
    ----------
    kernel
        The compiled functions that fill, enlarge and rank the table.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._slots = FIRST_SLOTS
        self._table = memory(FIRST_SLOTS * ENTRY_WORDS * WORD)
        self._tally = array("q", bytes(WORD * TALLY))

    def __len__(self) -> int:
        """Give the number of unique inserts, or of pairs of insert and UMI."""
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

    def ranked(self) -> UniqueInserts:
        """Give the unique inserts; this ends counting."""
        words, _ = self._copied(by_count=True)
        return UniqueInserts(words, self._kernel)

    def pairs(self, umi_length: int) -> Pairs:
        """Give the pairs of insert and UMI; this ends counting."""
        words, umis = self._copied(by_count=False)
        umis = umis.astype(np.int64)
        return Pairs(words, np.where(umis > 0, umis - 4**umi_length, -1))

    def _copied(self, by_count: bool) -> tuple[np.ndarray, np.ndarray]:
        number = len(self)
        order, other = (np.empty(max(number, 1), np.int32) for _ in range(2))
        digits = np.empty(1 << 16, np.int64)
        table = address(self._table)
        if self._kernel.rank_inserts(
            table, self._slots, place_of(order), place_of(other), place_of(digits), int(by_count)
        ):
            order = other
        words = np.empty((number, INSERT_WORDS), np.uint64)
        umis = np.empty(number, np.int32)
        self._kernel.copy_inserts(table, place_of(order), number, place_of(words), place_of(umis))
        self._table = memory(mmap.PAGESIZE)
        return words, umis


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


def place_of(values: np.ndarray) -> int:
    """Give the address of an array's values, which must be contiguous and outlive its use."""
    assert values.flags.c_contiguous
    return int(values.__array_interface__["data"][0])
