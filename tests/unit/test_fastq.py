"""FASTQ files that are damaged, foreign or odd: each fails its sample, with place and reason.

The damages are those of a table of what other tools do with them: several of these files pass
through fastp or bowtie as smaller, silent samples.
"""

import bz2
import gzip
import hashlib
import json
import lzma
import struct
import zlib

import pytest
from exosift.errors import SampleError
from exosift.fastq import illumina_names
from exosift.protocols import find_protocol
from exosift.trimming import trim

from tests.reading import unique_inserts

ADAPTER = "TGGAATTCTCGGGTGCCAAGG"
LET7A = "TGAGGTAGTAGGTTGTATAGTT"
FATES = ("adapter_dimer", "no_adapter", "too_short", "too_long", "low_quality", "low_complexity")


def record(number, insert=LET7A, quality="F"):
    read = insert + ADAPTER
    return f"@A00785:162:HYCJYDRXX:1:1101:{number}:1000 1:N:0\n{read}\n+\n{quality * len(read)}\n"


def reads(number, first=1):
    """Make a library in which no two reads have the same name."""
    return "".join(record(n) for n in range(first, first + number)).encode()


def blocks(text, size=700):
    """Compress as BGZF does: many members, each telling its own length, and an empty one."""
    out = b""
    for start in [*range(0, len(text), size), len(text)]:
        piece = text[start : start + size]
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        packed = packer.compress(piece) + packer.flush()
        header = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0" + struct.pack(
            "<H", len(packed) + 25
        )
        out += header + packed + struct.pack("<II", zlib.crc32(piece), len(piece))
    return out


def flipped(data, place):
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@pytest.fixture
def summary_of(tmp_path):
    """Trim files of the given contents, one per lane, and give the summary."""

    def run(*contents, name="reads.fastq.gz", protocol="truseq", **options):
        paths = []
        for lane, content in enumerate(contents):
            paths.append(tmp_path / f"{lane}_{name}")
            paths[-1].write_bytes(content)
        told, run.counted = trim(paths, find_protocol(protocol), sample="s1", **options)
        return json.loads(json.dumps(told))

    run.counted = None
    return run


TEXT = reads(1000)
GZIPPED = gzip.compress(TEXT, mtime=0)

READABLE = {
    "gzip": GZIPPED,
    "plain text": TEXT,
    "members": gzip.compress(TEXT[:30_001]) + gzip.compress(TEXT[30_001:]),
    "an empty member": gzip.compress(b"") + GZIPPED + gzip.compress(b""),
    "BGZF": blocks(TEXT),
    "padding": GZIPPED + b"\0" * 512,
    "Windows line ends": TEXT.replace(b"\n", b"\r\n"),
    "no last line feed": TEXT[:-1],
    "names after the plus": TEXT.replace(b"\n+\n", b"\n+another name\n"),
}


@pytest.mark.parametrize("kind", READABLE)
@pytest.mark.parametrize("name", ["reads.fastq.gz", "reads.fastq", "reads.txt"])
def test_content_and_not_the_name_says_how_to_read(summary_of, kind, name):
    summary = summary_of(READABLE[kind], name=name)
    assert (summary["status"], summary["reads_in"]) == ("ok", 1000)
    assert unique_inserts(summary_of.counted) == [(LET7A, 1000)]
    (lane,) = summary["fastq"]
    assert lane["sha256"] == hashlib.sha256(READABLE[kind]).hexdigest()
    assert (lane["bytes"], lane["reads"]) == (len(READABLE[kind]), 1000)


PHRED64 = "".join(record(n, quality=q) for n, q in enumerate("Bbfh", start=1)).encode()
LONG = b"@long\n" + b"A" * 1001 + b"\n+\n" + b"F" * 1001 + b"\n"

