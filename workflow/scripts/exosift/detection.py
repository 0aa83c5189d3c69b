"""How a library was made, as its first reads show it.

Kits that share adapter and layout cannot be told apart by their reads: a call gives the layout and
the kits that have it. What cannot be told is called unknown, with the reason; nothing is guessed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from exosift.adapters import (
    FEW,
    NOWHERE,
    POLY_A,
    Sighting,
    akin,
    discover,
    families,
    foreshadowed,
    one_of_each_beginning,
    random_behind,
    sight,
)
from exosift.first_reads import FirstReads, Integers, read_first
from exosift.insert_ends import (
    LEAST_GROUPS,
    SURE_READS,
    WITNESSES,
    End,
    MirnaHits,
    find_mirnas,
    five_prime,
    three_prime,
)
from exosift.protocol_call import (
    CLEAR_SHARE,
    LEAST_UMI,
    NOT_SEEN,
    Call,
    shows_umi,
)
from exosift.protocols import DETECTED, Protocol, bases_in_words, layout_in_words

READS = 20_000
_FEWEST_READS = 20
_FEWEST_SIGHTINGS = 10
_LEAST_SHARE = 0.02  # of the reads, that must show an adapter
_RIVAL = 1 / 3  # of the sightings of the first adapter: a second one makes a mixture
_RESIDUE = 0.10  # of the reads that may still show an adapter after trimming
_UNIFORM = 0.90  # of the reads have one length: they were not trimmed
_SHORTEST_INSERT = 14  # nt with random bases; what is shorter are mostly adapter dimers


@dataclass(frozen=True)
class _Adapter:
    """The adapter that was chosen, and where it begins in each read."""

    sequence: str
    share: float
    place: Integers
    trimmed: bool = False
    doubt: str = ""


def detect(
    fastq: Sequence[Path],
    protocols: Mapping[str, Protocol],
    matures: Sequence[str],
    *,
    reads: int = READS,
) -> Call:
    """Tell from its first reads how a library was made.

    Parameters
    ----------
    fastq
        Its FASTQ files; the reads are taken from all of them alike.
    protocols
        The known protocols by name.
    matures
        Sequences of known mature miRNAs, letters ACGT. Those of another animal serve as well, since
        abundant miRNAs are conserved; without any, repeats of the library itself must do.
    reads
        How many reads are looked at.

    Returns
    -------
    Call
        Unknown, with the reason, if the reads do not tell. Damaged files are judged by what stands
        before the damage.
    """
    first, damage = read_first(fastq, reads)
    if len(first) < _FEWEST_READS:
        why = damage or f"Only {len(first)} reads are there; {_FEWEST_READS} are needed to judge."
        return Call(None, (), "none", why, len(first), damage=damage)
    known = families(protocol.adapter3 for protocol in protocols.values())
    hits = find_mirnas(first, matures)
    sighting = _look_further(first, sight(first, known), hits)
    hits = hits.before(sighting.place)
    lanes = _lanes_differ(first, sighting, fastq)
    adapter = _choose(first, sighting)
    place = first.lengths if adapter.trimmed else adapter.place
    five = five_prime(first, sighting.place, hits)
    three = NOT_SEEN
    if adapter.sequence != POLY_A and (adapter.sequence or adapter.trimmed):
        three = three_prime(first, place, hits, five.bases or 0)
    umi = (0, 0)
    if adapter.sequence and adapter.sequence != POLY_A:
        umi = random_behind(first, adapter.place, len(adapter.sequence))
    seen: dict[str, Any] = {
        "reads": len(first),
        "adapter": adapter.sequence,
        "adapter_share": adapter.share,
        "adapter_shares": tuple(
            (name, share) for name, share in sighting.shares().items() if share
        ),
        "trimmed": adapter.trimmed,
        "five_prime": five,
        "three_prime": three,
        "umi_random": umi[0],
        "umi_seen": umi[1],
        "lanes_differ": lanes,
        "damage": damage,
    }
    observed = Call(None, (), "none", "", **seen)
    sentences = _evidence(first, observed)
    doubt = lanes or adapter.doubt
    if not doubt:
        layout, kits, doubt = _layout(observed, protocols, _dimer_length(adapter.place))
        if layout is not None:
            confidence = _confidence(observed)
            return Call(layout, kits, confidence, sentences, **seen)
    return Call(None, (), "none", f"{doubt} {sentences}".strip(), **seen)


def _look_further(reads: FirstReads, sighting: Sighting, hits: MirnaHits) -> Sighting:
    """Look for an adapter that is not in the table, where no known one explains the reads.

    A known one may be but the end of another kit's construct.
    """
    if max(sighting.shares().values(), default=0.0) >= CLEAR_SHARE and not foreshadowed(
        reads, sighting.place
    ):
        return sighting
    ends = np.full(len(reads), -1)
    ends[hits.rows] = hits.end
    adapter = discover(reads, ends, sighting.place)
    if not adapter or any(akin(adapter, known) for known in sighting.adapters):
        return sighting
    return sight(reads, (adapter, *sighting.adapters))


def _lanes_differ(reads: FirstReads, sighting: Sighting, fastq: Sequence[Path]) -> str:
    """Tell if the files of a library show different adapters."""
    shown: dict[str, str] = {}
    for lane, path in enumerate(fastq):
        which = sighting.which[reads.lane == lane]
        counts = np.bincount(which[which >= 0], minlength=len(sighting.adapters))
        if len(which) >= _FEWEST_READS and counts.max(initial=0) >= CLEAR_SHARE * len(which):
            shown.setdefault(sighting.adapters[int(counts.argmax())], Path(path).name)
    if len(shown) < 2:
        return ""
    each = ", ".join(f"{path} shows {adapter}" for adapter, path in shown.items())
    return f"The files of this sample are not of one kit: {each}."


def _choose(reads: FirstReads, sighting: Sighting) -> _Adapter:
    """Choose the adapter that most reads show, if the reads are not trimmed."""
    counts = np.bincount(sighting.which[sighting.which >= 0], minlength=len(sighting.adapters))
    order = np.argsort(-counts, kind="stable")
    best = int(order[0]) if len(order) else -1
    count = int(counts[best]) if best >= 0 else 0
    share = count / len(reads)
    varied = reads.modal_share < _UNIFORM and reads.longest - reads.shortest >= 5
    nowhere = np.full(len(reads), NOWHERE)
    if share < _RESIDUE and varied:
        return _Adapter("", share, nowhere, trimmed=True)
    if count < _FEWEST_SIGHTINGS or share < _LEAST_SHARE:
        doubt = (
            "No adapter was found, neither a known one nor another that follows many different "
            f"inserts, and the reads do not vary in length (most have {reads.longest} nt)."
        )
        return _Adapter("", share, nowhere, doubt=doubt)
    name = sighting.adapters[best]
    doubt = ""
    if varied and share < CLEAR_SHARE:
        doubt = (
            f"{name} is in {share:.1%} of the reads only, but their lengths vary as if they were "
            "trimmed."
        )
    if len(order) > 1 and counts[order[1]] > max(_RIVAL * count, _FEWEST_SIGHTINGS):
        other = sighting.adapters[int(order[1])]
        doubt = (
            f"Two adapters are shown, {name} in {share:.1%} and {other} in "
            f"{counts[order[1]] / len(reads):.1%} of the reads: this may be a mixture of kits."
        )
    place = np.where(sighting.which == best, sighting.place, NOWHERE)
    return _Adapter(name, share, place, doubt=doubt or _construct(reads, name, place))


def _construct(reads: FirstReads, adapter: str, place: Integers) -> str:
    """Doubt an adapter that may stand in the middle of the construct of an unknown kit."""
    behind = np.flatnonzero((place >= _SHORTEST_INSERT) & (place < NOWHERE))
    mostly = len(behind) > np.count_nonzero(place < _SHORTEST_INSERT)
    alike = mostly and len(one_of_each_beginning(reads, behind)) < FEW
    if alike or foreshadowed(reads, place):
        return (
            f"{adapter} does not follow different inserts but always the same bases: they may be "
            "the adapter of a kit that is not in the table of protocols."
        )
    return ""


def _dimer_length(place: Integers) -> int | None:
    """Give the bases that stand between two adapters joined without an insert, if any are."""
    short = place[place < _SHORTEST_INSERT]
    counts = np.bincount(short, minlength=_SHORTEST_INSERT)
    best = int(counts.argmax())
    clear = counts[best] >= 30 and counts[best] >= 0.5 * len(short)
    return best if clear else None


def _layout(
    seen: Call, protocols: Mapping[str, Protocol], dimer: int | None
) -> tuple[Protocol | None, tuple[str, ...], str]:
    """Find the protocols that fit what was seen, or make one.

    Returns
    -------
    layout, kits, doubt
        The first protocol of those that fit best and the names of all that have the same layout; or
        None and why.
    """
    related = [p for p in protocols.values() if akin(p.adapter3, seen.adapter)]
    fitting = [p for p in related if _fits(p, seen)]
    several = len({_shape(p) for p in related}) > 1
    if several and _at_odds(seen.five_prime):  # 3' ends vary too much to say this
        return None, (), "Known miRNAs do not agree on where inserts begin."
    open_ends = seen.five_prime.bases is None or (
        seen.three_prime.bases is None and seen.adapter != POLY_A
    )
    few = 0 < seen.three_prime.mirnas < WITNESSES
    if not fitting and (few or not seen.three_prime.sure):
        fitting = [p for p in related if _fits(p, replace(seen, three_prime=NOT_SEEN))]
    if open_ends and dimer is not None:
        hinted = [p for p in fitting if p.clip5 + p.clip3 == dimer]
        fitting = hinted or fitting
    if fitting:
        nearest = min(_distance(p, seen) for p in fitting)
        best = [p for p in fitting if _distance(p, seen) == nearest]
        alike = [p.name for p in best if _shape(p) == _shape(best[0])]
        if len(alike) == len(best):
            return best[0], tuple(alike), ""
        words = "; ".join(dict.fromkeys(f"{p.name}: {layout_in_words(p)}" for p in best))
        return None, (), f"The reads do not tell these apart: {words}. Declare the protocol."
    if not (seen.five_prime.sure and (seen.three_prime.sure or seen.adapter == POLY_A)):
        return None, (), "Where the inserts begin and end cannot be told. Declare the protocol."
    return _made_up(seen), (), ""


def _fits(protocol: Protocol, seen: Call) -> bool:
    """Tell whether a protocol agrees with all that was seen of the ends and behind the adapter."""
    five, three = seen.five_prime.bases, seen.three_prime.bases
    return (
        (five is None or five == protocol.clip5)
        and (three is None or abs(three - protocol.clip3) <= 1)
        and (protocol.umi_length > 0) == shows_umi(seen, default=protocol.umi_length > 0)
    )


def _distance(protocol: Protocol, seen: Call) -> int:
    """Count the bases by which a fitting protocol is off at the 3' end and in its UMI."""
    three = seen.three_prime.bases
    off = 0 if three is None else abs(three - protocol.clip3)
    if LEAST_UMI <= seen.umi_random < seen.umi_seen:
        off += abs(seen.umi_random - protocol.umi_length)
    return off


