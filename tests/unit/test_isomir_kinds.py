"""Shares of isomiRs by kind: each read is of one kind, and the shares add up."""

import math

import pytest
from exosift.errors import UserError
from exosift.isomir_kinds import ISOMIR_METRICS, isomir_shares, kind
from exosift.isomirs import variant
from exosift.library_tables import ISOMIR_COLUMNS

ROWS = (
    ("hsa-miR-21-5p", "NA", 0, "50"),
    ("hsa-miR-21-5p", "iso_3p:+1", 0, "41/2"),
    ("hsa-miR-9-5p", "iso_3p:-2", 0, "9/2"),
    ("hsa-miR-9-5p", "iso_3p:-1,iso_add3p:1", 0, "10"),
    ("hsa-miR-9-5p", "iso_3p:-1,iso_5p:+1,iso_add3p:1", 1, "9"),
    ("hsa-miR-9-5p", "iso_5p:-1,iso_snv_seed", -1, "6"),
)


@pytest.fixture
def written(tmp_path):
    def write(rows):
        lines = ["\t".join(ISOMIR_COLUMNS), *("\t".join(map(str, (*row, 1))) for row in rows)]
        path = tmp_path / "s1.tsv"
        path.write_text("\n".join(lines) + "\n")
        return path

    return write


def test_shares_are_of_all_mirna_reads(written):
    shares = isomir_shares(written(ROWS))
    assert list(shares) == list(ISOMIR_METRICS)
    assert list(shares.values()) == [0.5, 0.25, 0.1, 0.09, 0.06]


def test_a_library_without_mirnas_has_no_shares(written):
    assert all(math.isnan(share) for share in isomir_shares(written(())).values())


@pytest.mark.parametrize(
    ("shift_5p", "shift_3p", "tail", "snv", "expected"),
    [
        (0, 0, 0, -1, "canonical"),
        (0, 2, 0, -1, "3p"),
        (0, 2, 1, -1, "tailed"),
        (-1, 2, 1, -1, "5p"),
        (-1, 2, 1, 4, "snv"),
        (0, 0, 0, 21, "snv"),
    ],
)
def test_each_variant_that_is_written_has_a_kind(shift_5p, shift_3p, tail, snv, expected):
    assert kind(variant(shift_5p, shift_3p, tail, snv)) == expected


def test_a_table_of_another_version_is_told(tmp_path):
    (tmp_path / "s1.tsv").write_text("mirna\treads\nhsa-miR-21-5p\t1\n")
    with pytest.raises(UserError, match="another version"):
        isomir_shares(tmp_path / "s1.tsv")
