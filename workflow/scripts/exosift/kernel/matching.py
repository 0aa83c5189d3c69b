# mypy: ignore-errors
"""The index of the reference, and the match of inserts against it.

The reference is one line of bases in three planes: `low` and `high` hold the two bits of a base
(A 0, C 1, G 2, T 3), and `blocked` says where nothing may align: at ambiguous bases and between
transcripts. The index lists, for each word of K bases, the places where it stands. With at most one
mismatch, one of two halves of an insert stands unchanged in the reference, so its places are all
that need to be looked at, 64 bases at a time.
"""

import numpy as np
from numba import njit, types

from exosift.kernel.layout import (
    EVERY_READING,
    HIT_ALIGNED,
    HIT_INSERT,
    HIT_MISMATCH,
    HIT_POSITION,
    HIT_WORDS,
    HITS,
    INSERT_WORDS,
    LONGEST_TAIL,
    MISMATCHES,
    SHORTEST_EXACT,
    SHORTEST_MISMATCHED,
    WORD_BASES,
)
from exosift.kernel.words import (
    INTEGERS,
    ONE,
    SHORT_INTEGERS,
    WORDS,
    ZERO,
    first_bit,
    first_bits,
    set_bits,
    word_at,
)

NO_RANK = 99


@njit
def base_at(low, high, place):
    """Read one base from two planes, as a number from 0 to 3."""
    word = place >> 6
    shift = np.uint64(place & 63)
    return np.int64(((low[word] >> shift) & ONE) + (((high[word] >> shift) & ONE) << ONE))


@njit
def bit_at(plane, place):
    """Read one bit of a plane."""
    return (plane[place >> 6] >> np.uint64(place & 63)) & ONE


def index_places(low, high, blocked, size, word_bases, offsets, places):
    """List where each word stands: word w at places[offsets[w]] to places[offsets[w + 1] - 1].

    Every place that is not blocked is listed, also where fewer bases follow than a word has: what
    is missing counts as A, so that the beginning of the word is found there. `offsets` begins as
    zeros. Gives the number of places.
    """
    words = np.int64(1) << (2 * word_bases)
    mask = words - 1
    for turn in range(2):
        word = np.int64(0)
        for place in range(size + word_bases - 1):
            word = (word << 2) & mask
            if place < size and bit_at(blocked, place) == ZERO:
                word |= base_at(low, high, place)
            start = place - word_bases + 1
            if start < 0 or bit_at(blocked, start) != ZERO:
                continue
            if turn == 0:
                offsets[word + 1] += 1
            else:
                places[offsets[word]] = start
                offsets[word] += 1
        if turn == 0:
            for word in range(words):
                offsets[word + 1] += offsets[word]
    # Filling moved each offset to the beginning of the next word.
    for word in range(words, 0, -1):
        offsets[word] = offsets[word - 1]
    offsets[0] = 0
    return offsets[words]


@njit
def judge(unlike, barred, length, rules):
    """Rank an alignment; smaller is better. Gives rank, aligned bases and place of the mismatch.

    An exact alignment comes first, then one whose only mismatch is near the 3' end, which is read
    as the beginning of a tail, then one with its mismatch elsewhere. Then come those that need
    their last bases taken off: fewest mismatches first, then the shortest tail.
    """
    longest = rules[LONGEST_TAIL]
    allowed = rules[MISMATCHES]
    inside = first_bits(length)
    if barred & inside == ZERO:
        errors = set_bits(unlike & inside)
        if errors == 0:
            return 0, length, -1
        if errors == 1 and allowed > 0:
            place = first_bit(unlike & inside)
            if longest > 0 and place >= max(rules[SHORTEST_EXACT], length - longest):
                return 1, place, -1
            return 2, length, place
    best = NO_RANK
    aligned = 0
    mismatch = -1
    for tail in range(1, longest + 1):
        rest = length - tail
        if rest < rules[SHORTEST_EXACT]:
            break
        inside = first_bits(rest)
        if barred & inside != ZERO:
            continue
        errors = set_bits(unlike & inside)
        if errors == 0 and 2 + tail < best:
            return 2 + tail, rest, -1
        if errors != 1 or allowed == 0 or rest < rules[SHORTEST_MISMATCHED]:
            continue
        if 2 + longest + tail < best:
            best = 2 + longest + tail
            aligned = rest
            mismatch = first_bit(unlike & inside)
    return best, aligned, mismatch


