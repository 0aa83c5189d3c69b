# mypy: ignore-errors
"""BAM records of matched and of unmatched inserts, and the letters of inserts.

The layout is that of the SAM specification, section 4.2; all numbers are little-endian.
"""

import numpy as np
from numba import njit, types

from exosift.kernel.layout import (
    HIT_ALIGNED,
    HIT_INSERT,
    HIT_MISMATCH,
    HIT_POSITION,
    HIT_WORDS,
    INSERT_WORDS,
)
from exosift.kernel.matching import base_at
from exosift.kernel.words import BYTES, ONE, SHORT_INTEGERS, WORDS, ZERO

LETTERS = np.uint64(0x54474341)  # T, G, C and A, the first one lowest
UNALIGNED = 4
SECONDARY = 256
LENGTH_BITS = np.uint64(0xFF)


@njit
def put(text, place, value, size):
    """Write a number of `size` bytes; give the place behind it."""
    for byte in range(size):
        text[place + byte] = (value >> (8 * byte)) & 255
    return place + size


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


@njit
def bin_of(begin, end):
    """Give the bin of the BAM index that holds an alignment (SAM specification, 5.3)."""
    last = end - 1
    if begin >> 14 == last >> 14:
        return 4681 + (begin >> 14)
    if begin >> 17 == last >> 17:
        return 585 + (begin >> 17)
    if begin >> 20 == last >> 20:
        return 73 + (begin >> 20)
    if begin >> 23 == last >> 23:
        return 9 + (begin >> 23)
    if begin >> 26 == last >> 26:
        return 1 + (begin >> 26)
    return 0


@njit
def letter_at(low, high, unknown, base):
    """Give the letter of one base of an insert."""
    shift = np.uint64(base)
    if (unknown >> shift) & ONE != ZERO:
        return 78
    code = ((low >> shift) & ONE) + (((high >> shift) & ONE) << ONE)
    return np.int64((LETTERS >> (code * np.uint64(8))) & LENGTH_BITS)


@njit
def nibble_at(low, high, unknown, base, length):
    """Give BAM's 4 bits of one base: A 1, C 2, G 4, T 8, N 15; 0 behind the end."""
    if base >= length:
        return 0
    shift = np.uint64(base)
    if (unknown >> shift) & ONE != ZERO:
        return 15
    code = np.int64(((low >> shift) & ONE) + (((high >> shift) & ONE) << ONE))
    return 1 << code


@njit
def write_beginning(
    inserts, insert, reference, position, quality, bin_, operations, flag, text, at
):
    """Write a record up to its name; give the place behind it."""
    counted = inserts[INSERT_WORDS * insert + 3]
    length = np.int64(counted & LENGTH_BITS)
    place = put(text, at + 4, reference, 4)
    place = put(text, place, position, 4)
    place = put(text, place + 1, quality, 1)
    place = put(text, place, bin_, 2)
    place = put(text, place, operations, 2)
    place = put(text, place, flag, 2)
    place = put(text, place, length, 4)
    place = put(text, place, -1, 4)
    place = put(text, place, -1, 4)
    name = put(text, place, 0, 4)
    place = write_number(insert + 1, text, name)
    text[place] = 95
    text[place + 1] = 120
    place = write_number(np.int64(counted >> np.uint64(8)), text, place + 2)
    text[place] = 0
    text[at + 12] = place + 1 - name
    return place + 1


