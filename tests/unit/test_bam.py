"""BAM files: written by us, read by htslib."""

import random

import pysam
import pytest
from exosift.bam import BLOCK, write_bam
from exosift.matching import match

from tests.unit.transcripts import LET7A, MATURE, TRNA, inserts, transcriptome

REFERENCE = transcriptome()


@pytest.fixture
def written(tmp_path):
    """Write inserts as a BAM and give its records."""

    def run(*sequences, reads=None, reference=REFERENCE):
        given = inserts(*sequences, reads=reads)
        path = tmp_path / "s1.bam"
        write_bam(given, match(given, reference), reference, path, sample="s1")
        with pysam.AlignmentFile(path) as records:
            return list(records.fetch(until_eof=True))

    return run


def test_a_record_tells_where_an_insert_lies_and_how_it_differs(written):
    (record,) = written("TGAGGTAGTCGGTTGTATAGTT" + "AC")
    assert record.query_name == "1_x9"
    assert (record.reference_name, record.reference_start) == ("miRNA|hsa-let-7a-1", 5)
    assert record.cigarstring == "22M2S"
    assert record.query_sequence == "TGAGGTAGTCGGTTGTATAGTTAC"
    assert dict(record.get_tags()) == {"NH": 1, "NM": 1, "MD": "9A12"}
    assert (record.mapping_quality, record.flag) == (255, 0)


def test_one_place_of_several_is_the_primary_one(written):
    first, second = written(MATURE[:18])
    assert [record.is_secondary for record in (first, second)] == [False, True]
    assert {record.get_tag("NH") for record in (first, second)} == {2}
    assert {record.mapping_quality for record in (first, second)} == {0}


def test_unaligned_inserts_stand_at_the_end(written):
    *_, last = written("ACACACACACACACACACNC", MATURE)
    assert last.is_unmapped
    assert (last.query_name, last.query_sequence) == ("1_x9", "ACACACACACACACACACNC")


def test_the_file_is_sorted_indexed_and_names_no_machine(written, tmp_path):
    written(MATURE, TRNA[:30], LET7A[40:70], TRNA[30:60])
    with pysam.AlignmentFile(tmp_path / "s1.bam") as records:
        assert records.has_index()
        assert records.header["HD"]["SO"] == "coordinate"
        assert records.header["RG"] == [{"ID": "s1", "SM": "s1"}]
        assert str(tmp_path) not in str(records.header)
        assert [r.query_name for r in records.fetch("tRNA|Gly", 20, 40)] == ["2_x8", "4_x6"]


def test_a_library_of_many_blocks_is_read_back_as_it_was(written, tmp_path):
    rng = random.Random(3)
    sequences = {
        "".join(rng.choices("ACGTN", (9, 9, 9, 9, 1), k=rng.randint(15, 63))) for _ in range(30_000)
    }
    many = transcriptome({f"tRNA|{n}": TRNA for n in range(300)})
    given = [*sorted(sequences), TRNA[:40]]
    records = written(*given, reads=range(len(given), 0, -1), reference=many)
    assert len(records) == len(given) - 1 + 300
    aligned = [record for record in records if not record.is_unmapped]
    assert len(aligned) == 300
    assert {record.get_tag("NH") for record in aligned} == {300}
    assert {r.query_sequence for r in records if r.is_unmapped} == sequences
    assert (tmp_path / "s1.bam").stat().st_size > 2 * BLOCK // 10


def test_same_input_same_bytes(written, tmp_path):
    written(MATURE, MATURE[:18], TRNA[:30])
    first = (tmp_path / "s1.bam").read_bytes()
    written(MATURE, MATURE[:18], TRNA[:30])
    assert (tmp_path / "s1.bam").read_bytes() == first


def test_an_empty_library_gives_an_empty_file(written):
    assert written() == []
