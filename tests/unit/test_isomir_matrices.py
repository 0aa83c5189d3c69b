"""Matrices of isomiRs: variants and seeds of all libraries, with the sums of the libraries."""

import json

import pandas as pd
import pytest
from exosift import isomirs
from exosift.errors import UserError
from exosift.isomir_matrices import merge_isomirs
from exosift.library_tables import ISOMIR_COLUMNS


def test_the_tables_of_libraries_have_the_columns_that_are_written():
    assert ISOMIR_COLUMNS == isomirs.COLUMNS


LIBRARIES = {
    "s1": [
        ("hsa-miR-21-5p", "NA", 0, "100"),
        ("hsa-miR-21-5p", "iso_3p:+1", 0, "21/2"),
        ("hsa-miR-21-5p", "iso_5p:+1", 1, "7/2"),
        ("hsa-miR-21-5p", "iso_5p:+1,iso_3p:-1", 1, "5"),
        ("hsa-miR-9-5p", "iso_5p:-1", -1, "9"),
        ("hsa-miR-1246", "NA", 0, "50"),
    ],
    "s2": [("hsa-miR-21-5p", "iso_5p:+1", 1, "2"), ("hsa-miR-9-5p", "iso_snv:7A>G", 0, "1")],
    "bad": None,
}


@pytest.fixture
def merged(tmp_path):
    for name, rows in LIBRARIES.items():
        lines = ["\t".join(ISOMIR_COLUMNS)]
        lines += ["\t".join(map(str, (*row, 1))) for row in rows or ()]
        (tmp_path / f"{name}.tsv").write_text("\n".join(lines) + "\n")
        told = {"sample": name, "status": "failed" if rows is None else "ok"}
        told["classes"] = {"miRNA": {"s1": 178, "s2": 3}.get(name, 0)}
        (tmp_path / f"{name}.json").write_text(json.dumps(told))

    def merge(fewest, moved=("hsa-miR-1246",)):
        merge_isomirs(
            [tmp_path / f"{name}.tsv" for name in LIBRARIES],
            [tmp_path / f"{name}.json" for name in LIBRARIES],
            moved,
            fewest,
            isomir_counts=tmp_path / "isomir_counts.tsv",
            seed_isomir_counts=tmp_path / "seed_isomir_counts.tsv",
        )
        variants = pd.read_csv(
            tmp_path / "isomir_counts.tsv", sep="\t", index_col=[0, 1], keep_default_na=False
        )
        return variants, pd.read_csv(tmp_path / "seed_isomir_counts.tsv", sep="\t", index_col=0)

    return merge


def test_every_variant_is_a_row_in_the_order_of_the_names(merged):
    variants, _ = merged(1)
    assert list(variants.columns) == ["s1", "s2"]
    assert variants.index.names == ["mirna", "variant"]
    # Of the two halves the larger count gets the read.
    assert [tuple(row) for row in variants.reset_index().to_numpy().tolist()] == [
        ("hsa-miR-9-5p", "iso_5p:-1", 9, 0),
        ("hsa-miR-9-5p", "iso_snv:7A>G", 0, 1),
        ("hsa-miR-21-5p", "NA", 100, 0),
        ("hsa-miR-21-5p", "iso_3p:+1", 11, 0),
        ("hsa-miR-21-5p", "iso_5p:+1", 3, 2),
        ("hsa-miR-21-5p", "iso_5p:+1,iso_3p:-1", 5, 0),
    ]


def test_each_seed_is_a_feature_and_all_reads_of_a_mirna_have_one(merged):
    _, seeds = merged(1)
    assert seeds["s1"].to_dict() == {
        "hsa-miR-9-5p": 0,
        "hsa-miR-9-5p|iso_5p:-1": 9,
        "hsa-miR-21-5p": 111,
        "hsa-miR-21-5p|iso_5p:+1": 8,
    }
    assert seeds.loc["hsa-miR-21-5p|iso_5p:+1", "s2"] == 2


def test_rare_isomirs_have_no_row(merged):
    variants, seeds = merged(10)
    assert list(variants.index) == [("hsa-miR-21-5p", "NA"), ("hsa-miR-21-5p", "iso_3p:+1")]
    assert list(seeds.index) == ["hsa-miR-21-5p", "hsa-miR-21-5p|iso_5p:+1"]


def test_a_table_of_another_run_is_told(merged, tmp_path):
    told = {"sample": "s2", "status": "ok", "classes": {"miRNA": 4}}
    (tmp_path / "s2.json").write_text(json.dumps(told))
    with pytest.raises(UserError, match=r"s2\.tsv holds 3 reads of miRNA, but the summary of the"):
        merged(1)


def test_fragments_of_other_rnas_are_left_out_only_if_they_were_moved(merged):
    variants, _ = merged(1, moved=())
    assert variants.loc[("hsa-miR-1246", "NA")].tolist() == [50, 0]