@njit
def write_bases(inserts, insert, text, place):
    """Write the bases and their qualities, which are not known; give the place behind them."""
    low = inserts[INSERT_WORDS * insert]
    high = inserts[INSERT_WORDS * insert + 1]
    unknown = inserts[INSERT_WORDS * insert + 2]
    length = np.int64(inserts[INSERT_WORDS * insert + 3] & LENGTH_BITS)
    for pair in range((length + 1) // 2):
        first = nibble_at(low, high, unknown, 2 * pair, length)
        second = nibble_at(low, high, unknown, 2 * pair + 1, length)
        text[place] = first << 4 | second
        place += 1
    for _ in range(length):
        text[place] = 255
        place += 1
    return place


@njit
def write_tag(text, place, first, second, value):
    """Write a tag with a whole number; give the place behind it."""
    text[place] = first
    text[place + 1] = second
    if value < 256:
        text[place + 2] = 67  # C
        return put(text, place + 3, value, 1)
    text[place + 2] = 73  # I
    return put(text, place + 3, value, 4)


def write_records(
    hits, order, first, stop, hit_first, transcripts, starts, inserts, low, high, text
):
    """Write the records of the hits `order[first]` to `order[stop - 1]`; give their length."""
    at = 0
    for index in range(first, stop):
        number = order[index]
        hit = HIT_WORDS * number
        insert = np.int64(hits[hit + HIT_INSERT])
        aligned = np.int64(hits[hit + HIT_ALIGNED])
        mismatch = np.int64(hits[hit + HIT_MISMATCH])
        line_position = np.int64(hits[hit + HIT_POSITION])
        transcript = np.int64(transcripts[number])
        position = line_position - starts[transcript]
        length = np.int64(inserts[INSERT_WORDS * insert + 3] & LENGTH_BITS)
        found = hit_first[insert + 1] - hit_first[insert]
        flag = SECONDARY if number > hit_first[insert] else 0
        place = write_beginning(
            inserts,
            insert,
            transcript,
            position,
            255 if found == 1 else 0,
            bin_of(position, position + aligned),
            2 if aligned < length else 1,
            flag,
            text,
            at,
        )
        place = put(text, place, aligned << 4, 4)
        if aligned < length:
            place = put(text, place, (length - aligned) << 4 | 4, 4)
        place = write_bases(inserts, insert, text, place)
        place = write_tag(text, place, 78, 72, found)  # NH
        place = write_tag(text, place, 78, 77, 1 if mismatch >= 0 else 0)  # NM
        text[place] = 77  # MD
        text[place + 1] = 68
        text[place + 2] = 90
        place += 3
        if mismatch >= 0:
            place = write_number(mismatch, text, place)
            code = base_at(low, high, line_position + mismatch)
            text[place] = np.int64((LETTERS >> np.uint64(8 * code)) & LENGTH_BITS)
            place = write_number(aligned - mismatch - 1, text, place + 1)
        else:
            place = write_number(aligned, text, place)
        text[place] = 0
        put(text, at, place + 1 - at - 4, 4)
        at = place + 1
    return at


def write_unaligned(which, first, stop, inserts, text):
    """Write the records of the unaligned inserts `which[first]` to `which[stop - 1]`."""
    at = 0
    for index in range(first, stop):
        insert = np.int64(which[index])
        place = write_beginning(inserts, insert, -1, -1, 0, 4680, 0, UNALIGNED, text, at)
        place = write_bases(inserts, insert, text, place)
        put(text, at, place - at - 4, 4)
        at = place
    return at


def write_sequences(which, first, stop, inserts, text):
    """Write the bases of the inserts `which[first]` to `which[stop - 1]`, a line each."""
    place = 0
    for index in range(first, stop):
        insert = np.int64(which[index])
        low = inserts[INSERT_WORDS * insert]
        high = inserts[INSERT_WORDS * insert + 1]
        unknown = inserts[INSERT_WORDS * insert + 2]
        for base in range(np.int64(inserts[INSERT_WORDS * insert + 3] & LENGTH_BITS)):
            text[place] = letter_at(low, high, unknown, base)
            place += 1
        text[place] = 10
        place += 1
    return place


ENTRANCES = {
    "write_records": (
        write_records,
        (
            *(SHORT_INTEGERS, SHORT_INTEGERS, types.int64, types.int64),
            *(SHORT_INTEGERS, SHORT_INTEGERS, SHORT_INTEGERS, WORDS, WORDS, WORDS, BYTES),
        ),
    ),
    "write_unaligned": (
        write_unaligned,
        (SHORT_INTEGERS, types.int64, types.int64, WORDS, BYTES),
    ),
    "write_sequences": (
        write_sequences,
        (SHORT_INTEGERS, types.int64, types.int64, WORDS, BYTES),
    ),
}
"""What Python may call, and the kinds of its arguments."""
