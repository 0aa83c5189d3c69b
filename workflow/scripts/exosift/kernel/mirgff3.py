# mypy: ignore-errors
"""Lines of mirGFF3: the numbers of isomiRs between pieces of text that many lines share."""

import numpy as np
from numba import njit, types

from exosift.kernel.layout import (
    INSERT_WORDS,
    LINE_END,
    LINE_HAIRPIN,
    LINE_HAIRPIN_STOP,
    LINE_HITS,
    LINE_INSERT,
    LINE_KIND,
    LINE_NAME,
    LINE_PLACE,
    LINE_READS,
    LINE_SNV,
    LINE_START,
    LINE_VARIANT,
    LINE_WORDS,
    PIECE_CIGAR,
    PIECE_END,
    PIECE_HITS,
    PIECE_NEXT,
    PIECE_READ,
    PIECE_READS,
    PIECE_UID,
)
from exosift.kernel.matching import base_at
from exosift.kernel.records import LENGTH_BITS, letter_at, write_number
from exosift.kernel.words import BYTES, INTEGERS, ONE, WORDS

BLOCK = 5
MATCH = 77
DASH = 45


@njit
def write_piece(pieces, ends, piece, text, place):
    """Copy a piece of text; give the place behind it."""
    begin = ends[piece - 1] if piece > 0 else np.int64(0)
    for at in range(begin, ends[piece]):
        text[place] = pieces[at]
        place += 1
    return place


@njit
def write_plate(low, high, length, digits, text, place):
    """Write the digits of a licence plate; give the place behind them.

    Five bases are a number to the base 4, the first base uppermost, with two digits to the base 32.
    A shorter end is counted on: all of one base, then all of two, three and four, without a leading
    zero.
    """
    base = 0
    while base < length:
        stop = min(base + BLOCK, length)
        number = 0
        shorter = 0
        for at in range(base, stop):
            shift = np.uint64(at)
            code = ((low >> shift) & ONE) + (((high >> shift) & ONE) << ONE)
            number = 4 * number + np.int64(code)
            if at > base:
                shorter = 4 * shorter + 4
        if stop - base < BLOCK:
            number += shorter
        if stop - base == BLOCK or number >= 32:
            text[place] = digits[number >> 5]
            place += 1
        text[place] = digits[number & 31]
        place += 1
        base = stop
    return place


@njit
def write_matches(number, text, place):
    """Write a run of matches; give the place behind it."""
    if number > 1:
        place = write_number(number, text, place)
    if number > 0:
        text[place] = MATCH
        place += 1
    return place


@njit
def write_cigar(line, lines, inserts, low, high, text, place):
    """Write an alignment, see `exosift.mirgff3`; give the place behind it."""
    insert = INSERT_WORDS * lines[line + LINE_INSERT]
    length = np.int64(inserts[insert + 3] & LENGTH_BITS)
    aligned = lines[line + LINE_END] - lines[line + LINE_START]
    snv = lines[line + LINE_SNV]
    there = lines[line + LINE_PLACE]
    done = 0
    for base in range(length):
        changed = base == snv
        if base >= aligned:
            shift = np.uint64(base)
            code = np.int64(
                ((inserts[insert] >> shift) & ONE) + (((inserts[insert + 1] >> shift) & ONE) << ONE)
            )
            outside = there + base >= lines[line + LINE_HAIRPIN_STOP]
            changed = outside or base_at(low, high, there + base) != code
        if changed:
            place = write_matches(base - done, text, place)
            text[place] = letter_at(inserts[insert], inserts[insert + 1], np.uint64(0), base)
            place += 1
            done = base + 1
    return write_matches(length - done, text, place)


def write_lines(lines, first, stop, inserts, low, high, pieces, ends, digits, text):
    """Write the lines `first` to `stop - 1` of mirGFF3; give the number of bytes.

    `lines` holds `LINE_WORDS` numbers a line. Piece p of `pieces` ends before `ends[p]`; the first
    ones stand in every line. `low` and `high` are the planes of the reference.
    """
    place = np.int64(0)
    for number in range(first, stop):
        line = LINE_WORDS * number
        insert = INSERT_WORDS * lines[line + LINE_INSERT]
        length = np.int64(inserts[insert + 3] & LENGTH_BITS)
        place = write_piece(pieces, ends, lines[line + LINE_HAIRPIN], text, place)
        place = write_piece(pieces, ends, lines[line + LINE_KIND], text, place)
        place = write_number(lines[line + LINE_START] + 1, text, place)
        place = write_piece(pieces, ends, PIECE_NEXT, text, place)
        place = write_number(lines[line + LINE_END], text, place)
        place = write_piece(pieces, ends, PIECE_READ, text, place)
        for base in range(length):
            text[place] = letter_at(inserts[insert], inserts[insert + 1], np.uint64(0), base)
            place += 1
        place = write_piece(pieces, ends, PIECE_UID, text, place)
        place = write_number(length, text, place)
        text[place] = DASH
        place = write_plate(inserts[insert], inserts[insert + 1], length, digits, text, place + 1)
        place = write_piece(pieces, ends, lines[line + LINE_NAME], text, place)
        place = write_piece(pieces, ends, lines[line + LINE_VARIANT], text, place)
        place = write_piece(pieces, ends, PIECE_CIGAR, text, place)
        place = write_cigar(line, lines, inserts, low, high, text, place)
        place = write_piece(pieces, ends, PIECE_READS, text, place)
        place = write_number(lines[line + LINE_READS], text, place)
        place = write_piece(pieces, ends, PIECE_HITS, text, place)
        place = write_number(lines[line + LINE_HITS], text, place)
        place = write_piece(pieces, ends, PIECE_END, text, place)
    return place


ENTRANCES = {
    "write_lines": (
        write_lines,
        (
            *(INTEGERS, types.int64, types.int64, WORDS, WORDS, WORDS),
            *(BYTES, INTEGERS, BYTES, BYTES),
        ),
    ),
}
"""What Python may call, and the kinds of its arguments."""
