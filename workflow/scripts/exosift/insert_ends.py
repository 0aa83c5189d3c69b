"""Where inserts begin and end within their reads: the random or added bases of a kit.

Two witnesses, of which the second needs no knowledge of the species:

- Known miRNAs: how many bases stand before them, and between them and the 3' adapter. Each miRNA
  has one vote, so that one abundant isomiR decides nothing.
- Repeats: of reads that share twelve bases, templated bases beside these are the same, and random
  ones differ. The bases are looked at one by one from each end.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from exosift.adapters import NOWHERE
from exosift.first_reads import WORD, Codes, FirstReads, Integers, encode, twelve_from

CONTEXT = 12
MOST_BASES = 12  # random bases that are looked for at an end, nt
_INTO = 3  # the twelve bases of a miRNA by which it is known begin behind its third base
_BEFORE = 3  # how far a 5' end may lie before that of the miRNA, nt
_VOTES = 20  # reads of one miRNA that count
LEAST_GROUPS = 15
_TEMPLATED = 0.86  # agreement of templated bases, at least
_INNER = 3  # bases that must be templated behind the random ones
_LEAST_READS, SURE_READS = 5, 20
WITNESSES = 20  # miRNAs that are needed to speak for ends that no known kit leaves
_LEAST_MIRNAS, _SURE_MIRNAS = 3, 5
_SURE_GROUPS = 30
_MANY_TIMES = 5  # as many miRNAs are needed for random bases at a 3' end, where miRNAs vary
_LEAST_MODE = 0.45


@dataclass(frozen=True)
class MirnaHits:
    """Reads that hold a known miRNA.

    Attributes
    ----------
    rows
        The reads, shape (hits,).
    mirna
        Which miRNA, shape (hits,); those that share the twelve bases have one number.
    begin, end
        Where it begins and ends in the read, shape (hits,); a read may begin within it.
    """

    rows: Integers
    mirna: Integers
    begin: Integers
    end: Integers

    def before(self, place: Integers) -> "MirnaHits":
        """Keep those that lie before a place of each read, shape (reads,)."""
        kept = self.begin + _INTO + CONTEXT <= place[self.rows]
        return MirnaHits(self.rows[kept], self.mirna[kept], self.begin[kept], self.end[kept])


@dataclass(frozen=True)
class End:
    """What was seen of one end of the inserts.

    Attributes
    ----------
    bases
        Random or added bases, nt, or None if that cannot be told.
    sure
        Whether enough was seen to stand against what a user declares: 20 reads of 5 known miRNAs,
        or 30 groups of repeats. Random bases at a 3' end, where miRNAs vary, need five times as
        many miRNAs and reads of them.
    mirnas, mirna_reads
        Known miRNAs and reads of them that say so; 0 if they could not be asked.
    repeats
        Groups of reads with the same twelve bases beside the end; 0 if they are too few.
    agreement
        How often two reads of such a group have the same base, mean over the first four bases of
        the end (without the last one of a 3' end); None without groups.
    """

    bases: int | None
    sure: bool
    mirnas: int
    mirna_reads: int
    repeats: int
    agreement: float | None


def find_mirnas(reads: FirstReads, matures: Sequence[str]) -> MirnaHits:
    """Find known miRNAs near the beginning of the reads."""
    lengths: dict[str, int] = {}
    for mature in (mature.upper() for mature in matures if len(mature) >= _INTO + CONTEXT):
        word = mature[_INTO : _INTO + CONTEXT]
        known = lengths.setdefault(word, len(mature))
        if abs(known - len(mature)) > 1:  # such miRNAs do not tell where a read of them ends
            lengths[word] = 0
    words = [word for word, length in lengths.items() if length]
    letters = encode("".join(words)).reshape(-1, CONTEXT).astype(np.int64)
    keys = letters @ (1 << 2 * np.arange(CONTEXT - 1, -1, -1))
    which = np.argsort(keys, kind="stable")
    keys = keys[which]
    sizes = np.array([lengths[word] for word in words], dtype=np.int64)
    possible = np.zeros(1 << 2 * WORD, dtype=bool)
    possible[keys >> 2 * (CONTEXT - WORD)] = True
    parts: list[tuple[Integers, Integers, Integers, Integers]] = []
    columns = min(_INTO + MOST_BASES + 1, reads.words.shape[1] - 4)
    for column in range(columns):
        rows = np.flatnonzero(possible[reads.words[:, column]])
        code = twelve_from(reads, rows, column)
        at = np.minimum(np.searchsorted(keys, code), max(len(keys) - 1, 0))
        right = (
            (keys[at] == code) & (reads.lengths[rows] >= column + CONTEXT) if len(rows) else rows
        )
        rows, mirna = rows[right], which[at[right]]
        begin = np.full(len(rows), column - _INTO)
        parts.append((rows, mirna, begin, begin + sizes[mirna]))
    rows, mirna, begin, end = (np.concatenate(part) for part in zip(*parts, strict=True))
    _, once = np.unique(rows, return_index=True)
    return MirnaHits(rows[once], mirna[once], begin[once], end[once])


def five_prime(reads: FirstReads, place: Integers, hits: MirnaHits) -> End:
    """See what stands before the inserts.

    Parameters
    ----------
    reads, hits
        The first reads, and those that hold a known miRNA.
    place
        Where the adapter begins in each read, shape (reads,); `NOWHERE` where it is not seen.
    """
    end = np.minimum(place, reads.lengths)
    distinct = molecules(reads, end)
    profile = []
    for base in range(MOST_BASES + 1):
        rows = distinct[end[distinct] >= base + 1 + CONTEXT]
        context = twelve_from(reads, rows, base + 1)
        profile.append(agreement(context, reads.codes[rows, base]))
    voted = _voted(hits.begin, hits.mirna, -_BEFORE, MOST_BASES, fewest=1)
    return _judged(voted, profile, loose=0)


def three_prime(reads: FirstReads, place: Integers, hits: MirnaHits, clip5: int) -> End:
    """See what stands between the inserts and what follows them.

    Parameters
    ----------
    reads, hits
        The first reads, and those that hold a known miRNA.
    place
        Where that begins in each read, shape (reads,); `NOWHERE` where it is not seen.
    clip5
        Bases before the insert, nt.
    """
    distinct = molecules(reads, np.where(place < NOWHERE, place, 0))
    profile = []
    for base in range(MOST_BASES + 1):
        rows = distinct[place[distinct] >= clip5 + CONTEXT + base + 1]
        at = place[rows] - 1 - base
        profile.append(agreement(twelve_from(reads, rows, at - CONTEXT), reads.codes[rows, at]))
    known = place[hits.rows] < NOWHERE
    behind = place[hits.rows[known]] - hits.end[known]
    # The last base of an insert can be a tail that no template has, and 3' ends vary.
    voted = _voted(behind, hits.mirna[known], -8, MOST_BASES + 4, fewest=_LEAST_MIRNAS)
    return _judged(voted, profile, loose=1)


def molecules(reads: FirstReads, end: Integers) -> Integers:
    """List one read of each insert, random bases included: copies of a molecule tell nothing new.

    Parameters
    ----------
    end
        Where the insert ends in each read, shape (reads,).

    Notes
    -----
    Inserts are told apart by their length and by twelve bases at their beginning, behind these, and
    at their end.
    """
    rows = np.flatnonzero(end >= CONTEXT)
    end = end[rows]
    key = end
    for column in (np.zeros_like(end), np.minimum(CONTEXT, end - CONTEXT), end - CONTEXT):
        key = key * 1_000_003 + twelve_from(reads, rows, column)
    return rows[np.unique(key, return_index=True)[1]]


def _voted(
    distance: Integers, mirna: Integers, lowest: int, highest: int, fewest: int
) -> tuple[int | None, int, int]:
    """Let miRNAs vote on the distance between their end and the insert's.

    Returns
    -------
    The distance that most of them have, or None; how many miRNAs and reads there are.
    """
    near = (distance >= lowest) & (distance <= highest)
    distance, mirna = distance[near], mirna[near]
    _, group, count = np.unique(mirna, return_inverse=True, return_counts=True)
    if len(distance) < _LEAST_READS or len(count) < fewest:
        return None, len(count), len(distance)
    weight = (np.minimum(count, _VOTES) / count)[group]
    votes = np.bincount(distance - lowest, weights=weight)
    best = int(votes.argmax())
    around = votes[max(best - 1, 0) : best + 2].sum() / votes.sum()
    sure = votes[best] / votes.sum() >= _LEAST_MODE or around >= 0.65
    return (best + lowest if sure else None), len(count), len(distance)


def agreement(context: Integers, base: Codes) -> tuple[float, int]:
    """Tell how often reads with one context have one base.

    Returns
    -------
    The mean over contexts that occur twice or more, and the number of these.
    """
    key = np.sort(context << 2 | base)
    if not len(key):
        return float("nan"), 0
    begin = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    count = np.diff(np.append(begin, len(key)))
    group = key[begin] >> 2
    first = np.flatnonzero(np.concatenate([[True], group[1:] != group[:-1]]))
    total = np.add.reduceat(count, first)
    same = np.add.reduceat(count * (count - 1), first)
    several = total > 1
    if not several.any():
        return float("nan"), 0
    pairs = total[several] * (total[several] - 1)
    return float((same[several] / pairs).mean()), int(np.count_nonzero(several))


def _judged(
    voted: tuple[int | None, int, int], profile: list[tuple[float, int]], loose: int
) -> End:
    """Hear both witnesses on an end.

    Where most reads are copies of few molecules, repeats may not see random bases that miRNAs see.

    Parameters
    ----------
    voted
        What the miRNAs say.
    profile
        What the repeats say: for each base from the end on the agreement, and of how many groups.
    loose
        Bases at the end that vary even if they are templated.
    """
    distance, mirnas, mirna_reads = voted
    if distance is not None and -1 - 2 * loose <= distance < 0:
        distance = 0
    seen, groups = _from_repeats(profile, loose)
    bases = seen
    if distance is not None:
        if seen is None or not loose or (seen == 0 and distance > 1):
            bases = distance if distance >= 0 else None
        if seen and abs(distance - seen) > 1:
            bases = None
    many = _MANY_TIMES if loose and bases else 1
    by_mirnas = (
        distance is not None and mirnas >= many * _SURE_MIRNAS and mirna_reads >= many * SURE_READS
    )
    by_repeats = bases == seen and groups >= _SURE_GROUPS
    first = [(value, groups) for value, groups in profile[loose:4] if groups >= LEAST_GROUPS]
    return End(
        bases=bases,
        sure=bases is not None and (by_repeats or by_mirnas),
        mirnas=mirnas,
        mirna_reads=mirna_reads,
        repeats=max((groups for _, groups in first), default=0),
        agreement=float(np.mean([value for value, _ in first])) if first else None,
    )


def _from_repeats(profile: list[tuple[float, int]], loose: int) -> tuple[int | None, int]:
    """Read from the agreement, base by base, how many bases at an end are random.

    Returns
    -------
    The bases, or None, and how many groups of repeats show them.

    Notes
    -----
    It steps up where the templated bases begin. The step must be larger than two standard errors of
    a share of one half, seen in as many groups.
    """
    values = [value if groups >= LEAST_GROUPS else None for value, groups in profile]
    for bases in range(len(values) - _INNER, -1, -1):
        inner = values[max(bases, loose) : bases + _INNER]
        if None in inner or min(value for value in inner if value is not None) < _TEMPLATED:
            continue
        if bases <= loose:
            return 0, profile[loose][1]
        outer, groups = profile[bases - 1]
        if groups >= LEAST_GROUPS and outer < _TEMPLATED - 1 / groups**0.5:
            return bases, groups
    return None, 0
