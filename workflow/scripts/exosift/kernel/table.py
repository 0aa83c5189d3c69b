# mypy: ignore-errors
"""The table of inserts: counting by open addressing, ranking by radix sort, writing as FASTA.

An entry is four words: the insert as `exosift.kernel.reads` packs it, and count * 256 + length. An
entry whose last word is 0 is free.
"""

import numpy as np
from numba import njit, types

from exosift.kernel.layout import ENTRY_WORDS, UNIQUES
from exosift.kernel.words import (
    BYTES,
    EVERY,
    INTEGERS,
    ONE,
    SHORT_INTEGERS,
    WORDS,
    ZERO,
    prefetch,
)

LENGTH_BITS = np.uint64(0xFF)
ONE_COUNT = np.uint64(0x100)
LETTERS = np.uint64(0x544E474341)  # T, N, G, C and A, the first one lowest
PREFETCH_DISTANCE = 12


@njit
def slot_of(low, high, unknown, length, last_slot):
    """Choose the first slot to try for an insert."""
    mixed = low * np.uint64(0x9E3779B97F4A7C15) ^ high * np.uint64(0xC2B2AE3D27D4EB4F)
    mixed ^= (unknown + length) * np.uint64(0x165667B19E3779F9)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return np.int64((mixed >> np.uint64(32)) & np.uint64(last_slot))


def count_inserts(keys, number, table, last_slot, tally):
    """Count the inserts of a chunk in the hash table; `last_slot` is its size minus one."""
    for index in range(number):
        ahead = 4 * (index + PREFETCH_DISTANCE)
        if index + PREFETCH_DISTANCE < number:
            likely = slot_of(
                keys[ahead], keys[ahead + 1], keys[ahead + 2], keys[ahead + 3], last_slot
            )
            prefetch(table, ENTRY_WORDS * likely)
        low = keys[4 * index]
        high = keys[4 * index + 1]
        unknown = keys[4 * index + 2]
        length = keys[4 * index + 3]
        slot = slot_of(low, high, unknown, length, last_slot)
        while True:
            entry = ENTRY_WORDS * slot
            counted = table[entry + 3]
            if counted == ZERO:
                table[entry] = low
                table[entry + 1] = high
                table[entry + 2] = unknown
                table[entry + 3] = ONE_COUNT | length
                tally[UNIQUES] += 1
                break
            if (
                table[entry] == low
                and table[entry + 1] == high
                and table[entry + 2] == unknown
                and counted & LENGTH_BITS == length
            ):
                table[entry + 3] = counted + ONE_COUNT
                break
            slot = (slot + 1) & last_slot
    return tally[UNIQUES]


def move_inserts(old, old_slots, table, last_slot):
    """Move all counts into a larger, empty table; give their number."""
    moved = 0
    for old_slot in range(old_slots):
        source = ENTRY_WORDS * old_slot
        if old[source + 3] == ZERO:
            continue
        slot = slot_of(
            old[source],
            old[source + 1],
            old[source + 2],
            old[source + 3] & LENGTH_BITS,
            last_slot,
        )
        while table[ENTRY_WORDS * slot + 3] != ZERO:
            slot = (slot + 1) & last_slot
        for word in range(ENTRY_WORDS):
            table[ENTRY_WORDS * slot + word] = old[source + word]
        moved += 1
    return moved


@njit
def line_up(table, slots):
    """Move all entries to the front of the table and write their keys as words to sort by.

    A word holds 21 bases of 3 bits, the first base uppermost: A 0, C 1, G 2, N 3, T 4, the order of
    the letters. What lies behind the end is 0, so that the length decides where all words agree.
    """
    number = 0
    for slot in range(slots):
        source = ENTRY_WORDS * slot
        counted = table[source + 3]
        if counted == ZERO:
            continue
        low = table[source]
        high = table[source + 1]
        unknown = table[source + 2]
        goal = ENTRY_WORDS * number
        length = np.int64(counted & LENGTH_BITS)
        for word in range(3):
            spelled = ZERO
            if 21 * word >= length:
                table[goal + word] = ZERO
                continue
            for base in range(21 * word, 21 * word + 21):
                shift = np.uint64(base)
                both = ((high & low) >> shift) & ONE
                spelled = (
                    (spelled << np.uint64(3))
                    + ((low >> shift) & ONE)
                    + (((high >> shift) & ONE) << ONE)
                    + both
                    + ((unknown >> shift) & ONE) * np.uint64(3)
                )
            table[goal + word] = spelled
        table[goal + 3] = counted
        number += 1
    return number


