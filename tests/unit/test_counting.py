"""One library from its reads to its counts, through the step that a rule calls."""

import gzip
import json
import random

import pysam
import pytest
from exosift.__main__ import main
from exosift.counting import check_conservation
from exosift.errors import UserError
from exosift.transcriptome import write_transcriptome

from tests.unit.transcripts import LET7A, MATURE, TRNA, annotation, transcriptome

ADAPTER = "TGGAATTCTCGGGTGCCAAGG"


def packed(reads):
    lines = (f"@r{n}\n{read}\n+\n{'F' * len(read)}\n" for n, read in enumerate(reads))
    return gzip.compress("".join(lines).encode())


@pytest.fixture
def library(tmp_path):
    """Count reads by the command line; give the summary, the rows of the table and the folder."""
    annotation(tmp_path)
    write_transcriptome(transcriptome(), tmp_path / "index")

    def run(*lanes, protocol="truseq", options=()):
        fastq = []
        for lane, reads in enumerate(lanes):
            fastq.append(tmp_path / f"{lane}.fastq.gz")
            fastq[-1].write_bytes(packed(reads) if isinstance(reads, list) else reads)
        words = ["count", *map(str, fastq), "--sample", "s1", "--protocol", protocol]
        for name in ("index", "transcripts.tsv", "windows.tsv"):
            words += [f"--{name.partition('.')[0]}", str(tmp_path / name)]
        words += ["--counts", str(tmp_path / "s1.tsv"), "--summary", str(tmp_path / "s1.json")]
        words += ["--bam", str(tmp_path / "s1.bam"), *options]
        run.status = main(words)
        told = json.loads((tmp_path / "s1.json").read_text())
        lines = (tmp_path / "s1.tsv").read_text().splitlines()[1:]
        return told, [line.split("\t")[:4] for line in lines]

    return run


READS = [
    *[MATURE + ADAPTER] * 5,
    *[TRNA[:34] + ADAPTER] * 3,
    ADAPTER + "A" * 20,
    "ACGTTGCAACGGATTACCAGTCAGGT" + ADAPTER,
    "C" * 43,
]


def test_every_read_has_one_fate_or_one_class(library):
    told, rows = library(READS)
    assert library.status == 0
    assert told["reads_in"] == 11
    assert {name: n for name, n in told["fates"].items() if n} == {
        "adapter_dimer": 1,
        "no_adapter": 1,
    }
    assert {name: n for name, n in told["classes"].items() if n} == {
        "miRNA": 5,
        "tRNA": 3,
        "unmapped": 1,
    }
    assert rows == [["miRNA", "hsa-let-7a-5p", "", "5"], ["tRNA", "Gly", "5p_half", "3"]]
    assert told["unique_inserts"] == 3


def test_lanes_are_one_library_and_threads_change_nothing(library, tmp_path):
    rng = random.Random(2)
    reads = [LET7A[rng.randint(0, 40) :][: rng.randint(15, 30)] + ADAPTER for _ in range(5000)]
    whole, rows = library(reads)
    made = (tmp_path / "s1.bam").read_bytes()
    parts, again = library(reads[:2000], reads[2000:], options=["--threads", "2"])
    assert again == rows
    assert parts["classes"] == whole["classes"]
    assert len(parts["fastq"]) == 2
    assert (tmp_path / "s1.bam").read_bytes() == made


def test_a_damaged_library_becomes_an_empty_one_with_its_reason(library, tmp_path):
    text = gzip.compress(b"@r\nACGT\n+\nFFFF\n" * 1000)
    told, rows = library(text[:-20])
    assert library.status == 0
    assert told["status"] == "failed"
    assert "cut off" in told["reason"]
    assert (told["reads_in"], sum(told["classes"].values()), rows) == (0, 0, [])
    with pysam.AlignmentFile(tmp_path / "s1.bam") as records:
        assert list(records.fetch(until_eof=True)) == []


def test_reads_that_do_not_add_up_are_refused():
    told = {"sample": "s1", "reads_in": 3, "fates": {"no_adapter": 1}, "classes": {"miRNA": 1}}
    with pytest.raises(UserError, match="does not add up"):
        check_conservation(told)
