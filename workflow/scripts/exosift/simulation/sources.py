"""The molecules that reads of a simulated library come from."""

import gzip
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from exosift.errors import UserError

Codes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]

BASES = "ACGTN"
N_CODE = 4
CODE = np.full(256, N_CODE, dtype=np.uint8)
for _code, _base in enumerate("ACGT"):
    CODE[ord(_base)] = CODE[ord(_base.lower())] = _code
CODE[ord("U")] = CODE[ord("u")] = 3

UNKNOWN = "unknown"
UNKNOWN_LENGTH = 100_000

# Which class a record of a mixed FASTA file belongs to, by the words in its name.
NCRNA_CLASSES = (
    ("Y_RNA", re.compile(r"\bY_?RNA|RNY\d", re.IGNORECASE)),
    ("rRNA", re.compile(r"rRNA|\b(5|5\.8|18|28|45)S\b|rDNA|RNA5S|RNA45S", re.IGNORECASE)),
    ("snoRNA", re.compile(r"snoRNA|scaRNA|SNOR[AD]|SCARNA", re.IGNORECASE)),
    ("snRNA", re.compile(r"snRNA|RNU\d|\bU\d+\b", re.IGNORECASE)),
)


@dataclass(frozen=True)
class References:
    """The FASTA files that molecules are taken from, plain or gzipped.

    Attributes
    ----------
    hairpins, matures
        Of miRBase; every mature lies in a hairpin.
    trnas
        Genomic tRNA sequences, with or without their CCA end.
    ncrnas
        Other small RNAs; the class is read from the names (Y RNA, snRNA, snoRNA, rRNA; all others
        are misc_RNA).
    """

    hairpins: Path
    matures: Path
    trnas: Path
    ncrnas: tuple[Path, ...] = ()

    @classmethod
    def shipped(cls, resources: str | Path) -> "References":
        """Find the references that come with exosift."""
        folder = Path(resources)
        others = (folder / name for name in ("y_rna.fa", "snrna.fa", "rrna.fa"))
        return cls(
            hairpins=folder / "hairpins.fa",
            matures=folder / "matures.fa",
            trnas=folder / "trnas.fa",
            ncrnas=tuple(others),
        )


@dataclass(frozen=True)
class Sources:
    """All molecules as one array of base codes, and where in it each thing lies.

    Attributes
    ----------
    bases
        Codes 0-3 for A, C, G, T: all molecules one after another, then the reverse complement of
        the whole, so that position p has its antisense partner at `len(bases) - 1 - p`.
    names
        Mature miRNAs, in the order of the names.
    sequences
        Their sequences; several names may share one.
    lengths
        Their lengths, shape (matures,).
    first, many
        Which rows of the placements belong to a mature, shape (matures,).
    start, low, high
        The placements: where the mature begins, and where its hairpin begins and ends.
    fragments
        For each class of decoys the begin and end of its molecules, shape (molecules, 2).
    weights
        How abundant the molecules of a class are; each array sums to 1.
    """

    bases: Codes
    names: tuple[str, ...]
    sequences: tuple[str, ...]
    lengths: Integers
    first: Integers
    many: Integers
    start: Integers
    low: Integers
    high: Integers
    fragments: dict[str, Integers]
    weights: dict[str, npt.NDArray[np.float64]]

    def distinct(self) -> Integers:
        """List the rows of matures with one name per sequence: the first in the order of names."""
        seen: dict[str, int] = {}
        for number, sequence in enumerate(self.sequences):
            seen.setdefault(sequence, number)
        return np.array(sorted(seen.values()), dtype=np.int64)


def stream(seed: int, *purpose: str) -> np.random.Generator:
    """Open the random numbers of one purpose, which do not depend on those of any other."""
    keys = [zlib.crc32(word.encode()) for word in purpose]
    return np.random.default_rng(np.random.SeedSequence([seed, *keys]))