@njit
def sort_by_digit(table, number, word, shift, invert, order, other, tallies):
    """Sort by 16 bits of one word, stably, from `order` into `other`; 0 if all bits agree."""
    move = np.uint64(shift)
    for digit in range(65536):
        tallies[digit] = 0
    for index in range(number):
        value = table[ENTRY_WORDS * index + word] ^ invert
        tallies[np.int64((value >> move) & np.uint64(0xFFFF))] += 1
    place = 0
    for digit in range(65536):
        held = tallies[digit]
        if held == number:
            return 0
        tallies[digit] = place
        place += held
    for index in range(number):
        entry = order[index]
        value = table[ENTRY_WORDS * entry + word] ^ invert
        digit = np.int64((value >> move) & np.uint64(0xFFFF))
        other[tallies[digit]] = entry
        tallies[digit] += 1
    return 1


def rank_inserts(table, slots, order, other, tallies):
    """Order all inserts by count, the largest first, then by sequence; give where the order is.

    0: in `order`, 1: in `other`. Afterwards the entries stand at the front of the table, spelled
    as `line_up` says. A radix sort, the least digit first: length, sequence, count.
    """
    number = line_up(table, slots)
    for index in range(number):
        order[index] = index
    swapped = 0
    for step in range(16):
        # The first digit is the length; that bits of the count stand beside it does no harm, for
        # the count is sorted by again. Words are taken last to first, and the count at the end.
        word = 3
        shift = 0
        invert = ZERO
        if step > 12:
            shift = 16 * (step - 13) + 8
            invert = EVERY
        elif step > 0:
            word = 2 - (step - 1) // 4
            shift = 16 * ((step - 1) % 4)
        if swapped == 0:
            swapped ^= sort_by_digit(table, number, word, shift, invert, order, other, tallies)
        else:
            swapped ^= sort_by_digit(table, number, word, shift, invert, other, order, tallies)
    return swapped


@njit
def write_number(number, text, place):
    """Write a number in decimal digits; give the place behind it."""
    digits = 1
    rest = number // 10
    while rest > 0:
        digits += 1
        rest //= 10
    end = place + digits
    rest = number
    for back in range(digits):
        text[end - 1 - back] = 48 + rest % 10
        rest //= 10
    return end


def write_fasta(table, order, first, stop, text):
    """Write the ranked inserts first to stop - 1 as FASTA records; give the length of the text."""
    place = 0
    for index in range(first, stop):
        entry = ENTRY_WORDS * order[index]
        counted = table[entry + 3]
        text[place] = 62
        place = write_number(index + 1, text, place + 1)
        text[place] = 95
        text[place + 1] = 120
        place = write_number(np.int64(counted >> np.uint64(8)), text, place + 2)
        text[place] = 10
        place += 1
        for base in range(np.int64(counted & LENGTH_BITS)):
            spelled = table[entry + base // 21] >> np.uint64(60 - 3 * (base % 21))
            letter = (LETTERS >> (spelled & np.uint64(7)) * np.uint64(8)) & np.uint64(0xFF)
            text[place] = letter
            place += 1
        text[place] = 10
        place += 1
    return place


ENTRANCES = {
    "count_inserts": (count_inserts, (WORDS, types.int64, WORDS, types.int64, INTEGERS)),
    "move_inserts": (move_inserts, (WORDS, types.int64, WORDS, types.int64)),
    "rank_inserts": (
        rank_inserts,
        (WORDS, types.int64, SHORT_INTEGERS, SHORT_INTEGERS, INTEGERS),
    ),
    "write_fasta": (write_fasta, (WORDS, SHORT_INTEGERS, types.int64, types.int64, BYTES)),
}
"""What Python may call, and the kinds of its arguments."""
