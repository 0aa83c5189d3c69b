"""The inner loop of trimming: from decompressed text to unique inserts with counts.

These functions are compiled to machine code by `exosift.kernel`, once, at set-up; nothing else
imports this module, because numba alone takes longer to import than a small library to trim. They
see raw memory only: addresses of buffers that `exosift.fastq` and `exosift.trimming` own.

A read is looked at 64 bases at a time. Each of A, C, G and T has a word in which bit i says that
base i of the read is *unlike* it, so that one shift and one addition in carry-save form compare one
adapter base with 64 positions of the read at once. An insert is three such words (`low`, `high`,
`unknown`), which is at the same time its key in the hash table.
"""

# mypy: ignore-errors
# numba has types of its own here, which mypy cannot see.

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from exosift.kernel_layout import (
    ADAPTER_LENGTH,
    BAD_BASE,
    BAD_HEADER,
    BAD_PLUS,
    BAD_QUALITY,
    BASES,
    BASES_Q30,
    CLIP3,
    CLIP5,
    DIMER_LENGTH,
    ENTRY_WORDS,
    ERROR,
    FATE_ADAPTER_DIMER,
    FATE_KEPT,
    FATE_LOW_COMPLEXITY,
    FATE_LOW_QUALITY,
    FATE_NO_ADAPTER,
    FATE_TOO_LONG,
    FATE_TOO_SHORT,
    INSERTS,
    LENGTH_MISMATCH,
    LONGEST_READ,
    LOW_COMPLEXITY_PERMILLE,
    LOW_QUALITY_PERMILLE,
    MAXIMUM_ERRORS,
    MAXIMUM_LENGTH,
    MINIMUM_LENGTH,
    MINIMUM_OVERLAP,
    PHRED_UNTIL,
    PLANE_WORDS,
    QUALITY_ABOVE_PHRED33,
    QUALITY_BELOW_PHRED64,
    QUALITY_FLOOR,
    READ_LIMIT,
    READ_TOO_LONG,
    READS,
    SHORTEST_OVERLAP,
    SHORTEST_READ,
    UNIQUES,
)

ZERO = np.uint64(0)
ONE = np.uint64(1)
EVERY = np.uint64(0xFFFFFFFFFFFFFFFF)
LENGTH_BITS = np.uint64(0xFF)
ONE_COUNT = np.uint64(0x100)
PREFETCH_DISTANCE = 12

BYTES = types.CPointer(types.uint8)
INTEGERS = types.CPointer(types.int64)
SHORT_INTEGERS = types.CPointer(types.int32)
WORDS = types.CPointer(types.uint64)


@intrinsic
def range_mask(typing_context, text, offset, low, span):  # noqa: ARG001, D103
    # Bit i is set where low <= text[offset + i] <= low + span, for 64 bytes. LLVM makes of it what
    # the processor has: one instruction with AVX-512, a few with AVX2, SSE2 or NEON.
    def generate(_context, builder, _signature, arguments):
        byte, word = ir.IntType(8), ir.IntType(64)
        vector = ir.VectorType(byte, 64)

        def everywhere(value):
            single = builder.insert_element(
                ir.Constant(vector, ir.Undefined), builder.trunc(value, byte), ir.IntType(32)(0)
            )
            order = ir.Constant(ir.VectorType(ir.IntType(32), 64), [0] * 64)
            return builder.shuffle_vector(single, ir.Constant(vector, ir.Undefined), order)

        place = builder.bitcast(builder.gep(arguments[0], [arguments[1]]), vector.as_pointer())
        loaded = builder.load(place)
        loaded.align = 1
        within = builder.icmp_unsigned(
            "<=", builder.sub(loaded, everywhere(arguments[2])), everywhere(arguments[3])
        )
        return builder.bitcast(within, word)

    return types.uint64(text, types.int64, types.int64, types.int64), generate


@intrinsic
def set_bits(typing_context, word):  # noqa: ARG001, D103
    def generate(_context, builder, _signature, arguments):
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), generate


@intrinsic
def first_bit(typing_context, word):  # noqa: ARG001, D103
    def generate(_context, builder, _signature, arguments):
        return builder.cttz(arguments[0], ir.IntType(1)(0))

    return types.int64(types.uint64), generate