@njit
def order_hits(hits, first, stop):
    """Sort the hits of one insert by their place (Shell's sort)."""
    gap = (stop - first) // 2
    while gap > 0:
        for index in range(first + gap, stop):
            other = index
            while other - gap >= first and (
                hits[HIT_WORDS * (other - gap) + HIT_POSITION]
                > hits[HIT_WORDS * other + HIT_POSITION]
            ):
                for word in range(HIT_WORDS):
                    held = hits[HIT_WORDS * other + word]
                    hits[HIT_WORDS * other + word] = hits[HIT_WORDS * (other - gap) + word]
                    hits[HIT_WORDS * (other - gap) + word] = held
                other -= gap
        gap //= 2


def match_inserts(
    inserts, first, stop, low, high, blocked, offsets, places, rules, hits, capacity, tally
):
    """Find all best alignments of the inserts `first` to `stop` - 1.

    With `rules[EVERY_READING]`, all alignments count as equally good, also those with a tail, a
    mismatch or both.
    Gives the number of the insert to go on with: `stop`, or the first one whose hits did not fit
    any more. `tally[HITS]` becomes the number of hits that were written.
    """
    word_bases = rules[WORD_BASES]
    number = 0
    for insert in range(first, stop):
        insert_low = inserts[INSERT_WORDS * insert]
        insert_high = inserts[INSERT_WORDS * insert + 1]
        unknown = inserts[INSERT_WORDS * insert + 2]
        length = np.int64(inserts[INSERT_WORDS * insert + 3] & np.uint64(0xFF))
        shortest = length
        if length > rules[SHORTEST_EXACT]:
            shortest = max(rules[SHORTEST_EXACT], length - rules[LONGEST_TAIL])
        seed_length = min(word_bases, shortest // 2)
        seed = first_bits(seed_length)
        surely = first_bits(shortest)
        best = NO_RANK - 1
        begin = number
        for half in range(2):
            seed_start = half * seed_length
            if (unknown >> np.uint64(seed_start)) & seed != ZERO:
                continue
            word = np.int64(0)
            for base in range(seed_start, seed_start + seed_length):
                shift = np.uint64(base)
                word = (word << 2) | np.int64(
                    ((insert_low >> shift) & ONE) + (((insert_high >> shift) & ONE) << ONE)
                )
            room = 2 * (word_bases - seed_length)
            for entry in range(offsets[word << room], offsets[(word + 1) << room]):
                position = places[entry] - seed_start
                if position < 0:
                    continue
                block = position >> 6
                shift = position & 63
                unlike = (
                    (word_at(low, block, shift) ^ insert_low)
                    | (word_at(high, block, shift) ^ insert_high)
                    | unknown
                )
                if set_bits(unlike & surely) > rules[MISMATCHES]:
                    continue
                if half == 1 and unlike & seed == ZERO:
                    continue  # found by its first half
                barred = word_at(blocked, block, shift)
                rank, aligned, mismatch = judge(unlike, barred, length, rules)
                if rules[EVERY_READING] > 0 and rank < NO_RANK:
                    rank = 0
                if rank > best:
                    continue
                if rank < best:
                    best = rank
                    number = begin
                if number == capacity:
                    tally[HITS] = begin
                    return insert
                hit = HIT_WORDS * number
                hits[hit + HIT_INSERT] = insert
                hits[hit + HIT_POSITION] = position
                hits[hit + HIT_ALIGNED] = aligned
                hits[hit + HIT_MISMATCH] = mismatch
                number += 1
        if number - begin > 1:
            order_hits(hits, begin, number)
    tally[HITS] = number
    return stop


ENTRANCES = {
    "index_places": (
        index_places,
        (WORDS, WORDS, WORDS, types.int64, types.int64, SHORT_INTEGERS, SHORT_INTEGERS),
    ),
    "match_inserts": (
        match_inserts,
        (
            *(WORDS, types.int64, types.int64, WORDS, WORDS, WORDS),
            *(SHORT_INTEGERS, SHORT_INTEGERS, INTEGERS, SHORT_INTEGERS, types.int64, INTEGERS),
        ),
    ),
}
"""What Python may call, and the kinds of its arguments."""
