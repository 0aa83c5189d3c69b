"""References: the sequences of all RNA classes, checked and put into one labelled set."""

import csv
import gzip
import re
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TextIO

from exosift.biotypes import MIRNA, class_in_heading, feature_in_heading
from exosift.errors import Problems, UserError
from exosift.files import replacing
from exosift.trna_fragments import CCA, UNKNOWN, Layout, layouts

RNA_LETTERS = str.maketrans("U", "T")
AMBIGUOUS = re.compile("[^ACGTN]")
IUPAC = re.compile("[ACGTURYSWKMBDHVN.-]*")
UNSAFE = re.compile(r"[^0-9A-Za-z!#$%&+./;?@^_|~-]+")
"""What a name must not hold: SAM's rule, and ':' which genome browsers read as a place."""

TRANSCRIPT_COLUMNS = (
    *("name", "class", "length", "feature"),
    *("mature_start", "mature_end", "anticodon"),
)

HUMAN = "hsa-"
HUMAN_SHARE = 0.95

NUCLEAR_HISTIDINE = re.compile(r"(?<!mt-)(?<!MT-)t(?:RNA|RX)-His", re.IGNORECASE)


@dataclass(frozen=True)
class Source:
    """Where the sequences of a class come from."""

    rna: str
    path: Path


@dataclass(frozen=True)
class Transcript:
    """One reference sequence of a class, in DNA letters.

    Attributes
    ----------
    rna, name, sequence
        Class, name, and DNA letters.
    feature
        What its reads are counted under; several transcripts may be one feature.
    layout
        Where the mature tRNA lies on it; None for other classes.
    """

    rna: str
    name: str
    sequence: str
    feature: str = ""
    layout: Layout | None = None

    @property
    def label(self) -> str:
        """Its name in the index and in BAM files."""
        return f"{self.rna}|{self.name}"


def read_fasta(path: str | Path, replaced: Counter[str] | None = None) -> Iterator[tuple[str, str]]:
    """Walk over the records of a FASTA file, plain or gzip.

    Parameters
    ----------
    path
        Unix or Windows line ends, upper or lower case, U or T.
    replaced
        Counts the letters that are no base and became N, if given.

    Yields
    ------
    heading, sequence
        The sequence in upper-case DNA letters; symbols for several bases become N, gaps are
        dropped.

    Raises
    ------
    UserError
        If the file is not FASTA, is damaged, is empty, or has a record without a sequence.
    """
    # Here, since the steps of one library need no Biopython and start without it.
    from Bio.SeqIO.FastaIO import SimpleFastaParser

    path = Path(path)
    heading = ""
    try:
        with _text(path) as lines:
            first = next((line for line in lines if line.strip()), "")
            if not first.startswith(">"):
                raise UserError(f"{path} is not FASTA: it does not begin with '>'.")
            for title, letters in SimpleFastaParser(chain([first], lines)):
                heading = title.strip()
                yield heading, _checked(path, heading, letters, replaced)
    except FileNotFoundError:
        raise UserError(f"There is no {path}.") from None
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        after = f"after the record {heading[:60]!r}" if heading else "in its first record"
        reason = " ".join(str(error).split())
        raise UserError(f"{path} is damaged {after}: {reason}.") from None


def _text(path: Path) -> TextIO:
    with path.open("rb") as handle:
        packed = handle.read(2) == b"\x1f\x8b"
    if packed:
        return gzip.open(path, "rt", encoding="utf-8-sig")
    return path.open(encoding="utf-8-sig")


def _checked(path: Path, heading: str, letters: str, replaced: Counter[str] | None) -> str:
    """Give the sequence of a record in DNA letters, if it has a name and is one."""
    sequence = letters.upper().translate(RNA_LETTERS).replace("-", "")
    if not heading:
        raise UserError(f"{path}: a record has no name, only '>'.")
    if not sequence:
        raise UserError(f"{path}: the record {heading[:60]!r} has no sequence.")
    if not IUPAC.fullmatch(sequence):
        odd = IUPAC.match(sequence)
        at = odd.end() if odd else 0
        raise UserError(
            f"{path}: the record {heading[:60]!r} is not a nucleotide sequence: "
            f"it holds {sequence[at : at + 20]!r}."
        )
    if replaced is not None:
        replaced.update(AMBIGUOUS.findall(sequence))
    return AMBIGUOUS.sub("N", sequence)


