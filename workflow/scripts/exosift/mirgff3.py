"""mirGFF3: the isomiRs of a library as one line each, for mirtop and what else reads the format.

The format is mirGFF3 1.2 (Desvignes 2020, Bioinformatics 36:698). `UID` is the licence
plate of the sequence (MINTbase; Pliatsika 2016, PMC4978933) as mirtop 0.4.30 makes it.
"""

from functools import cache
from pathlib import Path

import numpy as np

from exosift import __version__
from exosift.files import replacing
from exosift.isomirs import Isomirs, variant
from exosift.quantification import Quantification

SOURCE = "miRBase22"
ONTOLOGY = "miRBase v22 doi:10.25504/fairsharing.hmgte8"
DIGITS = "BD0EF1HI2JK3LM4NO5PQ6RS7UV8WX9YZ"
"""The digits of licence plates, to the base 32."""

BLOCK = 5
BASES = "ACGT"


def write_mirgff3(library: Quantification, isomirs: Isomirs, path: Path, *, sample: str) -> None:
    """Write the isomiRs of a library.

    Parameters
    ----------
    library, isomirs
        The library and its isomiRs.
    path
        Where the file goes. `Expression` holds whole reads, by the largest remainders within an
        insert. Inserts with an N are left out: they have no licence plate.
    sample
        Name of the library.
    """
    shown = np.flatnonzero(isomirs.reads > 0)
    numbers = isomirs.inserts[shown]
    sequences = library.inserts.sequences(numbers)
    hits = np.bincount(isomirs.inserts, minlength=len(library.inserts))[numbers].tolist()
    forms = zip(
        *(
            getattr(isomirs, name)[shown].tolist()
            for name in (
                *("transcripts", "features", "starts", "ends", "shifts_5p", "shifts_3p"),
                *("tails", "snvs"),
            )
        ),
        strict=True,
    )
    describe = cache(_Describer(library).describe)
    lines = ["## mirGFF3. VERSION 1.2\n", f"## source-ontology: {ONTOLOGY}\n"]
    lines += [f"## TOOLS: exosift {__version__}\n", f"## COLDATA: {sample}\n"]
    for sequence, form, reads, number in zip(
        sequences, forms, isomirs.reads[shown].tolist(), hits, strict=True
    ):
        if "N" not in sequence:
            begin, middle = describe(*form)
            lines.append(
                f"{begin}{sequence};UID={uid(sequence)};{middle}{reads};Filter=PASS;Hits={number}\n"
            )
    with replacing(path) as part, part.open("w", encoding="ascii") as handle:
        handle.writelines(lines)


class _Describer:
    """Makes what is the same in the lines of all inserts of one form."""

    def __init__(self, library: Quantification) -> None:
        self._names = library.annotation.names
        self._transcriptome = library.transcriptome
        windows, first = library.annotation.windows[:, 0], library.annotation.window_first
        transcripts = np.repeat(np.arange(len(first) - 1), np.diff(first))
        places = zip(transcripts.tolist(), windows.tolist(), strict=True)
        self._matures = dict(zip(places, library.annotation.matures, strict=True))

    def describe(
        self,
        transcript: int,
        feature: int,
        start: int,
        end: int,
        shift_5p: int,
        shift_3p: int,
        tail: int,
        snv: int,
    ) -> tuple[str, str]:
        """Give what stands before the sequence, and between the licence plate and the reads."""
        hairpin = self._names[transcript]
        typed = variant(shift_5p, shift_3p, tail, snv)
        kind = "ref_miRNA" if typed == "NA" else "isomiR"
        base = self._transcriptome.base(transcript, start + snv) if snv >= 0 else ""
        return (
            f"{hairpin}\t{SOURCE}\t{kind}\t{start + 1}\t{end}\t.\t+\t.\tRead=",
            f"Name={self._matures[transcript, feature]};Parent={hairpin};Variant={typed};"
            f"Cigar={cigar(end - start, tail, snv, base)};Expression=",
        )


def cigar(aligned: int, tail: int, snv: int, base: str) -> str:
    """Write an alignment as mirGFF3 does: M is a match, a letter the reference's base, I a tail.

    Examples
    --------
    >>> cigar(22, 0, -1, ""), cigar(22, 2, 9, "A"), cigar(20, 0, 0, "C")
    ('22M', '9MA12M2I', 'C19M')
    """
    parts = [_run(aligned)] if snv < 0 else [_run(snv), base, _run(aligned - snv - 1)]
    return "".join(parts) + (f"{tail}I" if tail > 1 else "I" * tail)


def _run(matches: int) -> str:
    return f"{matches}M" if matches > 1 else "M" * matches


def uid(sequence: str) -> str:
    """Make the licence plate of a sequence (letters ACGT): its length and its bases.

    Examples
    --------
    >>> uid("TGAGGTAGTAGGTTGTATAGTT")
    'iso-22-XKVLRYVPQ'
    """
    pieces = [sequence[at : at + BLOCK] for at in range(0, len(sequence), BLOCK)]
    return f"iso-{len(sequence)}-{''.join(map(_plate, pieces))}"


@cache
def _plate(piece: str) -> str:
    """Write up to five bases as one or two digits.

    Five bases are a number to the base 4, with two digits. Shorter ends are counted on: all of one
    base, then all of two, three and four, without a leading zero.
    """
    number = 0
    for letter in piece:
        number = 4 * number + BASES.index(letter)
    if len(piece) < BLOCK:
        number += sum(4**shorter for shorter in range(1, len(piece)))
        if number < len(DIGITS):
            return DIGITS[number]
    return DIGITS[number // len(DIGITS)] + DIGITS[number % len(DIGITS)]