@intrinsic
def prefetch(typing_context, table, index):  # noqa: ARG001, D103
    def generate(_context, builder, _signature, arguments):
        number = ir.IntType(32)
        address = builder.bitcast(
            builder.gep(arguments[0], [arguments[1]]), ir.IntType(8).as_pointer()
        )
        kind = ir.FunctionType(ir.VoidType(), [address.type, number, number, number])
        function = builder.module.globals.get("llvm.prefetch.p0") or ir.Function(
            builder.module, kind, "llvm.prefetch.p0"
        )
        builder.call(function, [address, number(1), number(3), number(1)])
        return ir.IntType(64)(0)

    return types.int64(table, types.int64), generate


@njit
def first_bits(count):
    """Give the word in which the bits 0 to count - 1 are set."""
    if count >= 64:
        return EVERY
    if count <= 0:
        return ZERO
    return (ONE << np.uint64(count)) - ONE


@njit
def word_at(plane, word, shift):
    """Read 64 bits that begin `shift` (0 to 63) bits into a word of a plane."""
    return (plane[word] >> np.uint64(shift)) | ((plane[word + 1] << ONE) << np.uint64(63 - shift))


def find_lines(text, size, ends):
    """Write the place of each line feed to `ends`, and give their number."""
    count = 0
    for offset in range(0, size, 64):
        mask = range_mask(text, offset, 10, 0) & first_bits(size - offset)
        while mask != ZERO:
            ends[count] = offset + first_bit(mask)
            count += 1
            mask &= mask - ONE
    return count


@njit
def spell_plainly(text, start, length):
    """Rewrite a read in the letters ACGTN, in place; tell whether that was possible.

    Lower case becomes upper case, U becomes T, and '.' and the other IUPAC letters become N.
    """
    for place in range(start, start + length):
        letter = text[place]
        if letter >= 97 and letter <= 122:
            letter -= 32
        if letter == 85:
            letter = 84
        elif letter == 46 or (
            # B D H K M R S V W X Y
            letter == 66
            or letter == 68
            or letter == 72
            or letter == 75
            or letter == 77
            or letter == 82
            or letter == 83
            or letter == 86
            or letter == 87
            or letter == 88
            or letter == 89
        ):
            letter = 78
        elif letter != 65 and letter != 67 and letter != 71 and letter != 84 and letter != 78:
            return False
        text[place] = letter
    return True


@njit
def read_bases(text, start, length, planes, width):
    """Set the planes A, C, G and T of a read; tell whether all its letters are A, C, G or T."""
    plain = True
    word = 0
    while word * 64 < length:
        inside = first_bits(length - word * 64)
        like_a = range_mask(text, start + word * 64, 65, 0)
        like_c = range_mask(text, start + word * 64, 67, 0)
        like_g = range_mask(text, start + word * 64, 71, 0)
        like_t = range_mask(text, start + word * 64, 84, 0)
        planes[word] = inside & ~like_a
        planes[width + word] = inside & ~like_c
        planes[2 * width + word] = inside & ~like_g
        planes[3 * width + word] = inside & ~like_t
        if (like_a | like_c | like_g | like_t) & inside != inside:
            plain = False
        word += 1
    for plane in range(4):
        planes[plane * width + word] = ZERO
    return plain


@njit
def read_qualities(text, start, length, rules, tally, planes, width):
    """Set the plane of low base qualities; tell whether all characters can be qualities."""
    sure = 0
    valid = True
    look = tally[READS] < rules[PHRED_UNTIL] and tally[QUALITY_BELOW_PHRED64] == 0
    word = 0
    while word * 64 < length:
        inside = first_bits(length - word * 64)
        place = start + word * 64
        planes[4 * width + word] = inside & range_mask(text, place, 33, rules[QUALITY_FLOOR] - 34)
        sure += set_bits(inside & range_mask(text, place, 63, 63))
        if range_mask(text, place, 33, 93) & inside != inside:
            valid = False
        if look:
            tally[QUALITY_BELOW_PHRED64] += set_bits(inside & range_mask(text, place, 33, 25))
            tally[QUALITY_ABOVE_PHRED33] += set_bits(inside & range_mask(text, place, 76, 50))
        word += 1
    planes[4 * width + word] = ZERO
    tally[BASES] += length
    tally[BASES_Q30] += sure
    return valid


