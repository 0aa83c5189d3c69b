# mypy: ignore-errors
"""The table of inserts: counting by open addressing, ranking by radix sort.

An entry is four words: the insert as `exosift.kernel.reads` packs it, and one that holds its
length, its UMI where the protocol has one, and the count. An entry whose last word is 0 is free.
"""

import numpy as np
from numba import njit, types

from exosift.kernel.layout import COUNT_SHIFT, ENTRY_WORDS, INSERT_WORDS, LENGTH_SIZE, UNIQUES
from exosift.kernel.words import (
    EVERY,
    INTEGERS,
    ONE,
    SHORT_INTEGERS,
    WORDS,
    ZERO,
    prefetch,
)

LENGTH_BITS = np.uint64(0xFF)
ONE_COUNT = np.uint64(1 << COUNT_SHIFT)
KEY_BITS = np.uint64((1 << COUNT_SHIFT) - 1)
PREFETCH_DISTANCE = 12


@njit
def slot_of(low, high, unknown, key, last_slot):
    """Choose the first slot to try for an insert."""
    mixed = low * np.uint64(0x9E3779B97F4A7C15) ^ high * np.uint64(0xC2B2AE3D27D4EB4F)
    mixed ^= (unknown + key) * np.uint64(0x165667B19E3779F9)
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
        key = keys[4 * index + 3]
        slot = slot_of(low, high, unknown, key, last_slot)
        while True:
            entry = ENTRY_WORDS * slot
            counted = table[entry + 3]
            if counted == ZERO:
                table[entry] = low
                table[entry + 1] = high
                table[entry + 2] = unknown
                table[entry + 3] = ONE_COUNT | key
                tally[UNIQUES] += 1
                break
            if (
                table[entry] == low
                and table[entry + 1] == high
                and table[entry + 2] == unknown
                and counted & KEY_BITS == key
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
            old[source + 3] & KEY_BITS,
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
def sort_by_digit(table, number, word, shift, mask, invert, order, other, tallies):
    """Sort by up to 16 bits of one word, stably, from `order` to `other`; 0 if all bits agree."""
    move = np.uint64(shift)
    bits = np.uint64(mask)
    for digit in range(65536):
        tallies[digit] = 0
    for index in range(number):
        value = table[ENTRY_WORDS * index + word] ^ invert
        tallies[np.int64((value >> move) & bits)] += 1
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
        digit = np.int64((value >> move) & bits)
        other[tallies[digit]] = entry
        tallies[digit] += 1
    return 1


def rank_inserts(table, slots, order, other, tallies, by_count):
    """Order all entries; give where the order is: 0 in `order`, 1 in `other`.

    By count, the largest first, then by sequence; or, if not `by_count`, by sequence and then by
    UMI. Afterwards the entries stand at the front of the table, spelled as `line_up` says. A radix
    sort, the least digit first: UMI, length, sequence, count.
    """
    number = line_up(table, slots)
    for index in range(number):
        order[index] = index
    swapped = 0
    for step in range(17):
        word = 3
        shift = LENGTH_SIZE + 16 * step
        mask = 0xFFFF if step == 0 else 0x1FF
        invert = ZERO
        if step == 2:
            shift = 0
            mask = 0xFF
        elif step > 14:
            if by_count == 0:
                break
            shift = COUNT_SHIFT + 16 * (step - 15)
            mask = 0xFFFF
            invert = EVERY
        elif step > 2:
            word = 2 - (step - 3) // 4
            shift = 16 * ((step - 3) % 4)
            mask = 0xFFFF
        if swapped == 0:
            swapped ^= sort_by_digit(
                table, number, word, shift, mask, invert, order, other, tallies
            )
        else:
            swapped ^= sort_by_digit(
                table, number, word, shift, mask, invert, other, order, tallies
            )
    return swapped


def copy_inserts(table, order, number, inserts, umis):
    """Copy the ranked entries: planes, count and length to `inserts`, UMIs (-1: none) to `umis`."""
    for index in range(number):
        entry = ENTRY_WORDS * order[index]
        last = table[entry + 3]
        length = np.int64(last & LENGTH_BITS)
        low = ZERO
        high = ZERO
        unknown = ZERO
        for base in range(length):
            spelled = (table[entry + base // 21] >> np.uint64(60 - 3 * (base % 21))) & np.uint64(7)
            shift = np.uint64(base)
            if spelled == np.uint64(3):
                unknown |= ONE << shift
            elif spelled == np.uint64(4):
                low |= ONE << shift
                high |= ONE << shift
            else:
                low |= (spelled & ONE) << shift
                high |= (spelled >> ONE) << shift
        goal = INSERT_WORDS * index
        inserts[goal] = low
        inserts[goal + 1] = high
        inserts[goal + 2] = unknown
        inserts[goal + 3] = last >> np.uint64(COUNT_SHIFT) << np.uint64(8) | np.uint64(length)
        umis[index] = np.int64((last & KEY_BITS) >> np.uint64(LENGTH_SIZE))
    return number


ENTRANCES = {
    "count_inserts": (count_inserts, (WORDS, types.int64, WORDS, types.int64, INTEGERS)),
    "move_inserts": (move_inserts, (WORDS, types.int64, WORDS, types.int64)),
    "rank_inserts": (
        rank_inserts,
        (WORDS, types.int64, SHORT_INTEGERS, SHORT_INTEGERS, INTEGERS, types.int64),
    ),
    "copy_inserts": (
        copy_inserts,
        (WORDS, SHORT_INTEGERS, types.int64, WORDS, SHORT_INTEGERS),
    ),
}
"""What Python may call, and the kinds of its arguments."""
