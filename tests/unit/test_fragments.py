"""Fragments: which miRNAs fit another RNA."""

import csv

import pytest
from exosift.features import merge_matures, read_features
from exosift.fragments import Match, fragment_matches, write_matches
from exosift.reference_files import SHIPPED
from exosift.references import Source, Transcript, collect, read_fasta

MIRNA = "ACGGTTCAGATCCTAGGACTTA"  # 22 nt


def matches(text, rna="snRNA", mirna=MIRNA):
    (feature,) = merge_matures([("hsa-miR-1-5p MIMAT1", mirna)])
    return fragment_matches([feature], [Transcript(rna, "U2", text)])


@pytest.mark.parametrize(
    ("text", "kind", "length"),
    [
        (f"TTTT{MIRNA}CCC", "exact", 22),
        (MIRNA, "exact", 22),
        (f"TTTT{MIRNA[:3]}C{MIRNA[4:]}CCC", "one_mismatch", 22),
        (f"TT{MIRNA[:21]}C", "one_mismatch", 22),
        (f"T{MIRNA[1:]}", "one_mismatch", 22),
        (f"TTTT{MIRNA[:17]}CCCCCCC", "substring", 17),
        (f"TT{MIRNA[4:]}", "substring", 18),
        (MIRNA[:-1], "substring", 21),
    ],
)
def test_the_best_fit_is_told(text, kind, length):
    assert matches(text) == [Match("hsa-miR-1-5p", "snRNA", "U2", kind, length)]


@pytest.mark.parametrize(
    "text",
    [
        f"TTTT{MIRNA[:16]}CCCCCCC",  # too short a stretch
        f"TT{MIRNA[:3]}C{MIRNA[4:15]}C{MIRNA[16:]}TT",  # two mismatches
        f"TT{MIRNA.translate(str.maketrans('ACGT', 'TGCA'))[::-1]}TT",  # antisense
        f"TT{MIRNA[:11]}T{MIRNA[11:]}TT",  # an insertion
        "",
    ],
)
def test_what_does_not_fit_is_not_told(text):
    assert matches(text) == []


def test_exact_wins_over_a_worse_place_in_the_same_rna():
    text = f"{MIRNA[:3]}C{MIRNA[4:]}GGGG{MIRNA}GGGG{MIRNA[:18]}"
    assert matches(text) == [Match("hsa-miR-1-5p", "snRNA", "U2", "exact", 22)]


@pytest.mark.parametrize("rna", ["miRNA", "mRNA"])
def test_hairpins_and_mrna_are_passed_over(rna):
    assert matches(f"TT{MIRNA}TT", rna=rna) == []


def test_a_mirna_shorter_than_the_stretch_is_seen_whole():
    assert [match.kind for match in matches("TTACGGTTCAGATCCTAGGG", mirna=MIRNA[:16])] == ["exact"]


def test_worse_kinds_come_first_and_names_count():
    pair = merge_matures([("hsa-miR-10 M1", MIRNA), ("hsa-miR-9 M2", MIRNA[:-1] + "C")])
    found = fragment_matches(
        pair, [Transcript("tRNA", "b", MIRNA[:18]), Transcript("rRNA", "a", MIRNA)]
    )
    assert [(match.mirna, match.kind, match.reference) for match in found] == [
        ("hsa-miR-9", "one_mismatch", "a"),
        ("hsa-miR-9", "substring", "b"),
        ("hsa-miR-10", "exact", "a"),
        ("hsa-miR-10", "substring", "b"),
    ]


@pytest.fixture(scope="session")
def screen(repository):
    folder = repository / "resources"
    transcripts, _ = collect([Source(rna, folder / name) for rna, name in SHIPPED.items()])
    features = read_features(folder / "matures.fa", folder / "mirgenedb.gff3.gz")
    return features, fragment_matches(features, transcripts)


@pytest.mark.parametrize(
    ("mirna", "rna", "name", "kind"),
    [
        ("hsa-miR-1246", "snRNA", "U2|ENSG00000274452", "exact"),
        ("hsa-miR-1290", "snRNA", "U2|ENSG00000274452", "one_mismatch"),
        ("hsa-miR-4284", "tRNA", "mt-tRNA-Phe-GAA|mtdbD00000527", "exact"),
        ("hsa-miR-4454", "tRNA", "tRNA-His-GTG-1-1", "one_mismatch"),
        ("hsa-miR-4448", "tRNA", "tRNA-Pro-AGG-1-1", "one_mismatch"),
        ("hsa-miR-3182", "tRNA", "tRNA-Val-CAC-2-1", "one_mismatch"),
        ("hsa-miR-663a", "rRNA", "45S|GL000220.1_107433-107598", "exact"),
        # These need the CCA end, also of tRNA genes that end in CCA themselves.
        ("hsa-miR-1260a", "tRNA", "tRNA-Leu-TAG-1-1", "one_mismatch"),
        ("hsa-miR-7977", "tRNA", "tRNA-Gly-TCC-6-1", "exact"),
    ],
)
def test_known_fragments_are_found_in_the_shipped_references(screen, mirna, rna, name, kind):
    _, found = screen
    kinds = {
        match.kind
        for match in found
        if (match.mirna, match.rna, match.reference) == (mirna, rna, name)
    }
    assert kinds == {kind}


def test_mirnas_that_are_beyond_doubt_fit_nothing_else(screen):
    features, found = screen
    genuine = {feature.name for feature in features if feature.mirgenedb}
    assert {match.mirna for match in found if match.rna != "vector"} & genuine == set()


def test_a_search_by_brute_force_finds_the_same(screen, repository):
    features, found = screen
    name = "U2|ENSG00000274452"
    text = dict(read_fasta(repository / "resources" / "snrna.fa"))[name]
    near = {
        feature.name
        for feature in features
        for at in range(len(text) - len(feature.sequence) + 1)
        if sum(a != b for a, b in zip(feature.sequence, text[at:], strict=False)) <= 1
    }
    whole = {m.mirna for m in found if m.reference == name and m.kind != "substring"}
    assert whole == near == {"hsa-miR-1246", "hsa-miR-1290"}


def test_the_table_has_one_row_for_each_match(screen, tmp_path):
    _, found = screen
    write_matches(found, tmp_path / "fragment_matches.tsv")
    with (tmp_path / "fragment_matches.tsv").open(newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    assert list(rows[0]) == ["mirna", "class", "reference", "match", "length"]
    assert len(rows) == len(found) == len({(r["mirna"], r["class"], r["reference"]) for r in rows})
