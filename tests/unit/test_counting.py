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
        for name in ("index", "transcripts.tsv", "windows.tsv", "features.tsv"):
            words += [f"--{name.partition('.')[0]}", str(tmp_path / name)]
        words += ["--counts", str(tmp_path / "s1.tsv"), "--summary", str(tmp_path / "s1.json")]
        words += ["--isomirs", str(tmp_path / "i.tsv"), "--mirgff3", str(tmp_path / "s1.gff3")]
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
    kept = MATURE * 5 + TRNA[:34] * 3 + "ACGTTGCAACGGATTACCAGTCAGGT"
    assert told["gc_share"] == (kept.count("G") + kept.count("C")) / len(kept)


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
    told, rows = library(packed(READS * 500)[:-20])
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


def test_auto_names_the_layout_and_the_kits_that_have_it(library):
    rng = random.Random(1)
    diverse = ["".join(rng.choices("ACGT", k=rng.randint(18, 26))) + ADAPTER for _ in range(2000)]
    told, rows = library(READS * 200 + diverse, protocol="auto")
    assert told["protocol"] == "truseq"
    call = told["protocol_call"]
    assert (call["declared"], call["called"], call["contradiction"]) == ("auto", "truseq", "")
    assert {"truseq", "cleantag"} <= set(call["kits"])
    assert rows == library(READS * 200 + diverse)[1]


def test_what_cannot_be_told_fails_its_library_with_the_reason(library):
    told, rows = library(READS, protocol="auto")
    assert (told["status"], told["reads_in"], rows) == ("failed", 0, [])
    assert told["reason"].startswith("Its protocol cannot be told from its reads. Only 11 reads")


def test_a_contradicted_protocol_fails_its_library_unless_it_shall_only_warn(library):
    told, rows = library(READS * 200, protocol="nebnext")
    assert (told["status"], rows) == ("failed", [])
    assert "declared as `nebnext`" in told["reason"]
    told, rows = library(READS * 200, protocol="nebnext", options=["--on-contradiction", "warn"])
    assert (told["status"], told["reads_in"]) == ("ok", 2200)
    assert told["protocol_call"]["contradiction"]


def test_stop_makes_a_contradiction_an_error(library, capsys):
    with pytest.raises(FileNotFoundError):
        library(READS * 200, protocol="nebnext", options=["--on-bad-sample", "stop"])
    assert library.status != 0
    assert "declared as `nebnext`" in capsys.readouterr().err


def with_umis(insert, umis):
    tail = "AGATCGGAAGAGCACACGTCTGAACTCCAGTCA"
    return [f"{insert}AACTGTAGGCACCATCAAT{umi}{tail}"[:75] for umi in umis]


def test_umis_count_molecules_and_what_lacks_one_stays_a_read(library):
    rng = random.Random(4)
    umis = ["".join(rng.choices("ACGT", k=12)) for _ in range(300)]
    reads = with_umis(MATURE, umis * 3) + with_umis(TRNA[:34], umis[:100])
    reads += [read[:45] for read in with_umis(MATURE, umis[:50])]
    told, rows = library(reads, protocol="qiaseq")
    assert rows == [["miRNA", "hsa-let-7a-5p", "", "350"], ["tRNA", "Gly", "5p_half", "100"]]
    assert told["fates"]["umi_duplicate"] == 600
    assert (told["umi"]["reads_without"], told["umi"]["molecules"]) == (50, 400)
    told, rows = library(reads, protocol="qiaseq", options=["--no-deduplicate-umis"])
    assert rows[0][3] == "950"
    assert told["fates"]["umi_duplicate"] == 0


def test_without_a_umi_nothing_is_deduplicated(library):
    told, _ = library(READS)
    assert told["umi"] is None
    assert "umi_duplicate" not in told["fates"]