DAMAGED = {
    "cut in half": (GZIPPED[: len(GZIPPED) // 2], "is cut off after record "),
    "trailer lost": (GZIPPED[:-8], "is cut off after record 1,000 (line 4,000)"),
    "half a trailer": (GZIPPED[:-3], "is cut off after record 1,000"),
    "last member cut": (GZIPPED + gzip.compress(reads(9))[:30], "is cut off after record 1,0"),
    "header only": (GZIPPED[:10], "is cut off after record 0"),
    "wrong checksum": (
        flipped(GZIPPED, -6),
        "checksum of the gzip member that ends with record 1,",
    ),
    "wrong size": (flipped(GZIPPED, -2), "checksum of the gzip member that ends with record 1,000"),
    "no gzip method": (b"\x1f\x8bnonsense nonsense", "are damaged after record 0"),
    "trailing garbage": (GZIPPED + b"garbage", "ends with record 1,000 (line 4,000), stand bytes"),
    "one byte too many": (GZIPPED + b"g", "ends with record 1,000 (line 4,000), stand bytes"),
    "padding and garbage": (GZIPPED + b"\0\0\0garbage", "stand bytes that are not gzip"),
    "cut inside a record": (
        gzip.compress(TEXT[:-30]),
        "record 1,000 (line 4,000): 14 qualities for",
    ),
    "cut after a sequence": (
        gzip.compress(reads(2) + b"@x\nACGT\n"),
        "record 3: the file ends after 2 of the four lines",
    ),
    "a line too many": (reads(2) + b"@x\n", "record 3: the file ends after 1 of the four lines"),
    "a line too few": (
        TEXT.replace(b"\n+\n", b"\n", 1),
        "record 1 (line 3): the third line of a record begins with '+', but here stands 'FFFF",
    ),
    "no plus": (
        reads(6) + b"@x\nACGT\nACGT\nFFFF\n" + reads(3),
        "record 7 (line 27): the third line of a record begins with '+', but here stands 'ACGT'",
    ),
    "no name": (reads(2) + b"x\nACGT\n+\nFFFF\n", "record 3 (line 9): a record begins with '@'"),
    "an empty line": (reads(2) + b"\n" + reads(2, 3), "line 9): a record begins with '@' and its"),
    "short qualities": (
        reads(4) + b"@x\nACGT\n+\nFFF\n" + reads(3),
        "record 5 (line 20): 3 qualities for 4 bases",
    ),
    "long qualities": (reads(1) + b"@x\nACGT\n+\nFFFFF\n", "record 2 (line 8): 5 qualities for 4"),
    "no base": (reads(3) + b"@x\nAC*T\n+\nFFFF\n", "record 4 (line 14): the sequence holds '*'"),
    "colour space": (reads(3) + b"@x\nT0123\n+\nFFFFF\n", "the sequence holds '0', '1', '2', '3'"),
    "no quality": (
        reads(3) + b"@x\nACGT\n+\nF\x07FF\n",
        r"character that is none ('!' to '~'): 'F\x07",
    ),
    "a binary quality": (reads(3) + b"@x\nACGT\n+\nFF\xc3\xa4\n", "record 4 (line 16)"),
    "a long read": (
        reads(3) + LONG,
        "record 4 (line 14): the read has 1,001 bases, more than 1,000",
    ),
    "a line of 5 MB": (reads(3) + b"@x\n" + b"ACGT" * 1_250_000, "record 4: it is longer than "),
    "a name of 5 MB": (b"@" + b"x" * 5_000_000, "record 1: it is longer than "),
    "Phred+64": (gzip.compress(PHRED64), "written as Phred+64"),
    "no bytes": (b"", "the file is empty (0 bytes)"),
    "gzip of nothing": (gzip.compress(b""), "holds no reads"),
    "bzip2": (bz2.compress(TEXT), "compressed with bzip2"),
    "xz": (lzma.compress(TEXT), "compressed with xz"),
    "zstd": (b"\x28\xb5\x2f\xfd" + TEXT, "compressed with zstd"),
    "zip": (b"PK\x03\x04" + TEXT, "compressed with zip"),
    "gzip twice": (gzip.compress(GZIPPED), "gzip inside gzip"),
    "a web page": (b"\n<!DOCTYPE html><html>404</html>\n", "a web page (HTML or XML)"),
    "a gzipped web page": (gzip.compress(b"<html>404</html>"), "a web page (HTML or XML)"),
    "FASTA": (b">hsa-let-7a-5p\nTGAGGTAGTAGGTTGTATAGTT\n", "not FASTQ but FASTA"),
    "SRA": (b"NCBI.sra\x05\x03\x19\x88" + bytes(300), "an SRA archive"),
    "BAM": (gzip.compress(b"BAM\x01" + bytes(300)), "not FASTQ but BAM"),
    "a pointer": (b"version https://git-lfs.github.com/spec/v1\noid x\n", "a Git LFS pointer"),
    "byte-order mark": (b"\xef\xbb\xbf" + TEXT, "text with a byte-order mark"),
    "words": (
        b"Not found\nSorry\nGo home\nplease\n",
        "record 1 (line 1): a record begins with '@'",
    ),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_file_fails_its_sample_and_never_passes_as_a_smaller_one(summary_of, kind):
    content, reason = DAMAGED[kind]
    summary = summary_of(content)
    assert summary["status"] == "failed"
    assert reason in summary["reason"]
    assert "0_reads.fastq.gz" in summary["reason"]
    assert summary["reads_in"] == 0
    assert summary["fates"] == dict.fromkeys((*FATES, "kept"), 0)
    assert summary["insert_lengths"] == {}
    assert summary["read_length"] == {"min": 0, "max": 0}
    assert unique_inserts(summary_of.counted) == []
    (lane,) = summary["fastq"]
    assert lane["sha256"] == hashlib.sha256(content).hexdigest()
    assert (lane["bytes"], lane["reads"]) == (len(content), 0)


def test_a_flipped_bit_in_the_data_is_found_wherever_it_is(summary_of):
    for place in range(12, len(GZIPPED), len(GZIPPED) // 12):
        summary = summary_of(flipped(GZIPPED, place))
        assert summary["status"] == "failed", place
        assert summary["reads_in"] == 0


def test_a_cut_is_told_with_the_last_record_that_is_whole(summary_of):
    text = reads(20_000)
    stored = gzip.compress(text)
    for share in (0.1, 0.5, 0.9):
        kept = stored[: int(share * len(stored))]
        readable = zlib.decompressobj(wbits=31).decompress(kept).count(b"\n")
        assert f"cut off after record {readable // 4:,} (" in summary_of(kept)["reason"]


def test_the_second_lane_may_be_the_damaged_one(summary_of):
    summary = summary_of(GZIPPED, GZIPPED[:-8])
    assert summary["status"] == "failed"
    assert "1_reads.fastq.gz: the gzip file is cut off" in summary["reason"]
    assert [lane["reads"] for lane in summary["fastq"]] == [0, 0]


def test_stop_makes_a_damaged_sample_an_error_and_writes_nothing(summary_of):
    with pytest.raises(SampleError, match="cut off after record 1,000"):
        summary_of(GZIPPED[:-8], on_bad_sample="stop")
    assert summary_of.counted is None


@pytest.mark.parametrize("kind", ["missing", "folder"])
def test_a_file_that_cannot_be_opened_fails_its_sample(tmp_path, kind):
    path = tmp_path / kind
    if kind == "folder":
        path.mkdir()
    protocol = find_protocol("truseq")
    told, _ = trim([path], protocol, sample="s")
    assert told["status"] == "failed"
    assert told["reason"].startswith(f"{path}: the file cannot be read (")
    assert told["fastq"] == [{"path": str(path), "sha256": "", "bytes": 0, "reads": 0}]


def test_what_a_terminal_would_obey_is_not_repeated(summary_of):
    summary = summary_of(reads(1) + b"\x1b[2Jevil\nACGT\n+\nFFFF\n")
    assert r"\x1b[2Jevil" in summary["reason"]
    assert "\x1b" not in summary["reason"]


@pytest.mark.parametrize("quality", ["I", "?", "F", "K", "J;"])
def test_high_or_constant_qualities_are_not_taken_for_phred64(summary_of, quality):
    text = "".join(record(n, quality=q) for n, q in enumerate(quality * 5)).encode()
    assert summary_of(text)["status"] == "ok"


def test_phred64_is_judged_by_the_first_100_000_reads_of_a_file(summary_of):
    old = "".join(record(n, quality="h") for n in range(100_001)).encode()
    assert "Phred+64" in summary_of(old + record(1, quality="#").encode())["reason"]
    assert summary_of(record(1, quality="#").encode() + old)["status"] == "ok"
    assert "1_reads" in summary_of(record(1, quality="#").encode(), old)["reason"]


def test_lanes_are_one_library_in_their_order(summary_of):
    one = summary_of(reads(300) + reads(200, first=301))
    inserts = unique_inserts(summary_of.counted)
    two = summary_of(gzip.compress(reads(300)), reads(200, first=301))
    assert unique_inserts(summary_of.counted) == inserts
    assert [lane["reads"] for lane in two["fastq"]] == [300, 200]
    assert {**two, "fastq": ()} == {**one, "fastq": ()}


def test_the_first_header_says_where_the_library_was_sequenced(summary_of):
    assert summary_of(TEXT)["headers"] == {
        "instrument": "A00785",
        "run": "162",
        "flowcell": "HYCJYDRXX",
        "lane": "1",
    }


@pytest.mark.parametrize(
    ("header", "values"),
    [
        (b"@HWI-ST:7:FC:3:1101:1:2", ["HWI-ST", "7", "FC", "3"]),
        (b"@SRR1.1 NB5:228:H5N:2:1:2:3 length=76", ["NB5", "228", "H5N", "2"]),
        (b"@HWUSI-EAS100R:6:73:941:1973#0/1", ["HWUSI-EAS100R", "6"]),
        (b"@HWUSI-EAS100R:6:73:941:1973#ACTTGA/1", ["HWUSI-EAS100R", "6", "ACTTGA"]),
        (b"@A:1:F:2:1101:1:2 1:N:0:ATCACG+TTGACA", ["A", "1", "F", "2", "ATCACG+TTGACA"]),
        (b"@A:1:F:2:1101:1:2 1:N:0:ATCACN", ["A", "1", "F", "2"]),
        (b"@A:1:F:2:1101:1:2 1:N:0:7", ["A", "1", "F", "2"]),
        (b"@A:1:F:2:1101:1:2:ACGTACGTAC", ["A", "1", "F", "2"]),
        (b"@SRR6233839.1 1/1", []),
        (b"@", []),
        (b"@\xff\xfe", []),
    ],
)
def test_names_of_machines_are_read_from_headers(header, values):
    assert list(illumina_names(header).values()) == values
