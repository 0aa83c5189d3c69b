"""mirGFF3: licence plates, alignments, and the lines of the file."""

import random
from itertools import pairwise

import pytest
from exosift.isomirs import find_isomirs
from exosift.mirgff3 import write_mirgff3
from exosift.settings.quantification import IsomirRules

from tests.unit.transcripts import LET7A, LET7C, MATURE, SEQUENCES, TRNA, quantify


def lines(counted, folder):
    """Write the file; give the columns of each line, and its attributes."""
    write_mirgff3(counted, find_isomirs(counted), folder / "s1.gff3", sample="s1")
    text = (folder / "s1.gff3").read_text().splitlines()
    rows = [line.split("\t") for line in text if not line.startswith("#")]
    return [(row, dict(cell.split("=") for cell in row[8].split("; "))) for row in rows]


@pytest.mark.parametrize(
    ("read", "plate", "variant", "alignment"),
    [
        # As in the example file of mirGFF3, but for the word of tails, which was another then.
        ("GATGAGGTAGTAGGTTGTATAGTT", "iso-24-5URPV39QFE", "iso_5p:-2", "24M"),
        ("ATGAGGTAGTAGGTTGTATAGTT", "iso-23-I0S31NSL0E", "iso_5p:-1", "23M"),
        ("TGAGGTAGTACGTTGTATAGTT", "iso-22-XKVLMYVPQ", "iso_snv_central", "10MC11M"),
        ("TGAGGTAGTAGGTTGTATAGTTAA", "iso-24-XKVLRYVPKF", "iso_add3p:2", "22MAA"),
        ("TGAGGTAGTAGGTTGTATAGTTT", "iso-23-XKVLRYVP0Q", "iso_3p:+1", "23M"),
        ("TGAGGTAGTAGGTTGTATAG", "iso-20-XKVLRYVP", "iso_3p:-2", "20M"),
        ("TGAGGTAGTAGGTTGTATAGTTTT", "iso-24-XKVLRYVPKQ", "iso_3p:+2", "24M"),
        ("TGAGGTAGTAGGTTGTATAGT", "iso-21-XKVLRYVPE", "iso_3p:-1", "21M"),
        ("TGAGGTAGTAGGTTGTATAGTTA", "iso-23-XKVLRYVP0O", "iso_add3p:1", "22MA"),
        ("TGAGGTAGTAGGTTGTATAGTT", "iso-22-XKVLRYVPQ", "NA", "22M"),
        ("GAGGTAGTAGGTTGTATAGTT", "iso-21-531P7WH3E", "iso_5p:+1", "21M"),
        ("AGGTAGTAGGTTGTATAGTT", "iso-20-1LSKZLVN", "iso_5p:+2", "20M"),
        # The hairpin goes on with TTAGGG: by chance it has the last two bases of this tail.
        ("TGAGGTAGTAGGTTGTATAGTTCTA", "iso-25-XKVLRYVPYX", "iso_add3p:3", "22MC2M"),
    ],
)
def test_a_read_is_told_as_in_the_example_of_the_format(tmp_path, read, plate, variant, alignment):
    ((_, told),) = lines(quantify(tmp_path, read), tmp_path)
    assert (told["UID"], told["Variant"], told["Cigar"]) == (plate, variant, alignment)


def test_a_tail_may_hang_over_the_end_of_the_hairpin(tmp_path):
    references = {"miRNA|hsa-let-7a-1": LET7A[:27], "tRNA|Gly": TRNA}
    windows = [("miRNA|hsa-let-7a-1", "hsa-let-7a-5p", 5, 27)]
    counted = quantify(tmp_path, MATURE + "AC", references=references, windows=windows)
    ((row, told),) = lines(counted, tmp_path)
    assert (row[4], told["Variant"], told["Cigar"]) == ("27", "iso_add3p:2", "22MAC")


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
        "UID": "iso-22-531S7WH31",
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
        assert bases_of(attributes["UID"]) == read
        tail = [word for word in attributes["Variant"].split(",") if word.startswith("iso_add3p")]
        assert int(row[4]) == begin + len(read) - (int(tail[0][-1]) if tail else 0)


def bases_of(plate):
    """Read the bases of a licence plate."""
    _, length, code = plate.split("-")
    digits = ["BD0EF1HI2JK3LM4NO5PQ6RS7UV8WX9YZ".index(digit) for digit in code]
    left, read = int(length), ""
    while left >= 5:
        number = 32 * digits.pop(0) + digits.pop(0)
        read += "".join("ACGT"[number >> 2 * place & 3] for place in (4, 3, 2, 1, 0))
        left -= 5
    if left:
        number = digits[0] if len(digits) == 1 else 32 * digits[0] + digits[1]
        number -= {1: 0, 2: 4, 3: 20, 4: 84}[left]
        read += "".join("ACGT"[number >> 2 * place & 3] for place in reversed(range(left)))
    return read


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
    counted = quantify(tmp_path, MATURE[:18], reads=[7], rules=IsomirRules(ties="equal"))
    told = [attributes for _, attributes in lines(counted, tmp_path)]
    assert {one["Name"]: one["Expression"] for one in told} == {
        "hsa-let-7a-5p": "4",
        "hsa-let-7c-5p": "3",
    }
    assert {one["Hits"] for one in told} == {"2"}


def test_a_share_of_less_than_a_read_has_no_line(tmp_path):
    counted = quantify(tmp_path, MATURE[:18], reads=[1], rules=IsomirRules(ties="equal"))
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
