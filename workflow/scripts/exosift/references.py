"""References: the sequences of all RNA classes, checked and put into one labelled set."""

import csv
import gzip
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from exosift.errors import Problems, UserError
from exosift.files import replacing

RNA_LETTERS = str.maketrans("U", "T")
AMBIGUOUS = re.compile("[^ACGTN]")
IUPAC = re.compile("[ACGTURYSWKMBDHVN.-]*")
UNSAFE = re.compile(r"[^0-9A-Za-z!#$%&+./;?@^_|~-]+")
"""What a name must not hold: SAM's rule, and ':' which genome browsers read as a place."""

CCA = "CCA"
HUMAN = "hsa-"
HUMAN_SHARE = 0.95
MIRNA_NAME = re.compile(r"MIMAT\d|hsa-(let|mir|miR)-")


@dataclass(frozen=True)
class Source:
    """Where the sequences of a class come from."""

    rna: str
    path: Path


@dataclass(frozen=True)
class Transcript:
    """One reference sequence of a class, in DNA letters."""

    rna: str
    name: str
    sequence: str

    @property
    def label(self) -> str:
        """Its name in the index and in BAM files."""
        return f"{self.rna}|{self.name}"


def read_fasta(path: str | Path) -> Iterator[tuple[str, str]]:
    """Walk over the records of a FASTA file, plain or gzip.

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
    path = Path(path)
    heading, line_number = "", 0
    parts: list[str] = []
    try:
        with _text(path) as lines:
            for line_number, raw in enumerate(lines, start=1):
                line = raw.strip()
                if line.startswith(">"):
                    if heading:
                        yield heading, _joined(path, heading, parts)
                    heading, parts = line[1:].strip(), []
                    if not heading:
                        raise UserError(f"{path}, line {line_number}: the record has no name.")
                elif line and not heading:
                    raise UserError(
                        f"{path} is not FASTA: line {line_number} is {line[:20]!r}, not a '>' name."
                    )
                elif line and not IUPAC.fullmatch(line.upper()):
                    raise UserError(
                        f"{path}, line {line_number}: {line[:30]!r} is not a nucleotide sequence."
                    )
                else:
                    parts.append(line)
    except FileNotFoundError:
        raise UserError(f"There is no {path}.") from None
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise UserError(f"{path} is damaged after line {line_number}: {error}") from None
    if not heading:
        raise UserError(f"{path} holds no sequence.")
    yield heading, _joined(path, heading, parts)


def _text(path: Path):  # type: ignore[no-untyped-def]
    with path.open("rb") as handle:
        packed = handle.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rt", encoding="utf-8") if packed else path.open(encoding="utf-8-sig")


def _joined(path: Path, heading: str, parts: Iterable[str]) -> str:
    sequence = "".join(parts).upper().translate(RNA_LETTERS).replace("-", "").replace(".", "N")
    if not sequence:
        raise UserError(f"{path}: the record {heading[:60]!r} has no sequence.")
    return AMBIGUOUS.sub("N", sequence)


def collect(sources: Sequence[Source]) -> tuple[list[Transcript], list[str]]:
    """Gather the transcripts of all classes.

    Identical sequences of a class become one record, since a read of theirs would otherwise always
    be ambiguous; tRNA genes get the CCA end that the cell adds. Records of other classes that are
    miRNAs are dropped, or every miRNA would tie with itself.

    Parameters
    ----------
    sources
        Files with their classes; the class miRNA holds hairpins.

    Returns
    -------
    transcripts, notes
        In the order of the sources, then of their records; and what was dropped or joined.

    Raises
    ------
    UserError
        If a file cannot be read, repeats a name, or its hairpins are not human.
    """
    problems = Problems()
    notes: list[str] = []
    transcripts: list[Transcript] = []
    hairpins: list[str] = []
    for source in sources:
        try:
            records = list(read_fasta(source.path))
        except UserError as error:
            problems.extend(error.problems)
            continue
        if source.rna == "miRNA":
            _check_species(source.path, records, problems)
            hairpins += [sequence for _, sequence in records]
        transcripts += _of_class(source, records, hairpins, problems, notes)
    problems.raise_if_any()
    return transcripts, notes


def _of_class(
    source: Source,
    records: list[tuple[str, str]],
    hairpins: Sequence[str],
    problems: Problems,
    notes: list[str],
) -> Iterator[Transcript]:
    names: set[str] = set()
    seen: dict[str, str] = {}
    mirnas = joined = 0
    known = set(hairpins)
    for heading, sequence in records:
        name = safe_reference(heading)
        if source.rna != "miRNA" and (MIRNA_NAME.search(heading) or sequence in known):
            mirnas += 1
            continue
        if name in names:
            problems.add(str(source.path), f"the name {name!r} stands there twice")
        names.add(name)
        if source.rna == "tRNA" and not sequence.endswith(CCA):
            sequence += CCA
        # Hairpins keep their copies: a mature is found by its place on each of them.
        if source.rna != "miRNA" and sequence in seen:
            joined += 1
            continue
        seen[sequence] = name
        yield Transcript(source.rna, name, sequence)
    if mirnas:
        notes.append(f"{source.path.name}: {mirnas} records are miRNAs and are left out.")
    if joined:
        notes.append(f"{source.path.name}: {joined} copies of the same sequence are left out.")


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
    """Write the labelled FASTA file and the table `name, class, length` beside it."""
    with (
        replacing(fasta) as fasta_part,
        replacing(table) as table_part,
        fasta_part.open("w", newline="\n") as sequences,
        table_part.open("w", newline="") as rows,
    ):
        writer = csv.writer(rows, delimiter="\t", lineterminator="\n")
        writer.writerow(["name", "class", "length"])
        for transcript in transcripts:
            sequences.write(f">{transcript.label}\n{transcript.sequence}\n")
            writer.writerow([transcript.label, transcript.rna, len(transcript.sequence)])


def declared(registry: Path) -> dict[str, dict[str, str]]:
    """Read resources/references.tsv, by file name."""
    with registry.open(newline="", encoding="utf-8") as handle:
        return {row["file"]: dict(row) for row in csv.DictReader(handle, delimiter="\t")}


SHIPPED: Mapping[str, str] = {
    "spike_in": "spike_ins.fa",
    "miRNA": "hairpins.fa",
    "tRNA": "trnas.fa",
    "Y_RNA": "y_rna.fa",
    "snRNA": "snrna.fa",
    "rRNA": "rrna.fa",
    "vector": "univec_core.fa.gz",
}
"""The shipped file of each class that has one."""
