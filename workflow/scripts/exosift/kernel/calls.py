# mypy: ignore-errors
"""From the hits of each insert to its class, and to what it is to the features of that class.

A call is one number, so that calls can be sorted and compared at once: from the top the class, the
feature, the kind (of tRNA fragment, or of isomiR, see `exosift.kernel.layout`), and the signed
shifts of both ends plus 128.
"""

import numpy as np
from numba import njit, types

from exosift.kernel.layout import (
    AMBIGUOUS,
    COST_3P,
    COST_5P,
    COST_MISMATCH,
    COST_TAIL,
    HAIRPIN_CLASS,
    HIT_ALIGNED,
    HIT_INSERT,
    HIT_MISMATCH,
    HIT_WORDS,
    INSERT_WORDS,
    KIND_MISMATCH,
    KIND_TAIL,
    KIND_TEMPLATE,
    LONGEST_READ_TAIL,
    MIRNA_CLASS,
    MISMATCHED,
    MRNA_CLASS,
    OVERLAP,
    SHIFT_3P,
    SHIFT_5P,
    TAILED,
    TAKE_MISMATCHED,
    WINDOW_WORDS,
)
from exosift.kernel.words import BYTES, INTEGERS, ONE, SHORT_INTEGERS, WORDS

LENGTH_BITS = np.uint64(0xFF)
CLASS_SHIFT = 56
FEATURE_SHIFT = 24
KIND_SHIFT = 16
NO_SHIFTS = (128 << 8) | 128
SPARED = 2  # nt that an isomiR of the shortest matures (16 nt) need not cover


@njit
def encode(rna, feature, kind, shifts):
    """Make a call of its parts."""
    return (
        np.int64(rna) << CLASS_SHIFT
        | np.int64(feature) << FEATURE_SHIFT
        | np.int64(kind) << KIND_SHIFT
        | np.int64(shifts)
    )


@njit
def cost_of(call):
    """Say how unlikely an isomiR is, by its ends, its tail and its mismatch."""
    shift_5p = ((call >> 8) & 255) - 128
    shift_3p = (call & 255) - 128
    cost = COST_5P * abs(shift_5p) + COST_3P * abs(shift_3p)
    kind = (call >> KIND_SHIFT) & 255
    if kind >= KIND_MISMATCH:
        return cost + COST_MISMATCH + COST_TAIL * (kind - KIND_MISMATCH)
    first = KIND_TAIL
    many = 4
    while kind >= first:
        cost += COST_TAIL
        first += many
        many *= 4
    return cost


@njit
def isomir_kind(inserts, hits, hit):
    """Say what of an insert its template does not explain: the sequence of its tail, a mismatch."""
    insert = np.int64(hits[HIT_WORDS * hit + HIT_INSERT])
    aligned = np.int64(hits[HIT_WORDS * hit + HIT_ALIGNED])
    length = np.int64(inserts[INSERT_WORDS * insert + 3] & LENGTH_BITS)
    tail = min(length - aligned, LONGEST_READ_TAIL)
    if hits[HIT_WORDS * hit + HIT_MISMATCH] >= 0:
        return KIND_MISMATCH + tail
    first = KIND_TEMPLATE
    sequence = 0
    for base in range(aligned, aligned + tail):
        first = 4 * first + 1
        shift = np.uint64(base)
        low = (inserts[INSERT_WORDS * insert] >> shift) & ONE
        high = (inserts[INSERT_WORDS * insert + 1] >> shift) & ONE
        sequence = 4 * sequence + np.int64(low) + 2 * np.int64(high)
    return first + sequence


@njit
def add_call(call, identity, hit, calls, call_hits, first, number):
    """Add a call in order; of those with one identity only the likeliest stays. Gives the number.

    `identity` is the number of lower bits that do not count: of one miRNA only one isomiR stays.
    """
    for index in range(first, number):
        if calls[index] >> identity != call >> identity:
            continue
        if cost_of(call) >= cost_of(calls[index]):
            return number
        calls[index] = call
        call_hits[index] = hit
        return number
    place = number
    while place > first and calls[place - 1] > call:
        calls[place] = calls[place - 1]
        call_hits[place] = call_hits[place - 1]
        place -= 1
    calls[place] = call
    call_hits[place] = hit
    return number + 1


