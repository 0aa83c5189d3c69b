# mypy: ignore-errors
"""From decompressed text to the keys of kept inserts, with the fate of each read.

A read is looked at 64 bases at a time. Each of A, C, G and T has a plane, in which bit i says that
base i of the read is *unlike* it; a fifth plane marks bases of low quality. One shift and one
addition in carry-save form then compare one adapter base with 64 places of the read at once. An
insert is three such words (`low`, `high`, `unknown`) and its length, which is at the same time its
key in the table of inserts.
"""

import numpy as np
from numba import njit, types

from exosift.kernel.layout import (
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
    LENGTH_SIZE,
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
    UMI_LENGTH,
)
from exosift.kernel.words import (
    BYTES,
    INTEGERS,
    ONE,
    SHORT_INTEGERS,
    WORDS,
    ZERO,
    first_bit,
    first_bits,
    range_mask,
    set_bits,
    word_at,
)


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
    scores better (matches minus mismatches); no later one can beat a place without a mismatch.
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
                if errors == 0:
                    return best
        block += 1
    return best


@njit
def read_umi(planes, width, length, start, size):
    """Read the UMI that begins at `start`: 1 and two bits a base; 0 if it is not whole."""
    if start + size > length:
        return ZERO
    word = start >> 6
    shift = start & 63
    inside = first_bits(size)
    like_a = inside & ~word_at(planes, word, shift)
    like_c = inside & ~word_at(planes, width + word, shift)
    like_g = inside & ~word_at(planes, 2 * width + word, shift)
    like_t = inside & ~word_at(planes, 3 * width + word, shift)
    if like_a | like_c | like_g | like_t != inside:
        return ZERO
    low = like_c | like_t
    high = like_g | like_t
    umi = ONE
    for base in range(size):
        place = np.uint64(base)
        umi = (umi << np.uint64(2)) | (((high >> place) & ONE) << ONE) | ((low >> place) & ONE)
    return umi


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
            if rules[UMI_LENGTH] > 0:
                umi = read_umi(
                    planes, width, length, end + rules[ADAPTER_LENGTH], rules[UMI_LENGTH]
                )
                keys[4 * tally[INSERTS] + 3] |= umi << np.uint64(LENGTH_SIZE)
            tally[INSERTS] += 1
    return records


ENTRANCES = {
    "find_lines": (find_lines, (BYTES, types.int64, SHORT_INTEGERS)),
    "sift_records": (
        sift_records,
        (BYTES, SHORT_INTEGERS, types.int64, *(INTEGERS,) * 4, WORDS, WORDS),
    ),
}
"""What Python may call, and the kinds of its arguments."""