@njit
def compare_adapter(planes, rows, rules, block, more_follows):
    """Count mismatches of the adapter against 64 places of a read, all at once.

    The counts stand upright: bit i of `ones`, `twos` and `fours` is the count at place i, and
    `many` says that it went beyond 7 (beyond 3, where no more are allowed). What the adapter has
    behind the end of the read is no mismatch. `rows` says in which plane each base of the adapter
    is looked up, and `more_follows` whether the read goes on behind these 64 places.
    """
    ones = ZERO
    twos = ZERO
    fours = ZERO
    many = ZERO
    deep = rules[MAXIMUM_ERRORS] > 3
    for index in range(rules[ADAPTER_LENGTH]):
        row = rows[index] + block
        unlike = planes[row] >> np.uint64(index)
        if more_follows:
            unlike |= (planes[row + 1] << ONE) << np.uint64(63 - index)
        carry = ones & unlike
        ones ^= unlike
        more = twos & carry
        twos ^= carry
        if deep:
            many |= fours & more
            fours ^= more
        else:
            many |= more
    return ones, twos, fours, many


@njit
def find_adapter(planes, rows, rules, length):
    """Find where the 3' adapter begins in a read; -1 if it is not there.

    A place is acceptable if the adapter, or as much of it as the read still holds, overlaps by
    the minimum and differs by no more than the error rate allows for that overlap. The leftmost
    acceptable place is taken, unless a later one that begins at most half an adapter further
    scores better (matches minus mismatches); a whole adapter without a mismatch ends the search.
    This is what cutadapt 5 does with `-a ADAPTER --no-indels`.
    """
    size = rules[ADAPTER_LENGTH]
    best = -1
    best_score = 0
    block = 0
    while block * 64 <= length - rules[MINIMUM_OVERLAP]:
        if best >= 0 and block * 64 > best + size // 2:
            return best
        ones, twos, fours, many = compare_adapter(
            planes, rows, rules, block, length > 64 * (block + 1)
        )
        acceptable = ZERO
        for errors in range(rules[MAXIMUM_ERRORS] + 1):
            room = length - rules[SHORTEST_OVERLAP + errors] - block * 64 + 1
            if room <= 0:
                break
            exactly = ~many
            exactly &= ones if errors & 1 else ~ones
            exactly &= twos if errors & 2 else ~twos
            exactly &= fours if errors & 4 else ~fours
            acceptable |= exactly & first_bits(room)
        while acceptable != ZERO:
            bit = first_bit(acceptable)
            acceptable &= acceptable - ONE
            place = block * 64 + bit
            if best >= 0 and place > best + size // 2:
                return best
            shift = np.uint64(bit)
            errors = (
                np.int64((ones >> shift) & ONE)
                + 2 * np.int64((twos >> shift) & ONE)
                + 4 * np.int64((fours >> shift) & ONE)
            )
            overlap = min(size, length - place)
            score = overlap - 2 * errors
            if best < 0 or score > best_score:
                best = place
                best_score = score
                if errors == 0 and overlap == size:
                    return best
        block += 1
    return best


@njit
def judge_insert(planes, width, rules, length, keys, key):
    """Give the fate of an insert of known length, and write its key if it is kept."""
    if length < rules[MINIMUM_LENGTH]:
        return FATE_TOO_SHORT
    if length > rules[MAXIMUM_LENGTH]:
        return FATE_TOO_LONG
    start = rules[CLIP5]
    inside = first_bits(length)
    poor = set_bits(inside & word_at(planes, 4 * width, start))
    if 1000 * poor > rules[LOW_QUALITY_PERMILLE] * length:
        return FATE_LOW_QUALITY
    like_a = inside & ~word_at(planes, 0, start)
    like_c = inside & ~word_at(planes, width, start)
    like_g = inside & ~word_at(planes, 2 * width, start)
    like_t = inside & ~word_at(planes, 3 * width, start)
    most = max(max(set_bits(like_a), set_bits(like_c)), max(set_bits(like_g), set_bits(like_t)))
    if 1000 * most >= rules[LOW_COMPLEXITY_PERMILLE] * length:
        return FATE_LOW_COMPLEXITY
    keys[key] = like_c | like_t
    keys[key + 1] = like_g | like_t
    keys[key + 2] = inside & ~(like_a | like_c | like_g | like_t)
    keys[key + 3] = np.uint64(length)
    return FATE_KEPT


