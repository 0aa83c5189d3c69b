"""Antisense: partners found in the sequences, and matrices that ignored the strand."""

import numpy as np
import pandas as pd
import pytest
from exosift.antisense import (
    COLUMNS,
    PARTNER_COLUMNS,
    VERDICTS,
    antisense_partners,
    screen,
    screen_notes,
    write_partners,
)
from exosift.caveats import antisense_caveats
from exosift.features import merge_matures, read_features
from exosift.sentences.caveats import caveat_sentence
from exosift.table_files import read_run_table, write_run_table

GHOSTS = (
    ("hsa-miR-423-5p", "hsa-miR-3184-3p"),
    ("hsa-miR-103a-3p", "hsa-miR-103b"),
    ("hsa-miR-7-5p", "hsa-miR-3529-3p"),
)


@pytest.fixture(scope="session")
def features(repository):
    resources = repository / "resources"
    return read_features(resources / "matures.fa", resources / "mirgenedb.gff3.gz")


@pytest.fixture(scope="session")
def pairs(features):
    return antisense_partners(features)


@pytest.fixture
def partners(pairs, tmp_path):
    write_partners(pairs, tmp_path / "partners.tsv")
    return pd.read_csv(tmp_path / "partners.tsv", sep="\t")


def test_partners_are_those_that_were_counted_before(features, pairs):
    names = {feature.name: feature.names for feature in features}
    alone = {one for pair in pairs for one in (pair.mirna, pair.partner)}
    assert sum(len(names[one]) for one in alone) == 227
    assert sum(len(names[pair.mirna]) * len(names[pair.partner]) for pair in pairs) == 161
    found = {(pair.mirna, pair.partner): pair for pair in pairs}
    for ghost in GHOSTS:
        assert found[ghost].overlap >= 23
        assert found[ghost].perfect
    assert not found["hsa-miR-24-3p", "hsa-miR-3074-5p"].perfect
    assert min(pair.overlap for pair in pairs) >= 16
    assert ("hsa-let-7a-5p", "hsa-let-7b-5p") not in found


def test_antisense_is_not_same_strand():
    word = "ACGTTGCAAGGCTTACCGAT"
    other = word.translate(str.maketrans("ACGT", "TGCA"))[::-1]
    assert antisense_partners(merge_matures([("a M1", word), ("b M2", word + "A")])) == []
    features = merge_matures([("hsa-miR-10 M1", "GG" + word), ("hsa-miR-2 M2", other[1:])])
    (pair,) = antisense_partners(features)
    assert (pair.mirna, pair.partner) == ("hsa-miR-2", "hsa-miR-10")
    assert (pair.overlap, pair.perfect) == (19, True)
    assert antisense_partners(features, overlap=20) == []


def test_the_table_is_what_the_screen_reads(partners):
    assert tuple(partners) == PARTNER_COLUMNS
    assert set(partners["perfect"]) == {"yes", "no"}


def cohort(features, samples=33, seed=5):
    """Draw counts of a strand-aware pipeline: of each antisense pair the second is hardly there."""
    rng = np.random.default_rng(seed)
    names = [feature.name for feature in features]
    level = rng.lognormal(3, 2, len(names))
    expected = level[:, None] * rng.gamma(5, 0.2, (len(names), samples))
    counts = pd.DataFrame(rng.poisson(expected), index=pd.Index(names, name="mirna"))
    for one, other in GHOSTS:
        counts.loc[one] = rng.negative_binomial(5, 5 / (5 + 3000), samples)
        counts.loc[other] = rng.poisson(2, samples)
    return counts


def quiet(counts, pairs):
    """Silence the second of each pair, but for the ghosts, which are drawn."""
    for pair in pairs:
        if (pair.mirna, pair.partner) not in GHOSTS:
            counts.loc[pair.partner] = 0
    return counts


def test_a_matrix_that_knows_the_strand_is_left_alone(features, pairs, partners):
    table = screen(quiet(cohort(features), pairs), partners, any_pair=True)
    assert tuple(table) == COLUMNS
    assert set(table["verdict"]) == {""}
    assert screen_notes(table) == []
    assert (table["overlap"] >= 16).all()


def test_reads_on_both_strands_are_told_with_the_names(features, pairs, partners):
    """As in GSE262414: three partners are equal in 33 of 33 samples, unequal ones differ."""
    counts = quiet(cohort(features), pairs)
    for one, other in GHOSTS:
        counts.loc[one] += counts.loc[other]
        counts.loc[other] = counts.loc[one]
    counts.loc["hsa-miR-24-3p"] = 5000
    counts.loc["hsa-miR-3074-5p"] = 1050
    table = screen(counts, partners, any_pair=True)
    verdicts = table.set_index(["mirna", "partner"])["verdict"]
    for ghost in GHOSTS:
        assert verdicts[ghost] == "counted_twice"
    assert verdicts["hsa-miR-24-3p", "hsa-miR-3074-5p"] == "both_strands"
    assert set(verdicts) == {"", *VERDICTS}
    notes = screen_notes(table)
    assert "3 pairs of antisense partners have the same counts" in notes[-2]
    assert "hsa-miR-423-5p and hsa-miR-3184-3p" in notes[-2]
    assert "hsa-miR-24-3p and hsa-miR-3074-5p" in notes[-1]