def _shape(protocol: Protocol) -> tuple[int, int, str, int, bool]:
    """Give all of a layout but the adapter."""
    umi = (protocol.umi_position, protocol.umi_length)
    return (protocol.clip5, protocol.clip3, *umi, protocol.poly_a)


def _at_odds(end: End) -> bool:
    """Tell whether many known miRNAs were seen and still no end of the inserts."""
    return end.bases is None and end.mirna_reads >= 2 * SURE_READS


def _made_up(seen: Call) -> Protocol:
    """Make a protocol from what was seen, when none of the table fits."""
    whole_umi = LEAST_UMI <= seen.umi_random < seen.umi_seen
    return Protocol(
        name=DETECTED,
        kit="not in the table of protocols",
        version="",
        adapter3=seen.adapter,
        clip5=seen.five_prime.bases or 0,
        clip3=seen.three_prime.bases or 0,
        umi_position="after_adapter" if whole_umi else "none",
        umi_length=seen.umi_random if whole_umi else 0,
        poly_a=seen.adapter == POLY_A,
        source="the first reads of the library",
    )


def _confidence(seen: Call) -> str:
    ends = [seen.five_prime] + ([] if seen.adapter == POLY_A else [seen.three_prime])
    clear = seen.trimmed or seen.adapter_share >= CLEAR_SHARE
    return "high" if clear and all(end.sure for end in ends) else "medium"


