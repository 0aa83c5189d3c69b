"""IsomiRs: their words, their shares, and the files that hold them."""

import csv
import random
from collections import Counter
from fractions import Fraction

import pytest
from exosift.isomirs import COLUMNS, find_isomirs, variant, write_isomirs
from exosift.matching import match
from exosift.mirgff3 import cigar, uid, write_mirgff3
from exosift.quantification import Quantification, Rules, call

from tests.unit.transcripts import LET7A, LET7C, MATURE, TRNA, annotation, inserts, transcriptome

REFERENCE = transcriptome()


@pytest.fixture
def library(tmp_path):
    """Quantify inserts against the small transcriptome."""

    def run(*sequences, reads=None, rules=None):
        known = annotation(tmp_path)
        given = inserts(*sequences, reads=reads)
        rules = rules or Rules()
        hits = match(given, REFERENCE)
        calls = call(given, hits, known, rules)
        return Quantification(given, hits, calls, known, REFERENCE, rules)

    return run


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ((0, 0, 0, -1), "NA"),
        ((1, 0, 0, -1), "iso_5p:+1"),
        ((-2, -3, 0, -1), "iso_3p:-3,iso_5p:-2"),
        ((0, 2, 3, -1), "iso_3p:+2,iso_add3p:3"),
        ((0, 0, 0, 0), "iso_snv"),
        ((0, 0, 0, 1), "iso_snv_seed"),
        ((0, 0, 0, 6), "iso_snv_seed"),
        ((0, 0, 0, 7), "iso_snv_central_offset"),
        ((0, 0, 0, 8), "iso_snv_central"),
        ((0, 0, 0, 12), "iso_snv_central_supp"),
        ((0, 0, 0, 16), "iso_snv_central_supp"),
        ((0, 0, 0, 17), "iso_snv"),
    ],
)
def test_isomirs_are_typed_in_the_words_of_mirgff3(form, words):
    assert variant(*form) == words


@pytest.mark.parametrize(
    ("sequence", "plate"),
    [
        # As mirtop 0.4.30 makes them.
        ("TGAGGTAGTAGGTTGTATAGTT", "iso-22-XKVLRYVPQ"),
        ("ACCGTCTCTTCTGTTCCCCAG", "iso-21-0W4ZNNK60"),
        ("AGTTTTGCAGGTTTGCATCCAGC", "iso-23-1ZXP7YJR9"),
        ("GGGATGGTAGACCGGTGACGTGC", "iso-23-RERP08XH0M"),
        *(("A", "iso-1-B"), ("GC", "iso-2-M"), ("ATA", "iso-3-DB"), ("AAAA", "iso-4-06")),
        *(("GGGG", "iso-4-IY"), ("GGGGG", "iso-5-RK"), ("CCCCC", "iso-5-KR"), ("AGT", "iso-3-Z")),
    ],
)
def test_licence_plates_are_those_of_mirtop(sequence, plate):
    assert uid(sequence) == plate


def test_no_two_sequences_have_one_licence_plate():
    rng = random.Random(8)
    sequences = {"".join(rng.choices("ACGT", k=rng.randint(1, 30))) for _ in range(20_000)}
    assert len(set(map(uid, sequences))) == len(sequences)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ((22, 0, -1, ""), "22M"),
        ((22, 1, -1, ""), "22MI"),
        ((22, 2, 9, "A"), "9MA12M2I"),
        ((16, 0, 0, "C"), "C15M"),
        ((16, 0, 1, "C"), "MC14M"),
        ((16, 0, 15, "G"), "15MG"),
    ],
)
def test_alignments_are_written_as_mirgff3_wants_them(form, text):
    assert cigar(*form) == text


def lines(path):
    rows = [line.split("\t") for line in path.read_text().splitlines() if line[0] != "#"]
    return [(row, dict(cell.split("=") for cell in row[8].split(";"))) for row in rows]