def test_most_perfect_partners_speak_for_the_whole_matrix(partners):
    rows = {name: [900, 400, 700, 800] for ghost in GHOSTS for name in ghost}
    (strand, twice) = screen_notes(screen(pd.DataFrame(rows).T, partners))
    assert strand.startswith("WARNING: 3 of 3 pairs of perfect antisense partners have reads on")
    assert "Believe neither" in strand
    assert "3 pairs" in twice
    alone = screen(pd.DataFrame({name: [900, 400, 700] for name in GHOSTS[0]}).T, partners)
    (said,) = screen_notes(alone)
    assert said.startswith("WARNING: 1 pairs of antisense partners have the same counts")


def test_near_identical_rows_of_any_two_are_told_in_imports_only(features, pairs, partners):
    counts = quiet(cohort(features), pairs)
    counts.loc["hsa-miR-21-5p"] = np.arange(33) * 1000 + 20_000
    counts.loc["hsa-miR-16-5p"] = (counts.loc["hsa-miR-21-5p"] * 1.01).astype(int)
    assert screen_notes(screen(counts, partners)) == []
    table = screen(counts, partners, any_pair=True)
    (row,) = table[table["overlap"].isna()].itertuples()
    assert {row.mirna, row.partner} == {"hsa-miR-16-5p", "hsa-miR-21-5p"}
    assert (row.samples, row.alike_share, row.verdict) == (33, 1, "counted_twice")
    (said,) = screen_notes(table)
    assert said.startswith("WARNING: 1 pairs of other miRNAs have the same counts")


def test_few_reads_say_nothing(partners):
    counts = pd.DataFrame({name: [19] * 4 for name in GHOSTS[0]}).T
    assert screen(counts, partners, any_pair=True)["verdict"].tolist() == [""]
    counts = pd.DataFrame({"hsa-miR-21-5p": [500] * 4, "hsa-miR-16-5p": [500] * 4}).T
    assert not len(screen(counts, partners, any_pair=True))


@pytest.mark.parametrize(
    ("name", "told", "perfect"),
    [("GSE71008_CRC_vs_NC_hsa_miRNA", 0, None), ("draculR_GSE105052", 2, "7 of 7 pairs")],
)
def test_public_matrices_are_told_apart(shared_data, partners, name, told, perfect):
    counts = pd.read_csv(shared_data / "counts" / f"{name}_counts.tsv.gz", sep="\t", index_col=0)
    notes = screen_notes(screen(counts, partners, any_pair=True))
    assert len(notes) == told
    if perfect:
        assert perfect in notes[0]


def test_both_of_a_suspect_pair_are_doubted_with_their_reads():
    table = pd.DataFrame(
        [
            ("a", "b", 20, "yes", 400, 8000, 0.05, 9, 0.95, "counted_twice"),
            ("c", "d", 22, "yes", 1200, 9000, 0.13, 9, 0.1, "both_strands"),
            ("e", "f", 22, "yes", 2, 9000, 0.0, 9, 0.0, ""),
        ],
        columns=list(COLUMNS),
    )
    found = antisense_caveats(table)
    assert set(found) == set("abcd")
    assert [one.code for one in found["a"]] == ["counted_twice"]
    assert caveat_sentence(found["a"][0]).startswith(
        "Its counts are those of b in 95% of 9 libraries"
    )
    assert "Its reverse complement d has reads, too (1,200 against 9,000)" in caveat_sentence(
        found["c"][0]
    )
    assert "c has reads, too (9,000 against 1,200)" in caveat_sentence(found["d"][0])


def test_a_pair_with_too_few_reads_leaves_the_shares_of_the_others_numbers(tmp_path):
    counts = pd.DataFrame(
        {f"s{at}": [100 + at, 100 + at, 3, 2] for at in range(6)}, index=["a", "b", "c", "d"]
    )
    partners = pd.DataFrame(
        {"mirna": ["a", "c"], "partner": ["b", "d"], "overlap": [20, 20], "perfect": ["yes"] * 2}
    )
    path = tmp_path / "antisense_partners.tsv"
    write_run_table("antisense", screen(counts, partners), path)
    table = read_run_table("antisense", path)
    assert table["alike_share"].dtype == float
    assert table["alike_share"].isna().tolist() == [False, True]
    found = antisense_caveats(table)
    assert set(found) == {"a", "b"}
    assert found["a"][0].facts == {"partner": "b", "share": 1.0, "libraries": 6}
