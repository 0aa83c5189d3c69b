"""mirGFF3: the isomiRs of a library as one line each, for mirtop and what else reads the format.

The format is mirGFF3 1.2 (Desvignes 2020, Bioinformatics 36:698). `UID` is the licence plate of the
sequence (MINTbase; Pliatsika 2016, PMC4978933) as mirtop 0.4.30 makes it. In `Cigar`, M is a match,
and a letter a base that the hairpin does not have: the read's, as in the example file of the format
and in mirtop, which takes it for the changed one (the text of the format has the base of the
reference). Bases of a tail that the hairpin has by chance are matches.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from exosift import __version__
from exosift.files import replacing
from exosift.inserts import place_of
from exosift.isomirs import Isomirs, form_of, variant_of
from exosift.kernel.layout import (
    LINE_END,
    LINE_HAIRPIN,
    LINE_HAIRPIN_STOP,
    LINE_HITS,
    LINE_INSERT,
    LINE_KIND,
    LINE_NAME,
    LINE_PLACE,
    LINE_READS,
    LINE_SNV,
    LINE_START,
    LINE_VARIANT,
    LINE_WORDS,
    MIRNA_CLASS,
    PIECE_CIGAR,
    PIECE_END,
    PIECE_HITS,
    PIECE_NEXT,
    PIECE_READ,
    PIECE_READS,
    PIECE_UID,
)
from exosift.quantification import Quantification

SOURCE = "miRBasev22"
ONTOLOGY = f"{SOURCE} doi:10.25504/fairsharing.hmgte8"
MATURE = form_of(0, 0, 0, -1)

DIGITS = np.frombuffer(b"BD0EF1HI2JK3LM4NO5PQ6RS7UV8WX9YZ", np.uint8)
"""The digits of licence plates, to the base 32."""

ALWAYS = {
    PIECE_NEXT: "\t",
    PIECE_READ: "\t.\t+\t.\tRead=",
    PIECE_UID: "; UID=iso-",
    PIECE_CIGAR: "; Cigar=",
    PIECE_READS: "; Expression=",
    PIECE_HITS: "; Filter=PASS; Hits=",
    PIECE_END: "\n",
}
"""What stands in every line; the numbers are those by which the kernel knows it."""

LINES_AT_ONCE = 1 << 13
REST_OF_LINE = 512
"""Bytes that suffice for a line beside its own pieces: numbers, 63 bases, their plate and cigar."""


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
    pieces = _Pieces(ALWAYS[number] for number in range(len(ALWAYS)))
    lines = _lines(library, isomirs, shown, pieces)
    text, ends = pieces.joined()
    room = np.empty(LINES_AT_ONCE * (4 * max(map(len, pieces)) + REST_OF_LINE), np.uint8)
    reference = library.transcriptome
    with replacing(path) as part, part.open("wb") as handle:
        handle.write(_header(sample).encode("utf-8"))
        for first in range(0, len(lines), LINES_AT_ONCE):
            size = library.inserts.kernel.write_lines(
                place_of(lines),
                first,
                min(first + LINES_AT_ONCE, len(lines)),
                *(place_of(part) for part in (library.inserts.words, reference.low)),
                *(place_of(part) for part in (reference.high, text, ends, DIGITS, room)),
            )
            handle.write(room[:size].data)


def _header(sample: str) -> str:
    """Make the lines before the isomiRs; mirtop wants the samples in the last of them."""
    return (
        "##gff-version 3\n"
        "## mirGFF3. VERSION 1.2\n"
        f"## source-ontology: {ONTOLOGY}\n"
        f"## TOOLS: exosift-{__version__}\n"
        f"## COLDATA: {sample}\n"
    )


class _Pieces(list[bytes]):
    """Pieces of text that many lines share, by number."""

    def __init__(self, texts: Iterable[str]) -> None:
        super().__init__(text.encode("utf-8") for text in texts)

    def numbers(self, texts: Iterable[str]) -> np.ndarray:
        """Add pieces, and give their numbers."""
        first = len(self)
        self += (text.encode("utf-8") for text in texts)
        return np.arange(first, len(self))

    def joined(self) -> tuple[np.ndarray, np.ndarray]:
        """Give all of them in one line, and where each ends."""
        ends = np.cumsum([len(piece) for piece in self])
        return np.frombuffer(b"".join(self), np.uint8), ends.astype(np.int64)


def _lines(
    library: Quantification, isomirs: Isomirs, which: np.ndarray, pieces: _Pieces
) -> np.ndarray:
    """Give the numbers of each line, (lines, `LINE_WORDS`), and add the pieces that they need."""
    annotation, reference, hits = library.annotation, library.transcriptome, library.hits
    names, matures = annotation.names, _matures(library)
    inserts, transcripts = isomirs.inserts[which], isomirs.transcripts[which]
    forms, starts = isomirs.forms[which], isomirs.starts[which]
    best = hits.inserts[annotation.classes[hits.transcripts] == MIRNA_CLASS]
    at_hairpin, hairpin = np.unique(transcripts, return_inverse=True)
    at_form, form = np.unique(forms, return_inverse=True)
    at_name, name = np.unique(transcripts << 32 | isomirs.features[which], return_inverse=True)
    lines = np.empty((len(which), LINE_WORDS), np.int64)
    lines[:, LINE_INSERT] = inserts
    lines[:, LINE_HAIRPIN] = pieces.numbers(f"{names[n]}\t{SOURCE}\t" for n in at_hairpin)[hairpin]
    kinds = pieces.numbers(["isomiR\t", "ref_miRNA\t"])
    lines[:, LINE_KIND] = kinds[(forms == MATURE).astype(np.int64)]
    lines[:, LINE_START] = starts
    lines[:, LINE_END] = isomirs.ends[which]
    first = reference.starts[transcripts].astype(np.int64)
    lines[:, LINE_PLACE] = first + starts
    lines[:, LINE_HAIRPIN_STOP] = first + reference.lengths[transcripts]
    lines[:, LINE_NAME] = pieces.numbers(
        f"; Name={matures[key]}; Parent={names[key >> 32]}; Variant=" for key in at_name.tolist()
    )[name]
    lines[:, LINE_VARIANT] = pieces.numbers(map(variant_of, at_form.tolist()))[form]
    lines[:, LINE_SNV] = isomirs.snvs[which]
    lines[:, LINE_READS] = isomirs.reads[which]
    lines[:, LINE_HITS] = np.bincount(best, minlength=len(library.inserts))[inserts]
    return lines


def _matures(library: Quantification) -> dict[int, str]:
    """Name the mature of each hairpin and feature, hairpin * 2**32 + feature."""
    first, windows = library.annotation.window_first, library.annotation.windows
    hairpins = np.repeat(np.arange(len(first) - 1), np.diff(first))
    keys = (hairpins << 32 | windows[:, 0]).tolist()
    return dict(zip(keys, library.annotation.matures, strict=True))
