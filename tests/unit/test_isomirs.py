"""IsomiRs: their words, their shares, and the table that holds them."""

import csv
import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from exosift.isomirs import (
    COLUMNS,
    commonest_ends,
    find_isomirs,
    shift_5p_of,
    variant,
    variant_of,
    whole_reads,
    write_isomirs,
)
from exosift.settings.quantification import IsomirRules
from exosift.sharing import UNIT

from tests.unit.transcripts import LET7A, LET7C, MATURE, TRNA, quantify


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


def rows_of(counted, folder):
    write_isomirs(counted, find_isomirs(counted), folder / "s1.tsv")
    with (folder / "s1.tsv").open() as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    assert not rows or tuple(rows[0]) == COLUMNS
    return rows


def test_the_table_has_a_row_for_each_variant_of_a_mature(tmp_path):
    # Two bases of the seed are changed, each once; the variant is the same.
    counted = quantify(
        tmp_path, MATURE, "TGACGTAGTAGGTTGTATAGTT", "TGAGCTAGTAGGTTGTATAGTT", LET7A[6:26]
    )
    rows = {row["variant"]: row for row in rows_of(counted, tmp_path)}
    assert set(rows) == {"NA", "iso_snv_seed", "iso_3p:-1,iso_5p:+1"}
    assert {row["mirna"] for row in rows.values()} == {"hsa-let-7a-5p"}
    assert (rows["iso_snv_seed"]["reads"], rows["iso_snv_seed"]["inserts"]) == ("15", "2")
    assert rows["iso_3p:-1,iso_5p:+1"]["shift_5p"] == "1"
    assert rows["NA"]["shift_5p"] == "0"


@pytest.mark.parametrize("shift_5p", [-3, 0, 2])
@pytest.mark.parametrize("snv", range(-1, 25))
def test_a_form_is_typed_as_its_parts_are(tmp_path, shift_5p, snv):
    isomirs = find_isomirs(quantify(tmp_path, MATURE))
    changed = {"shifts_5p": shift_5p, "shifts_3p": -4, "tails": 3, "snvs": snv}
    arrays = {name: np.array([number]) for name, number in changed.items()}
    (form,) = replace(isomirs, **arrays).forms.tolist()
    assert variant_of(form) == variant(shift_5p, -4, 3, snv)
    assert shift_5p_of(form) == shift_5p
    # A table has one row for a variant only if forms with one name are one number.
    twin = replace(isomirs, **arrays | {"snvs": np.array([3])}).forms.tolist()[0]
    assert (form == twin) == (variant(shift_5p, -4, 3, snv) == variant(shift_5p, -4, 3, 3))


def test_a_base_that_was_not_read_is_no_changed_base(tmp_path):
    (row,) = rows_of(quantify(tmp_path, "TGAGGTAGTNGGTTGTATAGTT"), tmp_path)
    assert (row["variant"], row["reads"]) == ("NA", "9")


def test_reads_of_the_table_sum_to_those_of_the_library(tmp_path):
    counted = quantify(tmp_path, **many_reads())
    by_mirna = Counter()
    for row in rows_of(counted, tmp_path):
        by_mirna[row["mirna"]] += Fraction(row["reads"])
    assert sum(by_mirna.values()) == counted.classes()["miRNA"] > 3900
    assert by_mirna == {row[1]: Fraction(row[3]) for row in counted.rows() if row[0] == "miRNA"}


def many_reads():
    """Draw reads of two siblings, of which many are shared."""
    rng = random.Random(5)
    made = Counter()
    for _ in range(4000):
        hairpin, begin = rng.choice(((LET7A, 5), (LET7C, 10)))
        begin += rng.choice((-1, 0, 0, 0, 1))
        sequence = hairpin[begin : begin + rng.randint(17, 24)] + rng.choice(("", "", "A", "TT"))
        made[sequence] += 1
    return {"reads_of": dict(made.most_common())}


def test_whole_reads_sum_to_those_of_each_insert_and_nearly_to_those_of_each_mature(tmp_path):
    counted = quantify(tmp_path, **many_reads())
    isomirs = find_isomirs(counted)
    by_insert = np.bincount(isomirs.inserts, isomirs.reads)
    assert (by_insert[isomirs.inserts] == counted.inserts.reads[isomirs.inserts]).all()
    shares = isomirs.parts * counted.inserts.reads[isomirs.inserts]
    assert (shares % UNIT > 0).sum() > 10
    exact = np.bincount(isomirs.features, shares) / UNIT
    assert np.abs(np.bincount(isomirs.features, isomirs.reads) - exact).max() < 1


def test_the_smaller_partner_of_single_reads_gets_its_part():
    # 1,000 inserts of one read, of which each belongs to the second mature by a tenth.
    inserts, features = np.repeat(np.arange(1000), 2), np.tile([0, 1], 1000)
    parts = np.tile([900_000, 100_000], 1000)
    whole = whole_reads(np.ones(2000, np.int64), parts, inserts, features)
    assert np.bincount(features, whole).tolist() == [900, 100]
    assert (np.bincount(inserts, whole) == 1).all()


def test_shares_of_many_matures_are_never_negative_and_sum_up():
    rng = np.random.default_rng(3)
    inserts = np.repeat(np.arange(2000), 5)
    features = np.concatenate([rng.permutation(40)[:5] for _ in range(2000)])
    cuts = np.sort(rng.integers(0, UNIT, (2000, 4)), axis=1)
    parts = np.diff(cuts, prepend=0, append=UNIT, axis=1).ravel()
    reads = np.repeat(rng.integers(1, 4, 2000), 5)
    whole = whole_reads(reads, parts, inserts, features)
    assert whole.min() >= 0
    assert (np.bincount(inserts, whole) == reads[::5]).all()
    exact = np.bincount(features, reads * parts) / UNIT
    assert np.abs(np.bincount(features, whole) - exact).max() < 2


def test_ties_in_equal_parts_are_exact(tmp_path):
    counted = quantify(tmp_path, MATURE[:18], reads=[7], rules=IsomirRules(ties="equal"))
    rows = rows_of(counted, tmp_path)
    assert {row["mirna"]: row["reads"] for row in rows} == {
        "hsa-let-7a-5p": "7/2",
        "hsa-let-7c-5p": "7/2",
    }


@pytest.mark.parametrize("sequences", [(), (TRNA[:30],)])
def test_a_library_without_mirna_has_an_empty_table(tmp_path, sequences):
    assert rows_of(quantify(tmp_path, *sequences), tmp_path) == []
    assert (tmp_path / "s1.tsv").read_text() == "\t".join(COLUMNS) + "\n"


def test_the_commonest_end_of_a_mirna_is_that_of_most_of_its_reads():
    shifts = [("a", 0, 3), ("a", 1, 4), ("a", 0, 3), ("b", -2, Fraction(1, 2)), ("c", 0, 0)]
    assert commonest_ends(shifts) == {"a": (0, 0.6), "b": (-2, 1.0)}


@pytest.mark.parametrize(
    ("shifts", "chosen"), [((1, 0, -1), 0), ((2, -1, 1), -1), ((-3, 3), -3), ((2, -1), -1)]
)
def test_of_equally_common_ends_the_one_nearest_to_the_mature_is_told(shifts, chosen):
    given = [("a", shift, 5) for shift in shifts]
    assert commonest_ends(given) == {"a": (chosen, 1 / len(shifts))}
    assert commonest_ends(reversed(given)) == commonest_ends(given)