@njit
def stop_at(tally, error, record):
    """Note what is wrong with a record; the caller finds the words for it."""
    tally[ERROR] = error
    return record


def sift_records(text, ends, records, rules, rows, tally, lengths, planes, keys):
    """Decide the fate of each record of a chunk and write the keys of the kept inserts.

    Gives the number of records read, which is less than `records` only if one is damaged;
    `tally[INSERTS]` becomes the number of keys.
    """
    width = rules[PLANE_WORDS]
    tally[INSERTS] = 0
    start = 0
    for record in range(records):
        sequence = ends[4 * record] + 1
        sequence_end = ends[4 * record + 1]
        plus = sequence_end + 1
        quality = ends[4 * record + 2] + 1
        quality_end = ends[4 * record + 3]
        if sequence_end > sequence and text[sequence_end - 1] == 13:
            sequence_end -= 1
        if quality_end > quality and text[quality_end - 1] == 13:
            quality_end -= 1
        length = sequence_end - sequence
        if text[start] != 64:
            return stop_at(tally, BAD_HEADER, record)
        if text[plus] != 43:
            return stop_at(tally, BAD_PLUS, record)
        if quality_end - quality != length:
            return stop_at(tally, LENGTH_MISMATCH, record)
        if length > rules[READ_LIMIT]:
            return stop_at(tally, READ_TOO_LONG, record)
        if not read_bases(text, sequence, length, planes, width):
            if not spell_plainly(text, sequence, length):
                return stop_at(tally, BAD_BASE, record)
            read_bases(text, sequence, length, planes, width)
        if not read_qualities(text, quality, length, rules, tally, planes, width):
            return stop_at(tally, BAD_QUALITY, record)
        tally[READS] += 1
        tally[SHORTEST_READ] = min(tally[SHORTEST_READ], length)
        tally[LONGEST_READ] = max(tally[LONGEST_READ], length)
        start = ends[4 * record + 3] + 1

        end = length
        if rules[ADAPTER_LENGTH] > 0:
            end = find_adapter(planes, rows, rules, length)
            if end < 0:
                tally[FATE_NO_ADAPTER] += 1
                continue
        insert_length = max(end - rules[CLIP5] - rules[CLIP3], 0)
        lengths[insert_length] += 1
        if insert_length < rules[DIMER_LENGTH]:
            tally[FATE_ADAPTER_DIMER] += 1
            continue
        fate = judge_insert(planes, width, rules, insert_length, keys, 4 * tally[INSERTS])
        tally[fate] += 1
        if fate == FATE_KEPT:
            tally[INSERTS] += 1
    return records


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
        for word in range(3):
            spelled = ZERO
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
            code = np.int64(spelled & np.uint64(7))
            letter = 65
            if code == 1:
                letter = 67
            elif code == 2:
                letter = 71
            elif code == 3:
                letter = 78
            elif code == 4:
                letter = 84
            text[place] = letter
            place += 1
        text[place] = 10
        place += 1
    return place


# What Python may call: the name of each function and the kinds of its arguments.
ENTRANCES: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "find_lines": (find_lines, (BYTES, types.int64, SHORT_INTEGERS)),
    "sift_records": (
        sift_records,
        (BYTES, SHORT_INTEGERS, types.int64, INTEGERS, INTEGERS, INTEGERS, INTEGERS, WORDS, WORDS),
    ),
    "count_inserts": (count_inserts, (WORDS, types.int64, WORDS, types.int64, INTEGERS)),
    "move_inserts": (move_inserts, (WORDS, types.int64, WORDS, types.int64)),
    "rank_inserts": (
        rank_inserts,
        (WORDS, types.int64, SHORT_INTEGERS, SHORT_INTEGERS, INTEGERS),
    ),
    "write_fasta": (
        write_fasta,
        (WORDS, SHORT_INTEGERS, types.int64, types.int64, BYTES),
    ),
}
