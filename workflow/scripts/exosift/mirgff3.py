"""mirGFF3: the isomiRs of a library as one line each, for mirtop and what else reads the format.

The format is mirGFF3 1.2 (Desvignes 2020, Bioinformatics 36:698). `UID` is the licence plate of the
sequence (MINTbase; Pliatsika 2016, PMC4978933) as mirtop 0.4.30 makes it.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path

import numpy as np

from exosift import __version__
from exosift.files import replacing
from exosift.isomirs import Isomirs, form_of, variant_of
from exosift.kernel.layout import LONGEST_INSERT, MIRNA_CLASS
from exosift.quantification import Quantification

SOURCE = "miRBasev22"
ONTOLOGY = f"{SOURCE} doi:10.25504/fairsharing.hmgte8"
DIGITS = "BD0EF1HI2JK3LM4NO5PQ6RS7UV8WX9YZ"
"""The digits of licence plates, to the base 32."""

BLOCK = 5
"""Bases of a licence plate that two digits stand for."""

BASES = "ACGT"

LINES_AT_ONCE = 1 << 15
MATURE = form_of(0, 0, 0, -1)


def write_mirgff3(library: Quantification, isomirs: Isomirs, path: Path, *, sample: str) -> None:
    """Write the isomiRs of a library, by hairpin and place; of one place the most reads first.

    Parameters
    ----------
    library, isomirs
        The library and its isomiRs.
    path
        Where the file goes. `Expression` holds whole reads, see `isomirs.whole_reads`; a share that
        got none has no line. `Hits` are the places on hairpins where the insert fits best. Inserts
        with an N are left out: they have no licence plate.
    sample
        Name of the library.
    """
    unread = library.inserts.words[isomirs.inserts, 2] > 0
    shown = np.flatnonzero((isomirs.reads > 0) & ~unread)
    places = isomirs.transcripts[shown] << 32 | isomirs.starts[shown]
    shown = shown[np.lexsort((isomirs.inserts[shown], places))]
    with replacing(path) as part, part.open("w", encoding="ascii", newline="\n") as handle:
        handle.write(
            "##gff-version 3\n"
            "## mirGFF3. VERSION 1.2\n"
            f"## source-ontology: {ONTOLOGY}\n"
            f"## TOOLS: exosift-{__version__}\n"
            f"## COLDATA: {sample}\n"  # last: mirtop takes what follows for isomiRs
        )
        lines = _Lines(library, isomirs)
        for first in range(0, len(shown), LINES_AT_ONCE):
            handle.writelines(lines.of(shown[first : first + LINES_AT_ONCE]))


class _Lines:
    """Makes lines; what many of them share is made once."""

    def __init__(self, library: Quantification, isomirs: Isomirs) -> None:
        self._library, self._isomirs = library, isomirs
        annotation, hits = library.annotation, library.hits
        best = hits.inserts[annotation.classes[hits.transcripts] == MIRNA_CLASS]
        self._hits = np.bincount(best, minlength=len(library.inserts))
        first = annotation.window_first
        hairpins = np.repeat(np.arange(len(first) - 1), np.diff(first)).tolist()
        places = zip(hairpins, annotation.windows[:, 0].tolist(), strict=True)
        self._matures = dict(zip(places, annotation.matures, strict=True))
        self._begin = cache(self._begin_of)
        self._middle = cache(self._middle_of)
        self._hairpin = cache(library.transcriptome.sequence)

    def of(self, which: np.ndarray) -> Iterator[str]:
        """Make the lines of some isomiRs."""
        isomirs = self._isomirs
        inserts, transcripts = isomirs.inserts[which], isomirs.transcripts[which]
        starts, ends, forms = isomirs.starts[which], isomirs.ends[which], isomirs.forms[which]
        mature = forms == MATURE
        begins = (transcripts << 42 | starts << 21 | ends << 1 | mature).tolist()
        names = (transcripts << 32 | isomirs.features[which]).tolist()
        sequences = self._library.inserts.sequences(inserts)
        columns = zip(
            sequences,
            begins,
            names,
            forms.tolist(),
            self._cigars(which, sequences),
            isomirs.reads[which].tolist(),
            self._hits[inserts].tolist(),
            strict=True,
        )
        begin, middle = self._begin, self._middle
        return (
            f"{begin(place)}{sequence}; UID={uid(sequence)}{middle(name)}{variant_of(form)}; "
            f"Cigar={text}; Expression={reads}; Filter=PASS; Hits={number}\n"
            for sequence, place, name, form, text, reads, number in columns
        )

    def _begin_of(self, place: int) -> str:
        """Give what stands before the sequence."""
        hairpin = self._library.annotation.names[place >> 42]
        kind = "ref_miRNA" if place & 1 else "isomiR"
        start, end = place >> 21 & 0x1FFFFF, place >> 1 & 0xFFFFF
        return f"{hairpin}\t{SOURCE}\t{kind}\t{start + 1}\t{end}\t.\t+\t.\tRead="

    def _middle_of(self, name: int) -> str:
        """Give what stands between the licence plate and the variant."""
        transcript, feature = name >> 32, name & 0xFFFFFFFF
        hairpin = self._library.annotation.names[transcript]
        return f"; Name={self._matures[transcript, feature]}; Parent={hairpin}; Variant="

    def _cigars(self, which: np.ndarray, sequences: Sequence[str]) -> list[str]:
        """Write the alignments of some isomiRs, of which these are the sequences."""
        isomirs = self._isomirs
        transcripts, ends = isomirs.transcripts[which], isomirs.ends[which]
        aligned, snvs = ends - isomirs.starts[which], isomirs.snvs[which]
        texts = [MATCHES[number] for number in aligned.tolist()]
        changed = np.flatnonzero((snvs >= 0) | (isomirs.tails[which] > 0))
        columns = (column[changed].tolist() for column in (transcripts, ends, aligned, snvs))
        for at, transcript, end, length, snv in zip(changed.tolist(), *columns, strict=True):
            sequence = sequences[at]
            tail = sequence[length:]
            template = self._hairpin(transcript)[end : end + len(tail)]
            texts[at] = cigar(length, snv, sequence[snv] if snv >= 0 else "", tail, template)
        return texts


def cigar(aligned: int, snv: int, base: str, tail: str, template: str) -> str:
    """Write an alignment in mirGFF3's way: M is a match, a letter a base that the hairpin has not.

    The letter is the base of the read, as in the example file of the format and in mirtop, which
    takes it for the changed one (the text of the format has that of the reference). Bases of a tail
    that the hairpin has by chance are matches.

    Parameters
    ----------
    aligned
        Bases before the tail.
    snv, base
        Place of a changed base, 0-based (-1: none), and the base.
    tail, template
        The non-templated tail, and what the hairpin has in its place: less, where it ends.

    Examples
    --------
    >>> cigar(22, -1, "", "", ""), cigar(22, 9, "A", "AG", "CG"), cigar(20, 0, "C", "TT", "")
    ('22M', '9MA12MAM', 'C19MTT')
    """
    more, letters = _beginning_with_matches(tail, template)
    if snv < 0:
        return f"{MATCHES[aligned + more]}{letters}"
    return f"{MATCHES[snv]}{base}{MATCHES[aligned - snv - 1 + more]}{letters}"


MATCHES = ("", "M", *(f"{number}M" for number in range(2, LONGEST_INSERT + 1)))


@cache
def _beginning_with_matches(tail: str, template: str) -> tuple[int, str]:
    """Give the matches with which a tail begins, and the alignment of the rest."""
    same = [base == template[place : place + 1] for place, base in enumerate(tail)]
    runs = [(matches, len(list(run))) for matches, run in groupby(same)]
    first = runs[0][1] if runs and runs[0][0] else 0
    text, place = "", first
    for matches, length in runs[first > 0 :]:
        text += MATCHES[length] if matches else tail[place : place + length]
        place += length
    return first, text


class _Digits(dict[str, str]):
    """The digits of up to five bases, made when they are first asked for."""

    def __missing__(self, bases: str) -> str:
        """Write bases as digits.

        Five bases are a number to the base 4, with two digits. Shorter ends are counted on: all of
        one base, then all of two, three and four, without a leading zero.
        """
        if len(bases) > BLOCK:
            return self[bases[:BLOCK]] + self[bases[BLOCK:]]
        number = 0
        for letter in bases:
            number = 4 * number + BASES.index(letter)
        high, low = divmod(number + SHORTER[len(bases)], len(DIGITS))
        alone = len(bases) < BLOCK and not high
        self[bases] = digits = DIGITS[low] if alone else DIGITS[high] + DIGITS[low]
        return digits


SHORTER = (0, 0, 4, 4 + 16, 4 + 16 + 64, 0)
"""Ends with fewer bases, for each number of bases; five bases are no end."""

DIGITS_OF = _Digits({"": ""})


def uid(sequence: str) -> str:
    """Make the licence plate of a sequence (letters ACGT): its length and its bases.

    Examples
    --------
    >>> uid("TGAGGTAGTAGGTTGTATAGTT")
    'iso-22-XKVLRYVPQ'
    """
    return (
        f"iso-{len(sequence)}-{DIGITS_OF[sequence[:5]]}{DIGITS_OF[sequence[5:10]]}"
        f"{DIGITS_OF[sequence[10:15]]}{DIGITS_OF[sequence[15:20]]}{DIGITS_OF[sequence[20:]]}"
    )
