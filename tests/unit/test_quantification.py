"""From places to counts: windows, ties, exact shares, conservation."""

import json
from fractions import Fraction

import pysam
import pytest
from exosift.alignment import Hit, sam_lines
from exosift.errors import UserError
from exosift.quantification import Quantifier, Rules, Window, matures_at, quantify

LET7A = Window("hsa-let-7a-5p", 5, 27)
REFERENCES = {"miRNA|hsa-let-7a-1": 80, "miRNA|hsa-let-7c": 84, "tRNA|Gly": 72, "spike_in|RC1": 25}
WINDOWS = {
    "miRNA|hsa-let-7a-1": [LET7A],
    "miRNA|hsa-let-7c": [Window("hsa-let-7c-5p", 10, 32)],
}


@pytest.mark.parametrize(
    ("start", "end", "is_isomir"),
    [
        (5, 27, True),
        (2, 27, True),
        (1, 27, False),
        (8, 27, True),
        (9, 27, False),
        (5, 32, True),
        (5, 33, False),
        (5, 22, True),
        (5, 21, False),
        (8, 23, False),
    ],
)
def test_an_isomir_lies_in_the_window_of_its_mature(start, end, is_isomir):
    found = matures_at([LET7A], start, end, Rules())
    assert [isomir.mirna for isomir in found] == (["hsa-let-7a-5p"] if is_isomir else [])


@pytest.fixture
def bam(tmp_path):
    """Write hits `(insert, sequence, reference or None, start, mismatches, tail)` as a BAM."""

    def write(*inserts, name="x.bam"):
        path = tmp_path / name
        unsorted = tmp_path / "unsorted.sam"
        lines = [f"@SQ\tSN:{ref}\tLN:{length}\n" for ref, length in REFERENCES.items()]
        for insert, length, hits in inserts:
            sequence = "A" * length
            found = [
                Hit(insert, sequence, ref, start, length - tail, nm)
                for ref, start, nm, tail in hits
            ]
            lines += sam_lines(found or [Hit(insert, sequence)])
        unsorted.write_text("".join(lines))
        pysam.sort("-o", str(path), str(unsorted))
        return path

    return write


@pytest.fixture
def count(tmp_path, bam):
    """Quantify inserts and return the table and the class totals."""

    def run(*inserts, reads_in=None, rules=None):
        kept = sum(int(name.split("_x")[1]) for name, *_ in inserts)
        summary = {
            "sample": "s1",
            "status": "ok",
            "reason": "",
            "reads_in": kept + 3 if reads_in is None else reads_in,
            "fates": {"adapter_dimer": 3, "kept": kept},
        }
        (tmp_path / "s1.json").write_text(json.dumps(summary))
        windows = [
            f"{ref}\t{w.mirna}\t{w.start}\t{w.end}" for ref, ws in WINDOWS.items() for w in ws
        ]
        (tmp_path / "windows.tsv").write_text(
            "\n".join(["reference\tmirna\tstart\tend", *windows]) + "\n"
        )
        quantify(
            bam(*inserts),
            tmp_path / "s1.json",
            tmp_path / "windows.tsv",
            tmp_path / "counts.tsv",
            tmp_path / "totals.json",
            rules=rules,
        )
        lines = (tmp_path / "counts.tsv").read_text().splitlines()[1:]
        table = {tuple(line.split("\t")[:2]): line.split("\t")[2:] for line in lines}
        return table, json.loads((tmp_path / "totals.json").read_text())["classes"]

    return run


def test_a_read_in_the_window_counts_once(count):
    table, classes = count(("1_x7", 22, [("miRNA|hsa-let-7a-1", 5, 0, 0)]))
    assert table == {("miRNA", "hsa-let-7a-5p"): ["7", "1", "0", "0", "0"]}
    assert classes["miRNA"] == 7


def test_a_tie_between_matures_is_shared_exactly(count):
    hits = [("miRNA|hsa-let-7a-1", 5, 1, 0), ("miRNA|hsa-let-7c", 10, 1, 0)]
    table, classes = count(("1_x7", 22, hits))
    assert table["miRNA", "hsa-let-7a-5p"] == ["7/2", "1", "7/2", "7/2", "0"]
    assert table["miRNA", "hsa-let-7c-5p"][0] == "7/2"
    assert classes["miRNA"] == 7


