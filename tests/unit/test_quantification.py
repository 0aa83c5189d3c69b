"""From places to counts: windows, classes, ties, exact shares."""

import csv
from fractions import Fraction

import pytest
from exosift.calling import call, without_antisense
from exosift.errors import UserError
from exosift.kernel.layout import KIND_TAIL, MIRNA_CLASS
from exosift.matching import match
from exosift.quantification import COLUMNS, Quantification, write_counts
from exosift.settings.quantification import IsomirRules

from tests.unit.transcripts import (
    LET7A,
    LET7C,
    MATURE,
    SEQUENCES,
    TRNA,
    WINDOWS,
    annotation,
    inserts,
    transcriptome,
)


@pytest.fixture
def count(tmp_path):
    """Quantify inserts; give the reads per class, feature and kind, and the quantification."""

    def run(*sequences, reads=None, references=SEQUENCES, windows=WINDOWS, rules=None, **features):
        known = annotation(tmp_path, references, windows, features.get("features"))
        given = inserts(*sequences, reads=reads)
        rules = rules or IsomirRules()
        reference = transcriptome(references)
        hits = match(given, reference)
        calls = call(given, hits, known, rules)
        return Quantification(given, hits, calls, known, reference, rules)

    return run


def rows_of(library):
    """Give class, feature and kind -> the numbers of the table."""
    return {
        tuple(row[:3]): dict(zip(COLUMNS[3:], map(Fraction, row[3:]), strict=True))
        for row in library.rows()
    }


def reads_of(library):
    return {key: numbers["reads"] for key, numbers in rows_of(library).items()}


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
        (5, 21, True),
        (5, 20, True),
        (8, 24, True),
        (8, 22, False),
    ],
)
def test_an_isomir_lies_in_the_window_of_its_mature(count, start, end, is_isomir):
    references = {"miRNA|hsa-let-7a-1": LET7A}
    rules = IsomirRules(shift_3p=7 if end < 22 else 5)
    found = reads_of(
        count(LET7A[start:end], references=references, windows=WINDOWS[:1], rules=rules)
    )
    expected = (
        ("miRNA", "hsa-let-7a-5p", "") if is_isomir else ("miRNA_hairpin", "hsa-let-7a-1", "")
    )
    assert found == {expected: 9}


def test_a_read_in_the_window_counts_once(count):
    library = count(MATURE)
    assert rows_of(library) == {
        ("miRNA", "hsa-let-7a-5p", ""): {
            **{"reads": 9, "inserts": 1, "ambiguous": 0, "shared": 0, "mismatched": 0, "tailed": 0},
        }
    }
    assert library.classes()["miRNA"] == 9


EQUAL = IsomirRules(ties="equal")


def test_a_tie_between_matures_is_shared_exactly(count):
    library = count(MATURE[:18], reads=[7], rules=EQUAL)
    found = rows_of(library)
    for mirna in ("hsa-let-7a-5p", "hsa-let-7c-5p"):
        numbers = found["miRNA", mirna, ""]
        assert (numbers["reads"], numbers["shared"]) == (Fraction(7, 2), Fraction(7, 2))
        assert numbers["ambiguous"] == 0
    assert library.classes()["miRNA"] == 7


def test_a_tie_is_shared_by_what_else_the_library_holds(count):
    found = reads_of(count(MATURE, MATURE[:18], reads=[900, 7]))
    assert found == {("miRNA", "hsa-let-7a-5p", ""): 907}
    equal = reads_of(count(MATURE, MATURE[:18], reads=[900, 7], rules=EQUAL))
    assert equal["miRNA", "hsa-let-7c-5p", ""] == Fraction(7, 2)


def test_shares_over_three_features_sum_to_their_reads(count):
    references = {f"miRNA|h{n}": LET7A[:30] + "ACGT" * n for n in range(3)}
    windows = [(f"miRNA|h{n}", f"m{n}", 5, 27) for n in range(3)]
    for rules in (EQUAL, IsomirRules()):
        library = count(MATURE, reads=[10], references=references, windows=windows, rules=rules)
        found = reads_of(library)
        assert found["miRNA", "m1", ""] == Fraction(333_333, 100_000)
        assert sum(found.values()) == 10


def test_mirna_wins_over_trna_and_remembers_the_doubt(count):
    references = {"miRNA|hsa-let-7a-1": LET7A, "tRNA|Odd": MATURE + TRNA}
    library = count(MATURE, references=references, windows=WINDOWS[:1])
    (numbers,) = rows_of(library).values()
    assert (numbers["reads"], numbers["ambiguous"], numbers["shared"]) == (9, 9, 0)
    assert library.classes()["tRNA"] == 0


def test_a_mirna_in_an_exon_is_not_doubted(count):
    library = count(MATURE, references={**SEQUENCES, "mRNA|Host": TRNA + MATURE + TRNA})
    (numbers,) = rows_of(library).values()
    assert (numbers["reads"], numbers["ambiguous"]) == (9, 0)


def test_a_hairpin_outside_its_matures_loses_against_trna(count):
    outside = LET7A[30:50]
    references = {**SEQUENCES, "tRNA|Odd": outside + TRNA}
    assert reads_of(count(outside, references=references)) == {("tRNA", "Odd", "tRF-5"): 9}
    assert reads_of(count(outside)) == {("miRNA_hairpin", "hsa-let-7a-1", ""): 9}