def call_inserts(
    inserts,
    uniques,
    hits,
    number_of_hits,
    transcripts,
    starts,
    classes,
    features,
    window_first,
    windows,
    kinds,
    rules,
    call_first,
    calls,
    call_hits,
    flags,
    winners,
):
    """Give each insert with hits to one class, and write its calls; give the number of calls.

    A place on a hairpin that is no isomiR of a mature there is of the class of hairpins.
    `hits` are those of the matching; `transcripts`, `starts` (on the transcript) and `kinds` hold a
    number for each of them. Class, feature and windows belong to the transcripts. The calls of
    insert i are `calls[call_first[i]]` to `calls[call_first[i + 1] - 1]`, in order, and `call_hits`
    the first hit behind each. `winners` and `flags` begin as NO_CLASS and 0.
    """
    number = 0
    hit = 0
    insert = np.int64(0)
    while hit < number_of_hits:
        next_insert = np.int64(hits[HIT_WORDS * hit + HIT_INSERT])
        while insert <= next_insert:
            call_first[insert] = number
            insert += 1
        stop = hit
        seen = np.int64(0)
        while stop < number_of_hits and hits[HIT_WORDS * stop + HIT_INSERT] == next_insert:
            rna = np.int64(classes[transcripts[stop]])
            if rna == MIRNA_CLASS and not is_mature(
                hits, stop, transcripts, starts, window_first, windows, rules
            ):
                rna = HAIRPIN_CLASS
            seen |= np.int64(1) << rna
            stop += 1
        winner = np.int64(0)
        while (seen >> winner) & 1 == 0:
            winner += 1
        first = number
        for one in range(hit, stop):
            transcript = np.int64(transcripts[one])
            rna = np.int64(classes[transcript])
            if winner == MIRNA_CLASS:
                if rna == MIRNA_CLASS and not is_left_out(hits, one, rules):
                    start, end = span(hits, one, starts)
                    for window in range(window_first[transcript], window_first[transcript + 1]):
                        if fits(windows, window, start, end, rules):
                            shifts = ((start - windows[WINDOW_WORDS * window + 1] + 128) << 8) | (
                                end - windows[WINDOW_WORDS * window + 2] + 128
                            )
                            kind = isomir_kind(inserts, hits, one)
                            call = encode(winner, windows[WINDOW_WORDS * window], kind, shifts)
                            number = add_call(
                                call, FEATURE_SHIFT, one, calls, call_hits, first, number
                            )
            elif rna == winner or (rna == MIRNA_CLASS and winner == HAIRPIN_CLASS):
                call = encode(winner, features[transcript], kinds[one], NO_SHIFTS)
                number = add_call(call, KIND_SHIFT, one, calls, call_hits, first, number)
        winners[next_insert] = winner
        # A hairpin outside its matures is no rival, nor is the mRNA in whose exon a miRNA lies.
        others = seen & ~(np.int64(1) << winner)
        others &= ~(np.int64(1) << HAIRPIN_CLASS | np.int64(1) << MRNA_CLASS)
        length = np.int64(inserts[INSERT_WORDS * next_insert + 3] & LENGTH_BITS)
        flags[next_insert] = (
            (AMBIGUOUS if others != 0 else 0)
            | (MISMATCHED if hits[HIT_WORDS * hit + HIT_MISMATCH] >= 0 else 0)
            | (TAILED if hits[HIT_WORDS * hit + HIT_ALIGNED] < length else 0)
        )
        hit = stop
    while insert <= uniques:
        call_first[insert] = number
        insert += 1
    return number


@njit
def span(hits, hit, starts):
    """Give where on its transcript a hit begins and where its template ends."""
    start = np.int64(starts[hit])
    return start, start + hits[HIT_WORDS * hit + HIT_ALIGNED]


@njit
def fits(windows, window, start, end, rules):
    """Tell whether an alignment is an isomiR of the mature in a window."""
    begin = windows[WINDOW_WORDS * window + 1]
    stop = windows[WINDOW_WORDS * window + 2]
    return (
        abs(start - begin) <= rules[SHIFT_5P]
        and abs(end - stop) <= rules[SHIFT_3P]
        and min(end, stop) - max(start, begin) >= min(rules[OVERLAP], stop - begin - SPARED)
    )


@njit
def is_left_out(hits, hit, rules):
    """Tell whether a hit does not count because it has a mismatch."""
    return hits[HIT_WORDS * hit + HIT_MISMATCH] >= 0 and rules[TAKE_MISMATCHED] == 0


@njit
def is_mature(hits, hit, transcripts, starts, window_first, windows, rules):
    """Tell whether a hit on a hairpin is an isomiR of one of its matures."""
    if is_left_out(hits, hit, rules):
        return False
    transcript = np.int64(transcripts[hit])
    start, end = span(hits, hit, starts)
    for window in range(window_first[transcript], window_first[transcript + 1]):
        if fits(windows, window, start, end, rules):
            return True
    return False


ENTRANCES = {
    "call_inserts": (
        call_inserts,
        (
            *(WORDS, types.int64, SHORT_INTEGERS, types.int64),
            *(SHORT_INTEGERS, SHORT_INTEGERS, BYTES, SHORT_INTEGERS),
            *(SHORT_INTEGERS, SHORT_INTEGERS, BYTES, INTEGERS),
            *(SHORT_INTEGERS, INTEGERS, SHORT_INTEGERS, BYTES, BYTES),
        ),
    ),
}
"""What Python may call, and the kinds of its arguments."""