def test_the_file_tells_of_each_insert_what_it_is(library, tmp_path):
    # One base behind the 5' end, cut by one, with a tail of AC and a changed base.
    insert = "GAGGTAGTCGGTTGTATAGT" + "AC"
    counted = library(MATURE, insert, TRNA[:30])
    write_mirgff3(counted, find_isomirs(counted), tmp_path / "s1.gff3", sample="s1")
    text = (tmp_path / "s1.gff3").read_text().splitlines()
    assert text[0] == "## mirGFF3. VERSION 1.2"
    assert "## COLDATA: s1" in text
    (first, _), (second, told) = lines(tmp_path / "s1.gff3")
    assert first[:8] == ["hsa-let-7a-1", "miRBase22", "ref_miRNA", "6", "27", ".", "+", "."]
    assert second[2:5] == ["isomiR", "7", "26"]
    assert told == {
        "Read": insert,
        "UID": uid(insert),
        "Name": "hsa-let-7a-5p",
        "Parent": "hsa-let-7a-1",
        "Variant": "iso_3p:-1,iso_5p:+1,iso_add3p:2,iso_snv_central",
        "Cigar": "8MA11M2I",
        "Expression": "8",
        "Filter": "PASS",
        "Hits": "1",
    }


def test_shared_inserts_stand_with_each_mature_and_their_reads_stay_whole(library, tmp_path):
    counted = library(MATURE[:18], reads=[7], rules=Rules(ties="equal"))
    write_mirgff3(counted, find_isomirs(counted), tmp_path / "s1.gff3", sample="s1")
    told = [attributes for _, attributes in lines(tmp_path / "s1.gff3")]
    assert {one["Name"]: one["Expression"] for one in told} == {
        "hsa-let-7a-5p": "4",
        "hsa-let-7c-5p": "3",
    }
    assert {one["Hits"] for one in told} == {"2"}


def test_reads_of_both_files_sum_to_those_of_the_library(library, tmp_path):
    rng = random.Random(5)
    made = Counter()
    for _ in range(4000):
        hairpin, begin = rng.choice(((LET7A, 5), (LET7C, 10)))
        begin += rng.choice((-1, 0, 0, 0, 1))
        sequence = hairpin[begin : begin + rng.randint(17, 24)] + rng.choice(("", "", "A", "TT"))
        made[sequence] += 1
    ranked = made.most_common()
    counted = library(*dict(ranked), reads=list(dict(ranked).values()))
    isomirs = find_isomirs(counted)
    write_mirgff3(counted, isomirs, tmp_path / "s1.gff3", sample="s1")
    write_isomirs(counted, isomirs, tmp_path / "s1.tsv")
    total = counted.classes()["miRNA"]
    assert total > 3900
    assert sum(int(told["Expression"]) for _, told in lines(tmp_path / "s1.gff3")) == total
    with (tmp_path / "s1.tsv").open() as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    assert tuple(rows[0]) == COLUMNS
    assert sum(Fraction(row["reads"]) for row in rows) == total
    by_mirna = Counter()
    for row in rows:
        by_mirna[row["mirna"]] += Fraction(row["reads"])
    assert by_mirna == {row[1]: Fraction(row[3]) for row in counted.rows() if row[0] == "miRNA"}


def test_inserts_with_an_unread_base_have_no_licence_plate_and_no_line(library, tmp_path):
    counted = library("TGAGGTAGTNGGTTGTATAGTT")
    isomirs = find_isomirs(counted)
    write_mirgff3(counted, isomirs, tmp_path / "s1.gff3", sample="s1")
    write_isomirs(counted, isomirs, tmp_path / "s1.tsv")
    assert lines(tmp_path / "s1.gff3") == []
    assert "iso_snv_central\t0\t9\t1" in (tmp_path / "s1.tsv").read_text()


def test_a_library_without_mirna_has_empty_files(library, tmp_path):
    for counted in (library(), library(TRNA[:30])):
        isomirs = find_isomirs(counted)
        write_mirgff3(counted, isomirs, tmp_path / "s1.gff3", sample="s1")
        write_isomirs(counted, isomirs, tmp_path / "s1.tsv")
        assert lines(tmp_path / "s1.gff3") == []
        assert (tmp_path / "s1.tsv").read_text() == "\t".join(COLUMNS) + "\n"