def test_a_spike_in_wins_over_everything(count):
    found = reads_of(count(MATURE, references={**SEQUENCES, "spike_in|RC1": MATURE}))
    assert found == {("spike_in", "RC1", ""): 9}


def isomir(library):
    """Give feature, kind and signed shifts of the isomiR that gets most of the reads."""
    code = int(library.mirnas.groups.codes[library.mirnas.parts.argmax()])
    return library.feature(code), code >> 16 & 255, (code >> 8 & 255) - 128, (code & 255) - 128


def test_a_tail_is_no_shift_of_the_end_and_is_told(count):
    library = count(MATURE + "ACC")
    (numbers,) = rows_of(library).values()
    assert (numbers["reads"], numbers["tailed"], numbers["mismatched"]) == (9, 9, 0)
    tail = KIND_TAIL + 4 + 16 + int("001", 4) * 4 + 1  # after the tails of 1 and 2 nt: ACC
    assert isomir(library) == ("hsa-let-7a-5p", tail, 0, 0)


def test_shifts_are_signed_and_the_closest_window_is_taken(count):
    references = {"miRNA|one": LET7A, "miRNA|two": "CC" + LET7A}
    windows = [("miRNA|one", "m", 5, 27), ("miRNA|two", "m", 9, 29)]
    library = count(LET7A[6:24], references=references, windows=windows)
    assert isomir(library) == ("m", 0, 1, -3)


def test_mismatched_reads_can_be_left_out(count):
    changed = "TGAGGTAGTCGGTTGTATAGTT"
    (numbers,) = rows_of(count(changed)).values()
    assert numbers["mismatched"] == 9
    strict = count(changed, rules=IsomirRules(mismatched=False))
    assert reads_of(strict) == {("miRNA_hairpin", "hsa-let-7a-1", ""): 9}


def test_a_sibling_is_not_made_of_the_tails_and_errors_of_another(count):
    # let-7c is let-7a with a G for an A: one read in 3000 of let-7a is read as let-7c.
    found = reads_of(count(MATURE, LET7C[10:32], reads=[30_000, 10]))
    assert found["miRNA", "hsa-let-7a-5p", ""] > 30_009
    found = reads_of(count(MATURE, LET7C[10:32], reads=[30_000, 500]))
    assert found["miRNA", "hsa-let-7c-5p", ""] > 450


def test_the_shortest_matures_keep_isomirs_of_two_bases_less(count):
    windows = [("miRNA|hsa-let-7a-1", "short", 5, 22)]
    library = count(LET7A[5:20], references={"miRNA|hsa-let-7a-1": LET7A}, windows=windows)
    assert reads_of(library) == {("miRNA", "short", ""): 9}


def test_transcripts_of_one_feature_count_once(count):
    references = {
        "tRNA|Gly-1-1": TRNA,
        "tRNA|Gly-1-2": "T" + TRNA,
        "tRNA|Val": "G" * 60 + TRNA[:14],
    }
    features = {"tRNA|Gly-1-1": "Gly-1", "tRNA|Gly-1-2": "Gly-1"}
    library = count(TRNA[40:72], references=references, windows=[], features=features)
    kinds = {kind for _, feature, kind in reads_of(library) if feature == "Gly-1"}
    assert sum(reads_of(library).values()) == 9
    assert {feature for _, feature, _ in reads_of(library)} == {"Gly-1"}
    assert kinds


def test_unaligned_reads_are_counted_as_such(count):
    library = count("ACACACACACACACACACAC", MATURE)
    assert library.classes()[""] == 9
    assert library.unexplained().tolist() == [0]


def test_the_table_has_a_row_per_class_feature_and_kind(count, tmp_path):
    write_counts(count(MATURE, TRNA[:34], LET7C[10:32], rules=EQUAL), tmp_path / "s1.tsv")
    with (tmp_path / "s1.tsv").open() as handle:
        rows = list(csv.reader(handle, delimiter="\t"))
    assert tuple(rows[0]) == COLUMNS
    assert [row[:4] for row in rows[1:]] == [
        ["miRNA", "hsa-let-7a-5p", "", "9"],
        ["miRNA", "hsa-let-7c-5p", "", "7"],
        ["tRNA", "Gly", "5p_half", "8"],
    ]


def test_tables_of_another_run_are_refused(tmp_path):
    annotation(tmp_path)
    from exosift.annotation import read_annotation

    with pytest.raises(UserError, match="not of the same run"):
        read_annotation(tmp_path / "transcripts.tsv", tmp_path / "windows.tsv", ["tRNA|Gly"])


def test_what_fits_the_other_strand_exactly_is_no_read_of_a_mirna(tmp_path):
    # Arms that are each other's complement but for one base.
    other = MATURE[:9] + "C" + MATURE[10:]
    arm = other.translate(str.maketrans("ACGT", "TGCA"))[::-1]
    references = {"miRNA|h": f"CCGG{MATURE}TTCAGA{arm}CCGG"}
    windows = [("miRNA|h", "five", 4, 26), ("miRNA|h", "three", 32, 54)]
    known, reference = annotation(tmp_path, references, windows), transcriptome(references)
    given = inserts(MATURE, other, arm, MATURE[:5] + "C" + MATURE[6:])
    calls = call(given, match(given, reference), known, IsomirRules())
    calls = without_antisense(given, calls, known, reference)
    assert (calls.winners == MIRNA_CLASS).tolist() == [True, False, True, True]
