"""mirGFF3: licence plates, alignments, and the lines of the file."""

import random
from itertools import pairwise

import pytest
from exosift.isomirs import find_isomirs
from exosift.mirgff3 import cigar, uid, write_mirgff3
from exosift.quantification import Rules

from tests.unit.transcripts import LET7A, LET7C, MATURE, SEQUENCES, TRNA, quantify


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
    sequences = {"".join(rng.choices("ACGT", k=rng.randint(1, 63))) for _ in range(20_000)}
    assert len(set(map(uid, sequences))) == len(sequences)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ((22, -1, "", "", ""), "22M"),
        ((22, -1, "", "A", "C"), "22MA"),
        ((22, 9, "A", "AG", "CC"), "9MA12MAG"),
        ((16, 0, "C", "", ""), "C15M"),
        ((16, 1, "C", "", ""), "MC14M"),
        ((16, 15, "G", "", ""), "15MG"),
        # What the hairpin has by chance is a match, and so is never what lies behind its end.
        ((20, -1, "", "AGT", "CGT"), "20MA2M"),
        ((20, -1, "", "AGT", "C"), "20MAGT"),
        ((20, -1, "", "GTA", "GTC"), "22MA"),
    ],
)
def test_alignments_are_written_as_mirtop_reads_them(form, text):
    assert cigar(*form) == text


def lines(counted, folder):
    """Write the file; give the columns of each line, and its attributes."""
    write_mirgff3(counted, find_isomirs(counted), folder / "s1.gff3", sample="s1")
    text = (folder / "s1.gff3").read_text().splitlines()
    rows = [line.split("\t") for line in text if not line.startswith("#")]
    return [(row, dict(cell.split("=") for cell in row[8].split("; "))) for row in rows]


def test_the_header_ends_with_the_sample(tmp_path):
    assert lines(quantify(tmp_path, TRNA[:30]), tmp_path) == []
    header = (tmp_path / "s1.gff3").read_text().splitlines()
    assert header[0] == "##gff-version 3"
    assert [line.split(":")[0] for line in header[1:]] == [
        *("## mirGFF3. VERSION 1.2", "## source-ontology", "## TOOLS", "## COLDATA"),
    ]
    assert header[-1] == "## COLDATA: s1"


def test_the_file_tells_of_each_insert_what_it_is(tmp_path):
    # One base behind the 5' end, cut by one, with a tail of AC and a changed base; the hairpin has
    # TT where the tail is.
    insert = "GAGGTAGTCGGTTGTATAGT" + "AC"
    counted = quantify(tmp_path, MATURE, insert, TRNA[:30])
    (first, _), (second, told) = lines(counted, tmp_path)
    assert first[:8] == ["hsa-let-7a-1", "miRBasev22", "ref_miRNA", "6", "27", ".", "+", "."]
    assert second[2:5] == ["isomiR", "7", "26"]
    assert told == {
        "Read": insert,
        "UID": uid(insert),
        "Name": "hsa-let-7a-5p",
        "Parent": "hsa-let-7a-1",
        "Variant": "iso_3p:-1,iso_5p:+1,iso_add3p:2,iso_snv_central",
        "Cigar": "8MC11MAC",
        "Expression": "8",
        "Filter": "PASS",
        "Hits": "1",
    }


def test_columns_and_alignment_agree_with_the_hairpin(tmp_path):
    rng = random.Random(4)
    sequences = set()
    for _ in range(300):
        begin, end = 5 + rng.randint(-3, 3), 27 + rng.randint(-3, 5)
        bases = list(LET7A[begin:end])
        if rng.random() < 0.5:
            bases[rng.randrange(len(bases))] = rng.choice("ACGT")
        sequences.add("".join(bases) + rng.choice(["", "A", "CC", "GAT"]))
    told = lines(quantify(tmp_path, *sorted(sequences), reads=[2] * len(sequences)), tmp_path)
    assert len(told) > 200
    hairpins = {name.partition("|")[2]: hairpin for name, hairpin in SEQUENCES.items()}
    for row, attributes in told:
        begin, read, hairpin = int(row[3]) - 1, attributes["Read"], hairpins[row[0]]
        template = hairpin[begin : begin + len(read)].ljust(len(read), "-")
        written = "".join(
            "M" if base == other else base for base, other in zip(read, template, strict=True)
        )
        assert spelled(attributes["Cigar"]) == written
        tail = [word for word in attributes["Variant"].split(",") if word.startswith("iso_add3p")]
        assert int(row[4]) == begin + len(read) - (int(tail[0][-1]) if tail else 0)


