"""BAM: the alignments of unique inserts, sorted, as a genome browser opens them.

Records are named `{rank}_x{reads}`. `NH` counts the places of an insert, `NM` and `MD` tell of its
mismatch, a non-templated tail is soft-clipped, the first place is the primary one. Unaligned
inserts stand at the end.
"""

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from isal import isal_zlib

from exosift.files import replacing
from exosift.inserts import UniqueInserts, place_of
from exosift.kernel.layout import HIT_POSITION, LONGEST_INSERT
from exosift.matching import Hits
from exosift.transcriptome import Transcriptome

BLOCK = 0xFF00
"""Bytes of text per block of BGZF, as in htslib."""

BLOCK_HEADER = struct.Struct("<4BI2BH2B2H")
BLOCK_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
LEVEL = 1
WRITTEN_AT_ONCE = 1 << 14
# A record's fixed fields, name, CIGAR, bases, qualities and tags.
LONGEST_RECORD = 36 + 2 * 20 + 8 + LONGEST_INSERT // 2 + 1 + LONGEST_INSERT + 3 * 16


def write_bam(
    inserts: UniqueInserts, hits: Hits, transcriptome: Transcriptome, bam: Path, *, sample: str
) -> None:
    """Write a library's alignments, sorted by place, and their index (`.bai`).

    Parameters
    ----------
    inserts, hits
        The unique inserts, and where they align.
    transcriptome
        What they were aligned to.
    bam
        Where the file goes.
    sample
        Name of the library.
    """
    # Here, since htslib writes the index only.
    import pysam

    with replacing(bam) as part, replacing(index_of(bam)) as part_index:
        with part.open("wb") as stored:
            pieces = _records(inserts, hits, transcriptome)
            write_blocks(stored, [header(transcriptome, sample)], pieces)
        pysam.index(str(part), str(part_index))


def index_of(bam: Path) -> Path:
    """Name the index of a BAM file."""
    return bam.with_name(bam.name + ".bai")


def insert_name(rank: int, reads: int) -> str:
    """Name a unique insert after its rank in the library and its number of reads."""
    return f"{rank}_x{reads}"


def header(transcriptome: Transcriptome, sample: str) -> bytes:
    """Write the header of a BAM file."""
    lengths = transcriptome.lengths.tolist()
    lines = ["@HD\tVN:1.6\tSO:coordinate"]
    named = list(zip(transcriptome.names, lengths, strict=True))
    lines += [f"@SQ\tSN:{name}\tLN:{length}" for name, length in named]
    lines += [f"@RG\tID:{sample}\tSM:{sample}", "@PG\tID:exosift\tPN:exosift"]
    text = ("\n".join(lines) + "\n").encode()
    parts = [b"BAM\1", struct.pack("<i", len(text)), text, struct.pack("<i", len(named))]
    for name, length in named:
        encoded = name.encode() + b"\0"
        parts.append(struct.pack("<i", len(encoded)) + encoded + struct.pack("<i", length))
    return b"".join(parts)


def _records(
    inserts: UniqueInserts, hits: Hits, transcriptome: Transcriptome
) -> Iterator[memoryview]:
    """Give the records piece by piece."""
    kernel = inserts.kernel
    text = np.empty(WRITTEN_AT_ONCE * LONGEST_RECORD, np.uint8)
    order = np.argsort(hits.rows[:, HIT_POSITION], kind="stable").astype(np.int32)
    for first in range(0, len(order), WRITTEN_AT_ONCE):
        size = kernel.write_records(
            place_of(hits.rows),
            place_of(order),
            first,
            min(first + WRITTEN_AT_ONCE, len(order)),
            place_of(hits.first),
            place_of(hits.transcripts),
            place_of(transcriptome.starts),
            place_of(inserts.words),
            place_of(transcriptome.low),
            place_of(transcriptome.high),
            place_of(text),
        )
        yield text[:size].data
    unaligned = np.flatnonzero(np.diff(hits.first) == 0).astype(np.int32)
    for first in range(0, len(unaligned), WRITTEN_AT_ONCE):
        stop = min(first + WRITTEN_AT_ONCE, len(unaligned))
        size = kernel.write_unaligned(
            place_of(unaligned), first, stop, place_of(inserts.words), place_of(text)
        )
        yield text[:size].data


def write_blocks(
    stored: BinaryIO, beginning: Iterable[bytes], pieces: Iterable[memoryview]
) -> None:
    """Write text as BGZF: blocks of gzip that can be read each by itself."""
    held = bytearray(b"".join(beginning))
    for piece in pieces:
        held += piece
        full = len(held) - len(held) % BLOCK
        for begin in range(0, full, BLOCK):
            stored.write(block(held[begin : begin + BLOCK]))
        del held[:full]
    for begin in range(0, len(held), BLOCK):
        stored.write(block(held[begin : begin + BLOCK]))
    stored.write(BLOCK_END)


def block(text: bytes | bytearray) -> bytes:
    """Compress one block (SAM specification, 4.1)."""
    packed = isal_zlib.compress(text, LEVEL, -15)
    size = BLOCK_HEADER.size + len(packed) + 8 - 1
    start = BLOCK_HEADER.pack(31, 139, 8, 4, 0, 0, 255, 6, ord("B"), ord("C"), 2, size)
    return b"".join([start, packed, struct.pack("<II", isal_zlib.crc32(text), len(text))])
