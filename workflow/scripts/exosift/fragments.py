"""Fragments: which miRNAs look like a piece of another RNA, found in the references themselves."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from exosift.biotypes import MIRNA
from exosift.features import Feature, natural
from exosift.files import replacing
from exosift.references import Transcript

SUBSTRING = 17
"""nt that a stretch must have to be called common; shorter ones meet by chance."""

PASSED_OVER = (MIRNA, "mRNA")
"""Classes that are not screened; an exon that holds a miRNA is the gene that it is cut from."""

KINDS = ("exact", "one_mismatch", "substring")
"""How a miRNA fits another RNA, worst first."""


@dataclass(frozen=True)
class Match:
    """A miRNA that fits another RNA.

    Attributes
    ----------
    mirna
        The feature.
    rna, reference
        Class and name of the other RNA.
    kind
        `exact` and `one_mismatch`: over the whole miRNA; `substring`: a stretch of it.
    length
        nt that fit: of the miRNA, or of the longest stretch.
    """

    mirna: str
    rna: str
    reference: str
    kind: str
    length: int


def fragment_matches(features: Sequence[Feature], transcripts: Iterable[Transcript]) -> list[Match]:
    """Compare every miRNA with every transcript of the other classes, sense strand.

    Time grows with the letters of the transcripts: about 2 s for the shipped classes.

    Parameters
    ----------
    features
        The miRNAs.
    transcripts
        Records of all classes; hairpins and mRNA are passed over.

    Returns
    -------
    The best match of each miRNA in each transcript, sorted by miRNA, then from the worst kind on.
    """
    words, halves = _index(features)
    found: list[Match] = []
    for transcript in transcripts:
        if transcript.rna in PASSED_OVER:
            continue
        best: dict[int, tuple[int, int]] = {}
        for number, kind, length in _hits(transcript.sequence, features, words, halves):
            rank = (kind, -length)
            if number not in best or rank < best[number]:
                best[number] = rank
        found += [
            Match(features[number].name, transcript.rna, transcript.name, KINDS[kind], -length)
            for number, (kind, length) in best.items()
        ]
    return sorted(
        found,
        key=lambda match: (
            natural(match.mirna),
            KINDS.index(match.kind),
            -match.length,
            match.rna,
            natural(match.reference),
        ),
    )


_Places = dict[str, list[tuple[int, int]]]


def _index(features: Sequence[Feature]) -> tuple[_Places, dict[int, _Places]]:
    """Note where in the miRNAs each word of `SUBSTRING` letters and each half stands.

    A whole miRNA with at most one mismatch keeps one of its halves unharmed.
    """
    words: _Places = defaultdict(list)
    halves: dict[int, _Places] = defaultdict(lambda: defaultdict(list))
    for number, feature in enumerate(features):
        sequence = feature.sequence
        for at in range(len(sequence) - SUBSTRING + 1):
            words[sequence[at : at + SUBSTRING]].append((number, at))
        half = len(sequence) // 2
        halves[half][sequence[:half]].append((number, 0))
        halves[half][sequence[-half:]].append((number, len(sequence) - half))
    return words, halves


def _hits(
    text: str, features: Sequence[Feature], words: _Places, halves: dict[int, _Places]
) -> Iterator[tuple[int, int, int]]:
    """Find what fits a transcript: number of the miRNA, number of the kind, length."""
    for size, places in halves.items():
        for at in range(len(text) - size + 1):
            for number, offset in places.get(text[at : at + size], ()):
                mirna = features[number].sequence
                start = at - offset
                if start < 0 or start + len(mirna) > len(text):
                    continue
                differences = _differences(mirna, text[start : start + len(mirna)])
                if differences <= 1:
                    yield number, differences, len(mirna)
    for at in range(len(text) - SUBSTRING + 1):
        for number, offset in words.get(text[at : at + SUBSTRING], ()):
            mirna = features[number].sequence
            length = SUBSTRING
            while (
                offset + length < len(mirna)
                and at + length < len(text)
                and mirna[offset + length] == text[at + length]
            ):
                length += 1
            yield number, KINDS.index("substring"), length


def _differences(one: str, other: str) -> int:
    return 0 if one == other else sum(a != b for a, b in zip(one, other, strict=True))


def write_matches(matches: Iterable[Match], table: Path) -> None:
    """Write `fragment_matches.tsv`: mirna, class, reference, match, length."""
    with replacing(table) as part, part.open("w", newline="") as handle:
        writer = csv.writer(handle, delimiter="\t", lineterminator="\n")
        writer.writerow(["mirna", "class", "reference", "match", "length"])
        writer.writerows(
            [match.mirna, match.rna, match.reference, match.kind, match.length] for match in matches
        )
