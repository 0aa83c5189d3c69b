"""Features: what is counted as one miRNA, and where it lies on the hairpins."""

import csv
import gzip
import itertools
from collections import defaultdict

import pytest
from exosift.errors import UserError
from exosift.features import (
    annotated_places,
    locate,
    merge_matures,
    merged_name,
    mirgenedb_names,
    read_features,
    write_features,
)
from exosift.references import Transcript, read_fasta


@pytest.fixture(scope="session")
def resources(repository):
    return repository / "resources"


@pytest.fixture(scope="session")
def features(resources):
    return read_features(resources / "matures.fa", resources / "mirgenedb.gff3.gz")


@pytest.fixture(scope="session")
def hairpins(resources):
    return [
        Transcript("miRNA", heading.split()[0], sequence)
        for heading, sequence in read_fasta(resources / "hairpins.fa")
    ]


@pytest.fixture(scope="session")
def annotated(resources):
    return annotated_places(resources / "mirbase.gff3.gz")


@pytest.fixture(scope="session")
def locations(features, hairpins, annotated):
    return locate(features, hairpins, annotated)


def named(features, name):
    return next(feature for feature in features if feature.name == name)


@pytest.mark.parametrize(
    ("names", "merged"),
    [
        (["hsa-miR-199b-3p", "hsa-miR-199a-3p"], "hsa-miR-199a-3p/199b-3p"),
        (["hsa-miR-10b-5p", "hsa-miR-9-5p"], "hsa-miR-9-5p/10b-5p"),
        (["hsa-let-7b-5p", "hsa-let-7a-5p"], "hsa-let-7a-5p/7b-5p"),
        (["hsa-miR-98-5p", "hsa-let-7a-5p"], "hsa-let-7a-5p/hsa-miR-98-5p"),
        (["hsa-miR-21-5p"], "hsa-miR-21-5p"),
    ],
)
def test_identical_matures_are_named_together(names, merged):
    assert merged_name(names) == merged_name(names[::-1]) == merged


def test_mirbase_is_read_whole(features):
    assert sum(len(feature.names) for feature in features) == 2656
    assert len(features) == len({feature.sequence for feature in features}) == 2632
    assert len({feature.name for feature in features}) == 2632
    assert all(len(feature.names) == len(feature.accessions) for feature in features)
    pair = named(features, "hsa-miR-199a-3p/199b-3p")
    assert pair.names == ("hsa-miR-199a-3p", "hsa-miR-199b-3p")
    assert pair.accessions == ("MIMAT0000232", "MIMAT0004563")
    assert pair.mirgenedb
    assert set(pair.sequence) <= set("ACGT")


def test_every_mature_lies_in_a_hairpin(features, hairpins, locations):
    sequences = {hairpin.label: hairpin.sequence for hairpin in hairpins}
    wanted = {feature.name: feature.sequence for feature in features}
    for place in locations:
        assert sequences[place.reference][place.start : place.end] == wanted[place.mirna]
    assert {place.mirna for place in locations} == set(wanted)
    assert len(locations) == 2879


def test_places_are_those_of_mirbase(features, locations, annotated):
    found = {(place.reference.partition("|")[2], place.mirna, place.start) for place in locations}
    feature_of = {one: feature.name for feature in features for one in feature.accessions}
    assert found == {(hairpin, feature_of[one], start) for hairpin, one, start in annotated}


@pytest.mark.parametrize(
    ("hairpin", "there", "not_there"),
    [
        ("hsa-mir-151a", "hsa-miR-151a-5p", "hsa-miR-151b"),
        ("hsa-mir-500a", "hsa-miR-500a-5p", "hsa-miR-500b-5p"),
        ("hsa-mir-520c", "hsa-miR-520c-3p", "hsa-miR-520b-3p"),
        ("hsa-mir-1268b", "hsa-miR-1268b", "hsa-miR-1268a"),
    ],
)
def test_a_sibling_within_a_longer_mature_gets_no_window(
    features, hairpins, locations, hairpin, there, not_there
):
    label = f"miRNA|{hairpin}"
    placed = {place.mirna for place in locations if place.reference == label}
    assert there in placed
    assert not_there not in placed
    # By sequence alone it would have one.
    assert any(
        place.reference == label and place.mirna == not_there
        for place in locate([named(features, not_there)], hairpins)
    )


def test_no_two_mirnas_claim_the_same_stretch_of_a_hairpin(locations):
    by_hairpin = defaultdict(list)
    for place in locations:
        by_hairpin[place.reference].append(place)
    for places in by_hairpin.values():
        for one, other in itertools.combinations(places, 2):
            assert abs(one.start - other.start) > 3 or abs(one.end - other.end) > 5, (one, other)


def test_copies_of_a_gene_all_count(locations):
    placed = {p.reference.partition("|")[2] for p in locations if p.mirna == "hsa-let-7a-5p"}
    assert placed == {"hsa-let-7a-1", "hsa-let-7a-2", "hsa-let-7a-3"}
    twins = {p.reference for p in locations if p.mirna == "hsa-miR-199a-3p/199b-3p"}
    assert twins == {"miRNA|hsa-mir-199a-1", "miRNA|hsa-mir-199a-2", "miRNA|hsa-mir-199b"}