def spelled(text):
    """Write a run of matches as so many letters."""
    whole, number = "", ""
    for letter in text:
        if letter.isdigit():
            number += letter
        else:
            whole += letter * int(number or 1)
            number = ""
    return whole


def test_lines_are_sorted_by_hairpin_and_place(tmp_path):
    counted = quantify(tmp_path, LET7C[10:32], LET7A[6:27], LET7A[5:26], LET7A[5:28], MATURE)
    places = [
        (row[0], int(row[3]), -int(told["Expression"])) for row, told in lines(counted, tmp_path)
    ]
    assert len(places) == 5
    assert all(one <= other for one, other in pairwise(places))


def test_shared_inserts_stand_with_each_mature_and_their_reads_stay_whole(tmp_path):
    counted = quantify(tmp_path, MATURE[:18], reads=[7], rules=Rules(ties="equal"))
    told = [attributes for _, attributes in lines(counted, tmp_path)]
    assert {one["Name"]: one["Expression"] for one in told} == {
        "hsa-let-7a-5p": "4",
        "hsa-let-7c-5p": "3",
    }
    assert {one["Hits"] for one in told} == {"2"}


def test_a_share_of_less_than_a_read_has_no_line(tmp_path):
    counted = quantify(tmp_path, MATURE[:18], reads=[1], rules=Rules(ties="equal"))
    ((_, told),) = lines(counted, tmp_path)
    assert (told["Name"], told["Expression"]) == ("hsa-let-7a-5p", "1")


def test_hits_are_the_places_on_hairpins_where_an_insert_fits_best(tmp_path):
    copies = {"miRNA|hsa-let-7a-1": LET7A, "miRNA|hsa-let-7a-2": LET7A[3:], "tRNA|Gly": TRNA}
    windows = [
        ("miRNA|hsa-let-7a-1", "hsa-let-7a-5p", 5, 27),
        ("miRNA|hsa-let-7a-2", "hsa-let-7a-5p", 2, 24),
    ]
    counted = quantify(tmp_path, MATURE, references=copies, windows=windows)
    ((row, told),) = lines(counted, tmp_path)
    assert (row[0], told["Parent"], told["Hits"]) == ("hsa-let-7a-1", "hsa-let-7a-1", "2")


def test_matures_of_one_sequence_have_the_name_that_their_hairpin_gives_them(tmp_path):
    other = "GCC" + MATURE + LET7C[32:]
    references = {"miRNA|hsa-mir-b": other, "miRNA|hsa-let-7a-1": LET7A}
    windows = [
        ("miRNA|hsa-mir-b", "hsa-let-7a-5p/b", 3, 25, "hsa-miR-b"),
        ("miRNA|hsa-let-7a-1", "hsa-let-7a-5p/b", 5, 27, "hsa-let-7a-5p"),
    ]
    # The base before the mature tells the hairpins apart.
    reads = ("C" + MATURE, "A" + MATURE)
    counted = quantify(tmp_path, *reads, references=references, windows=windows)
    told = [attributes for _, attributes in lines(counted, tmp_path)]
    assert [(one["Read"], one["Name"], one["Parent"]) for one in told] == [
        (reads[0], "hsa-miR-b", "hsa-mir-b"),
        (reads[1], "hsa-let-7a-5p", "hsa-let-7a-1"),
    ]


def test_inserts_with_an_unread_base_have_no_licence_plate_and_no_line(tmp_path):
    assert lines(quantify(tmp_path, "TGAGGTAGTNGGTTGTATAGTT"), tmp_path) == []


def test_long_libraries_are_written_in_pieces(tmp_path, monkeypatch):
    counted = quantify(tmp_path, MATURE, LET7C[10:32], LET7A[5:26], LET7A[6:27], LET7A[4:27])
    whole = [row for row, _ in lines(counted, tmp_path)]
    monkeypatch.setattr("exosift.mirgff3.LINES_AT_ONCE", 2)
    assert [row for row, _ in lines(counted, tmp_path)] == whole
    assert len(whole) == 5