def collect(
    sources: Sequence[Source],
    matures: Collection[str] = (),
    trnas: Mapping[str, str] | None = None,
) -> tuple[list[Transcript], list[str]]:
    """Gather the transcripts of all classes.

    Identical sequences of a class become one record, since a read of theirs would otherwise always
    be ambiguous; tRNA genes become mature tRNA (see `mature_trna`). In every other class, records
    that are miRNAs are left out, or every miRNA would tie with itself; so are records whose heading
    names another class, so that one file of all small RNA genes can serve several classes.

    Parameters
    ----------
    sources
        Files with their classes; the class miRNA holds hairpins and comes first.
    matures
        Sequences of the mature miRNAs, which no other class may hold as a record.
    trnas
        Known tRNAs to find inside longer records: sequence without CCA to its isodecoder.

    Returns
    -------
    transcripts, notes
        In the order of the sources, then of their records; and what was dropped or changed.

    Raises
    ------
    UserError
        If a file cannot be read, repeats a name, is empty for its class, or its hairpins are not
        human. All files' problems at once.
    """
    problems = Problems()
    notes: list[str] = []
    transcripts: list[Transcript] = []
    known = set(matures)
    for source in sources:
        replaced: Counter[str] = Counter()
        try:
            records = list(read_fasta(source.path, replaced))
        except UserError as error:
            problems.extend(error.problems)
            continue
        if source.rna == MIRNA:
            _check_species(source.path, records, problems)
            known.update(sequence for _, sequence in records)
        made = _of_class(source, records, known, problems, notes)
        transcripts += _with_layouts(made, trnas or {}) if source.rna == "tRNA" else made
        if replaced:
            letters = ", ".join(f"{letter} {count}" for letter, count in sorted(replaced.items()))
            notes.append(f"{source.path.name}: letters that are no base became N ({letters}).")
    problems.raise_if_any()
    return transcripts, notes


def _of_class(
    source: Source,
    records: list[tuple[str, str]],
    known: Collection[str],
    problems: Problems,
    notes: list[str],
) -> list[Transcript]:
    """Make the transcripts of one file.

    `known` are the sequences that only the class miRNA may hold.
    """
    kept: list[tuple[str, str]] = []
    features: dict[str, str] = {}
    names: set[str] = set()
    left_out: Counter[str] = Counter()
    for heading, sequence in records:
        name = safe_reference(heading)
        if name in names:
            problems.add(str(source.path), f"the name {name!r} stands there twice")
        names.add(name)
        if source.rna != MIRNA:
            said = MIRNA if sequence in known else class_in_heading(heading)
            if said not in ("", source.rna):
                left_out[said] += 1
                continue
        kept.append((name, sequence))
        features[name] = (
            name if source.rna == MIRNA else safe_reference(feature_in_heading(heading))
        )
    for rna, count in sorted(left_out.items()):
        notes.append(f"{source.path.name}: {count} records of {rna} are left out of {source.rna}.")
    if not kept:
        problems.add(str(source.path), f"none of its {len(records)} records is {source.rna}")
    if source.rna == MIRNA:
        # Hairpins keep their copies: a mature is found by its place on each of them.
        return [Transcript(MIRNA, name, sequence, name) for name, sequence in kept]
    if source.rna == "tRNA" and not _end_in_cca(kept):
        kept = [(name, mature_trna(name, sequence)) for name, sequence in kept]
        notes.append(f"{source.path.name}: tRNA genes got the CCA end (and G-1 of tRNA-His).")
    first = {sequence: name for name, sequence in reversed(kept)}
    if len(first) < len(kept):
        copies = len(kept) - len(first)
        notes.append(f"{source.path.name}: {copies} copies of the same sequence are left out.")
    return [
        Transcript(source.rna, name, one, features[name])
        for name, one in kept
        if first[one] == name
    ]