def test_a_tie_is_shared_by_what_else_the_library_holds(count):
    tie = [("miRNA|hsa-let-7a-1", 5, 0, 0), ("miRNA|hsa-let-7c", 10, 0, 0)]
    alone = [("miRNA|hsa-let-7a-1", 5, 0, 0)]
    table, classes = count(("1_x900", 22, alone), ("2_x7", 18, tie))
    assert Fraction(table["miRNA", "hsa-let-7a-5p"][0]) > Fraction(9069, 10)
    assert classes["miRNA"] == 907
    equal, _ = count(("1_x900", 22, alone), ("2_x7", 18, tie), rules=Rules(ties="equal"))
    assert equal["miRNA", "hsa-let-7c-5p"][0] == "7/2"


def test_mirna_wins_over_trna_and_remembers_the_doubt(count):
    hits = [("miRNA|hsa-let-7a-1", 5, 0, 0), ("tRNA|Gly", 0, 0, 0)]
    table, classes = count(("1_x4", 22, hits))
    assert table == {("miRNA", "hsa-let-7a-5p"): ["4", "1", "4", "0", "0"]}
    assert classes["tRNA"] == 0


def test_a_hairpin_outside_its_matures_loses_against_trna(count):
    hits = [("miRNA|hsa-let-7a-1", 40, 0, 0), ("tRNA|Gly", 0, 0, 0)]
    table, classes = count(("1_x4", 22, hits), ("2_x1", 22, hits[:1]))
    assert classes["tRNA"] == 4
    assert classes["miRNA_hairpin"] == 1
    assert ("miRNA", "hsa-let-7a-5p") not in table


def test_a_spike_in_wins_over_everything(count):
    hits = [("miRNA|hsa-let-7a-1", 5, 0, 0), ("spike_in|RC1", 0, 0, 0)]
    _, classes = count(("1_x4", 22, hits))
    assert classes["spike_in"] == 4


def test_a_tail_is_no_shift_of_the_end_and_is_told(count):
    table, _ = count(("1_x5", 25, [("miRNA|hsa-let-7a-1", 5, 0, 3)]))
    assert table["miRNA", "hsa-let-7a-5p"] == ["5", "1", "0", "0", "5"]


def test_mismatched_reads_can_be_left_out(count):
    insert = ("1_x5", 22, [("miRNA|hsa-let-7a-1", 5, 1, 0)])
    assert count(insert)[1]["miRNA"] == 5
    assert count(insert, rules=Rules(mismatched=False))[1]["miRNA_hairpin"] == 5


def test_unaligned_reads_are_counted_as_such(count):
    table, classes = count(("1_x9", 20, []))
    assert not table
    assert classes["unmapped"] == 9
    assert "genome" not in classes


def test_reads_that_do_not_add_up_are_refused(count):
    with pytest.raises(UserError, match="does not add up"):
        count(("1_x9", 20, []), reads_in=13)


def test_shares_over_three_features_stay_exact():
    windows = {f"miRNA|h{n}": [Window(f"m{n}", 0, 22)] for n in range(3)}
    quantifier = Quantifier(windows, windows, Rules())
    places = [quantifier.place(_record(n)) for n in range(3)]
    quantifier.count(10, places, mismatched=False, tailed=False)
    tallies = quantifier.tallies()
    assert tallies["miRNA", "m1"].reads == Fraction(10, 3)
    assert sum(tally.reads for tally in tallies.values()) == 10


def _record(reference):
    names = [f"miRNA|h{n}" for n in range(3)]
    header = pysam.AlignmentHeader.from_references(names, [22] * 3)
    record = pysam.AlignedSegment(header)
    record.query_name = "1_x10"
    record.query_sequence = "A" * 22
    record.reference_id = reference
    record.reference_start = 0
    record.cigartuples = [(pysam.CMATCH, 22)]
    record.set_tag("NM", 0)
    return record