def _evidence(reads: FirstReads, seen: Call) -> str:
    """Put into sentences what was seen."""
    share = f"{seen.adapter_share:.1%} of {seen.reads:,} reads"
    if seen.adapter == POLY_A:
        words = [f"A run of A is in {share}"]
    elif seen.adapter:
        words = [f"{seen.adapter} is in {share}"]
    elif seen.trimmed:
        words = [
            f"No adapter is in more than {share}, whose lengths vary from {reads.shortest} to "
            f"{reads.longest} nt"
        ]
    else:
        words = [f"{seen.reads:,} reads of {reads.shortest} to {reads.longest} nt"]
    words.append(_end_in_words(seen.five_prime, "before"))
    if seen.adapter != POLY_A and (seen.adapter or seen.trimmed):
        words.append(_end_in_words(seen.three_prime, "behind"))
    if seen.umi_random >= LEAST_UMI:
        more = "" if seen.umi_random < seen.umi_seen else " or more"
        words.append(f"{seen.umi_random}{more} random bases follow the adapter")
    return "; ".join(words) + "."


def _end_in_words(end: End, side: str) -> str:
    why = []
    if end.mirna_reads:
        why.append(f"{end.mirna_reads:,} reads of {end.mirnas:,} known miRNAs")
    if end.agreement is not None and end.repeats >= LEAST_GROUPS:
        why.append(f"{end.agreement:.0%} agreement in {end.repeats:,} repeats")
    told = f" ({', '.join(why)})" if why else ""
    if end.bases is None:
        return f"what stands {side} the inserts cannot be told{told}"
    return f"{bases_in_words(end.bases)} {side} the inserts{told}"