def _with_layouts(transcripts: Sequence[Transcript], trnas: Mapping[str, str]) -> list[Transcript]:
    """Say where the mature tRNA lies in each record, and count precursors under its isodecoder."""
    found, bodies = layouts([(one.name, one.sequence) for one in transcripts], trnas)
    isodecoders = dict(trnas)
    for one, body, layout in zip(transcripts, bodies, found, strict=True):
        if layout.end == len(one.sequence):
            isodecoders[body] = one.feature
    return [
        replace(one, feature=isodecoders.get(body, one.feature), layout=layout)
        for one, body, layout in zip(transcripts, bodies, found, strict=True)
    ]


def _end_in_cca(records: Sequence[tuple[str, str]]) -> bool:
    """Tell whether a file holds mature tRNAs; a sixth of the human genes end in CCA themselves."""
    return sum(sequence.endswith(CCA) for _, sequence in records) > 0.9 * len(records)


def mature_trna(name: str, gene: str) -> str:
    """Add what the cell adds to a tRNA: CCA at the 3' end, and G-1 to nuclear tRNA-His.

    Examples
    --------
    >>> mature_trna("tRNA-Ala-AGC-1-1", "GGGGGTCCA")
    'GGGGGTCCACCA'
    >>> mature_trna("tRNA-His-GTG-1-1", "GCCGTGATC")
    'GGCCGTGATCCCA'
    """
    return f"{'G' if NUCLEAR_HISTIDINE.search(name) else ''}{gene}{CCA}"


def known_trnas(fasta: Path) -> dict[str, str]:
    """Read the isodecoder of each tRNA of a file of genes without introns: sequence to name."""
    return {
        sequence: safe_reference(feature_in_heading(heading))
        for heading, sequence in reversed(list(read_fasta(fasta)))
    }


def _check_species(path: Path, records: list[tuple[str, str]], problems: Problems) -> None:
    human = sum(heading.startswith(HUMAN) for heading, _ in records)
    if human < HUMAN_SHARE * len(records):
        problems.add(
            str(path),
            f"{human} of {len(records)} hairpins are human (their names begin with 'hsa-')",
            "exosift reads human samples; give the hairpins of Homo sapiens.",
        )


def safe_reference(heading: str) -> str:
    """Take the name out of a FASTA heading, without what SAM files and browsers cannot read.

    Examples
    --------
    >>> safe_reference("45S|GL000220.1:105959-106094 pre-rRNA")
    '45S|GL000220.1_105959-106094'
    """
    return UNSAFE.sub("_", heading.split()[0])


def write_transcripts(transcripts: Iterable[Transcript], fasta: Path, table: Path) -> None:
    """Write the labelled FASTA file and the table of the transcripts beside it.

    Parameters
    ----------
    fasta
        Records named `class|name`.
    table
        `name` (with its class), `class`, `length` in nt, `feature`; for tRNA also where the mature
        tRNA and its anticodon lie, empty where that is not known.
    """
    with (
        replacing(fasta) as fasta_part,
        replacing(table) as table_part,
        fasta_part.open("w", newline="\n") as sequences,
        table_part.open("w", newline="") as rows,
    ):
        writer = csv.writer(rows, delimiter="\t", lineterminator="\n")
        writer.writerow(TRANSCRIPT_COLUMNS)
        for transcript in transcripts:
            sequences.write(f">{transcript.label}\n{transcript.sequence}\n")
            layout = transcript.layout or Layout(UNKNOWN, UNKNOWN, UNKNOWN)
            places = (layout.start, layout.end, layout.anticodon)
            writer.writerow(
                [
                    *(transcript.label, transcript.rna, len(transcript.sequence)),
                    transcript.feature or transcript.name,
                    *("" if place == UNKNOWN else place for place in places),
                ]
            )