def read_fasta(path: str | Path) -> Iterator[tuple[str, str]]:
    """Yield heading (without `>`) and upper-case DNA sequence of each record.

    Raises
    ------
    UserError
        If the file is missing or is not FASTA.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"There is no {path}, from which the simulator would take molecules.")
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as handle:
        text = handle.read()
    heading, *_ = text.split(">", 1)
    if heading.strip() or ">" not in text:
        raise UserError(f"{path} is not a FASTA file: it does not begin with '>'.")
    for record in text.split(">")[1:]:
        title, _, body = record.partition("\n")
        yield title.strip(), "".join(body.split()).upper().replace("U", "T")


def load_sources(references: References) -> Sources:
    """Read the references and find every mature in its hairpins.

    A mature is placed in the hairpins of its own name; if none of them holds it, in every hairpin
    that does; if there is none, it is a molecule of its own. Records with letters other than ACGTU
    and bacterial ones are left out.
    """
    hairpins = dict(_plain(_named(references.hairpins)))
    matures = dict(sorted(_plain(_named(references.matures))))
    decoys = _decoys(references)
    decoys[UNKNOWN] = {"random sequence": _random_sequence(UNKNOWN_LENGTH)}
    homes = {name: _homes(name, sequence, hairpins) for name, sequence in matures.items()}

    molecules = hairpins | {name: matures[name] for name in matures if homes[name] == [name]}
    spans = _spans(molecules.values(), 0)
    begin = dict(zip(molecules, spans[:, 0].tolist(), strict=True))
    first, many = [], []
    placements: list[tuple[int, int, int]] = []
    for name, sequence in matures.items():
        first.append(len(placements))
        many.append(len(homes[name]))
        for home in homes[name]:
            low = begin[home]
            inside = molecules[home].index(sequence)
            placements.append((low + inside, low, low + len(molecules[home])))
    start, low, high = np.array(placements, dtype=np.int64).T

    texts = list(molecules.values())
    fragments, weights = {}, {}
    for kind, records in decoys.items():
        fragments[kind] = _spans(records.values(), sum(map(len, texts)))
        weights[kind] = _decoy_weights(kind, list(records))
        texts.extend(records.values())
    forward = encode("".join(texts))
    return Sources(
        bases=np.concatenate([forward, (3 - forward)[::-1]]),
        names=tuple(matures),
        sequences=tuple(matures.values()),
        lengths=np.array([len(sequence) for sequence in matures.values()], dtype=np.int64),
        first=np.array(first, dtype=np.int64),
        many=np.array(many, dtype=np.int64),
        start=start,
        low=low,
        high=high,
        fragments=fragments,
        weights=weights,
    )


def encode(sequence: str) -> Codes:
    """Turn letters into codes; everything but ACGTU becomes the code of N."""
    return CODE[np.frombuffer(sequence.encode(), dtype=np.uint8)]


def _named(path: Path) -> Iterator[tuple[str, str]]:
    """Yield name and sequence; a `class|` before the name is dropped."""
    for heading, sequence in read_fasta(path):
        yield (heading.split() or [""])[0].rpartition("|")[2], sequence


def _plain(records: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, sequence in records:
        if sequence and not set(sequence) - set("ACGT"):
            yield name, sequence


def _homes(name: str, sequence: str, hairpins: dict[str, str]) -> list[str]:
    """Name the hairpins that a mature is cut from; itself, if no hairpin holds it."""
    holding = [hairpin for hairpin, text in hairpins.items() if sequence in text]
    stem = re.sub(r"-[35]p$", "", name).lower()
    own = [home for home in holding if re.fullmatch(re.escape(stem) + r"(-\d+)?", home.lower())]
    return sorted(own or holding or [name])


def _decoys(references: References) -> dict[str, dict[str, str]]:
    """Sort the other small RNAs into classes, one record per sequence."""
    decoys: dict[str, dict[str, str]] = {}
    seen = set()
    for heading, sequence in _plain(read_fasta(references.trnas)):
        if "coli" in heading.lower():
            continue
        mature = sequence if sequence.endswith("CCA") else sequence + "CCA"
        if mature not in seen:
            decoys.setdefault("tRNA", {})[heading] = mature
            seen.add(mature)
    for path in references.ncrnas:
        for heading, sequence in _plain(read_fasta(path)):
            kinds = (kind for kind, words in NCRNA_CLASSES if words.search(heading))
            if sequence not in seen and "MIMAT" not in heading:
                decoys.setdefault(next(kinds, "misc_RNA"), {})[heading] = sequence
                seen.add(sequence)
    return decoys


# Molecules whose fragments are the commonest in plasma vesicles.
COMMON = re.compile(
    r"Gly-GCC|Glu-CTC|Lys-CTT|Val-CAC|His-GTG|Val-AAC|Gly-CCC|Asp-GTC|RNY4|\b5S\b|\b5\.8S\b"
)


def _decoy_weights(kind: str, names: Sequence[str]) -> npt.NDArray[np.float64]:
    weights = stream(0, "decoys", kind).lognormal(0.0, 1.5, size=len(names))
    weights *= [20.0 if COMMON.search(name) else 1.0 for name in names]
    return np.asarray(weights / weights.sum())


def _random_sequence(length: int) -> str:
    return "".join(np.array(list("ACGT"))[stream(0, UNKNOWN).integers(0, 4, size=length)])


def _spans(sequences: Iterable[str], begin: int) -> Integers:
    ends = begin + np.cumsum([len(sequence) for sequence in sequences])
    return np.column_stack([np.concatenate([[begin], ends[:-1]]), ends]).astype(np.int64)