def test_a_mature_without_annotation_keeps_every_place():
    (feature,) = merge_matures([("hsa-miR-1-5p MIMAT1", "ACGTACGGTTCCAATT")])
    hairpin = Transcript("miRNA", "hsa-mir-1", "GG" + "ACGTACGGTTCCAATT" * 2)
    assert [place.start for place in locate([feature], [hairpin])] == [2, 18]
    assert [p.start for p in locate([feature], [hairpin], {("hsa-mir-1", "MIMAT1", 18)})] == [18]
    assert [p.start for p in locate([feature], [hairpin], {("hsa-mir-9", "MIMAT1", 18)})] == [2, 18]


def test_files_of_two_releases_are_told():
    lost = merge_matures([("hsa-miR-1-5p MIMAT1", "ACGTACGGTTCCAATT")])
    with pytest.raises(UserError, match="1 matures lie on no hairpin, such as hsa-miR-1-5p"):
        locate(lost, [Transcript("miRNA", "hsa-mir-1", "A" * 80)])


def test_coordinates_are_turned_on_the_reverse_strand(tmp_path):
    rows = [
        ("miRNA_primary_transcript", 101, 180, "-", "ID=MI1;Alias=MI1;Name=hsa-mir-1"),
        ("miRNA", 150, 171, "-", "ID=MIMAT1;Alias=MIMAT1;Name=x;Derives_from=MI1"),
        ("miRNA_primary_transcript", 501, 580, "+", "ID=MI1_2;Alias=MI1;Name=hsa-mir-1"),
        ("miRNA", 511, 531, "+", "ID=MIMAT2;Alias=MIMAT2;Name=y;Derives_from=MI1"),
    ]
    text = "".join(
        f"chr1\t.\t{kind}\t{start}\t{end}\t.\t{strand}\t.\t{attributes}\n"
        for kind, start, end, strand, attributes in rows
    )
    path = tmp_path / "places.gff3.gz"
    path.write_bytes(gzip.compress(f"##gff-version 3\n{text}".encode()))
    assert annotated_places(path) == {("hsa-mir-1", "MIMAT1", 9), ("hsa-mir-1", "MIMAT2", 10)}


def test_mirgenedb_is_matched_by_accession_as_by_hairpin_and_arm(resources):
    """Two ways to the same answer: the alias of the mature, and hairpin accession with arm."""
    by_alias = mirgenedb_names(resources / "mirgenedb.gff3.gz")
    assert len(by_alias) == 900
    arms = _arms_of_mirbase(resources / "mirbase.gff3.gz")
    genes, matures = {}, defaultdict(list)
    for fields, attributes in _gff3(resources / "mirgenedb.gff3.gz"):
        gene, _, part = attributes["ID"].rpartition("_")
        if fields[2] == "pre_miRNA":
            genes[gene] = attributes.get("Alias")
        else:
            matures[gene].append((part.rstrip("*"), attributes.get("Alias")))
    agree = 0
    for gene, listed in matures.items():
        for arm, alias in listed:
            there = {one for one, side in arms.get(genes[gene], {}).items() if side == arm}
            assert not alias or not there or alias in there, gene
            agree += bool(alias and alias in there)
    assert agree > 900  # paralogues share an accession


def _arms_of_mirbase(path):
    hairpins, arms = {}, defaultdict(dict)
    for fields, attributes in _gff3(path):
        start, end = int(fields[3]), int(fields[4])
        if fields[2] == "miRNA_primary_transcript":
            hairpins[attributes["ID"]] = (start, end, attributes["Alias"])
            continue
        first, last, accession = hairpins[attributes["Derives_from"]]
        early = (start + end < first + last) == (fields[6] == "+")
        arms[accession][attributes["Alias"]] = "5p" if early else "3p"
    return arms


def _gff3(path):
    with gzip.open(path, "rt") as lines:
        for line in lines:
            fields = line.rstrip("\n").split("\t")
            if len(fields) == 9:
                yield fields, dict(pair.split("=", 1) for pair in fields[8].split(";") if pair)


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        ("hsa-let-7a-5p", True),
        ("hsa-miR-451a", True),
        ("hsa-miR-1246", False),
        ("hsa-miR-1290", False),
        ("hsa-miR-4454", False),
    ],
)
def test_mirgenedb_holds_what_it_is_known_to_hold(features, name, inside):
    assert bool(named(features, name).mirgenedb) is inside


def test_tables_are_what_later_rooms_read(features, locations, tmp_path):
    write_features(features, locations, tmp_path / "features.tsv", tmp_path / "windows.tsv")
    with (tmp_path / "features.tsv").open(newline="") as handle:
        rows = {row["mirna"]: row for row in csv.DictReader(handle, delimiter="\t")}
    assert rows["hsa-let-7a-5p"]["hairpins"] == "hsa-let-7a-1;hsa-let-7a-2;hsa-let-7a-3"
    assert rows["hsa-miR-199a-3p/199b-3p"]["names"] == "hsa-miR-199a-3p;hsa-miR-199b-3p"
    assert list(rows) == [feature.name for feature in features]
    assert all(row["hairpins"] for row in rows.values())
    with (tmp_path / "windows.tsv").open(newline="") as handle:
        windows = list(csv.DictReader(handle, delimiter="\t"))
    assert len(windows) == len(locations)
    first = next(row for row in windows if row["reference"] == "miRNA|hsa-let-7a-1")
    assert first == {
        "reference": "miRNA|hsa-let-7a-1",
        "mirna": "hsa-let-7a-5p",
        "start": "5",
        "end": "27",
        "mature": "hsa-let-7a-5p",
    }
