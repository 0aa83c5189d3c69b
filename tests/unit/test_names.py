"""Names: what the names of other programs and older releases mean today."""

import csv
import gzip
from collections import defaultdict

import pytest
from exosift.errors import UserError
from exosift.features import annotated_places, locate, read_features, write_features
from exosift.names import HOW, Names, read_history, spelling
from exosift.references import Transcript, read_fasta

HISTORY = """version\tacc\tname
v8_2\tMIMAT0000750\thsa-miR-340
v8_2\tMIMAT0000076\thsa-miR-21
v10\tMIMAT0000750\thsa-miR-340-3p
v10\tMIMAT0004692\thsa-miR-340
v10\tMIMAT0000076\thsa-miR-21
v10\tMIMAT0004494\thsa-miR-21*
v10\tMIMAT0005938\thsa-miR-1274b
v10\tMIMAT0004508\thsa-miR-92a*
v21\tMIMAT0000076\thsa-miR-21-5p
"""


@pytest.fixture(scope="session")
def table(repository, tmp_path_factory):
    """The features of the shipped miRBase 22."""
    resources = repository / "resources"
    folder = tmp_path_factory.mktemp("names")
    features = read_features(resources / "matures.fa", resources / "mirgenedb.gff3.gz")
    hairpins = [
        Transcript("miRNA", heading.split()[0], sequence)
        for heading, sequence in read_fasta(resources / "hairpins.fa")
    ]
    places = locate(features, hairpins, annotated_places(resources / "mirbase.gff3.gz"))
    write_features(features, places, folder / "features.tsv", folder / "windows.tsv")
    return folder / "features.tsv"


@pytest.fixture(scope="session")
def today(table):
    return Names.of_features(table)


@pytest.fixture
def ever(table, tmp_path):
    (tmp_path / "history.tsv").write_text(HISTORY)
    return Names.of_features(table, tmp_path / "history.tsv")


def one(names, *asked):
    decision = names.decide(asked)[0]
    assert decision.how in HOW
    assert bool(decision.reason) == (decision.how != "same")
    return decision.feature, decision.how


@pytest.mark.parametrize(
    ("name", "feature"),
    [
        ("HSA-MIR-21-5P", "hsa-miR-21-5p"),
        ("miR-21-5p", "hsa-miR-21-5p"),
        ("mir21-5p", "hsa-miR-21-5p"),
        ("hsa-mir-21-5p", "hsa-miR-21-5p"),
        ("hsa.miR.21.5p", "hsa-miR-21-5p"),
        ("hsa_let_7a_5p", "hsa-let-7a-5p"),
        ("let7a-5p", "hsa-let-7a-5p"),
        ("MIMAT0000076", "hsa-miR-21-5p"),
        ("hsa-miR-21-5p_MIMAT0000076", "hsa-miR-21-5p"),
        ("hsa-miR-21-5p|MIMAT0000076", "hsa-miR-21-5p"),
        ("Hsa-Mir-21_5p", "hsa-miR-21-5p"),
        ("hsa-miR-199b-3p", "hsa-miR-199a-3p/199b-3p"),
        ("hsa-miR-199a-3p/199b-3p ", "hsa-miR-199a-3p/199b-3p"),
        ("hsa-miR-199a-3p/hsa-miR-199b-3p", "hsa-miR-199a-3p/199b-3p"),
        ("hsa-miR-199b-3p;199a-3p", "hsa-miR-199a-3p/199b-3p"),
    ],
)
def test_rules_that_need_no_history(today, name, feature):
    assert one(today, name) == (feature, "renamed")


def test_names_of_today_stay(today):
    assert one(today, "hsa-miR-451a") == ("hsa-miR-451a", "same")
    assert one(today, "hsa-miR-199a-3p/199b-3p") == ("hsa-miR-199a-3p/199b-3p", "same")


def test_every_name_of_today_means_its_feature(today, table):
    rows = [line.split("\t") for line in table.read_text().splitlines()[1:]]
    meant = {name: row[0] for row in rows for name in row[1].split(";")}
    for text in (str, str.upper, lambda name: name.removeprefix("hsa-")):
        decisions = today.decide([text(name) for name in meant])
        assert [decision.feature for decision in decisions] == list(meant.values())


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("hsa-miR-21", "ambiguous"),
        ("hsa-miR-21*", "unknown"),
        ("hsa-miR-21-5p;hsa-miR-21-3p", "ambiguous"),
        ("hsa-miR-21-5p;x", "unknown"),
        ("hsa-miR-1274b", "unknown"),
        ("mmu-miR-21-5p", "unknown"),
        ("cel-miR-39-3p", "unknown"),
        ("MIMAT9999999", "unknown"),
        ("ENSG00000284190", "unknown"),
    ],
)
def test_what_is_not_certain_keeps_its_own_row(today, name, how):
    assert one(today, name) == (name, how)


def test_the_only_arm_completes_a_name(today):
    assert one(today, "hsa-miR-5100-5p") == ("hsa-miR-5100-5p", "unknown")
    bare = {name[:-3] for name in today.matures if name.endswith(("-5p", "-3p"))}
    both = {name for name in bare if {f"{name}-5p", f"{name}-3p"} <= today.matures}
    single = sorted(bare - both - today.matures - set(today.hairpins))
    assert len(single) > 50
    for decision in today.decide(single):
        assert decision.how in ("renamed", "merged")
        assert (
            today.mature[spelling(f"{decision.name}-{decision.feature[-2:]}")] == decision.feature
        )


def test_in_a_modern_matrix_a_name_without_arm_is_the_arm_that_was_known_first(today):
    modern = sorted(today.matures)[:20]
    assert one(today, "hsa-miR-320a", *modern) == ("hsa-miR-320a-3p", "renamed")
    assert one(today, "hsa-miR-217", *modern) == ("hsa-miR-217-5p", "renamed")
    # Both accessions are of one release: neither was known first.
    assert one(today, "hsa-miR-126", *modern) == ("hsa-miR-126", "ambiguous")
    # Before release 18 the name may have passed from one arm to the other.
    assert one(today, "hsa-miR-320a", "hsa-miR-21*", *modern) == ("hsa-miR-320a", "ambiguous")
    old = ["hsa-miR-17", "hsa-miR-19a", "hsa-miR-20a", "hsa-let-7a", "hsa-miR-34b"]
    assert one(today, "hsa-miR-320a", *old, *modern[:9]) == ("hsa-miR-320a", "ambiguous")


def test_without_the_history_nothing_is_read_against_it(today, table, shared_data):
    """Every name of every release: what is read at all is read as the history says."""
    path = shared_data / "knowledge" / "miRBase_name_history_hsa_mature.tsv.gz"
    releases = defaultdict(list)
    with gzip.open(path, "rt") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            releases[row["version"]].append(row["name"])
    ever = Names.of_features(table, path)
    left, guessed = {}, 0
    for release, names in releases.items():
        told = {decision.name: decision.feature for decision in ever.decide(names)}
        decisions = today.decide(names)
        read = [one for one in decisions if one.how in ("same", "renamed", "merged")]
        assert [one for one in read if one.feature != told[one.name]] == [], release
        left[release] = 1 - len(read) / len(names)
        guessed += sum(one.reason.startswith("the arm that was known first") for one in read)
    assert guessed == 252
    assert max(left[release] for release in ("v18", "v19", "v20", "v21", "v22")) < 0.03


def test_every_name_of_mirgenedb_means_its_feature(today, table):
    rows = [line.split("\t") for line in table.read_text().splitlines()[1:]]
    meant = {name: row[0] for row in rows for name in row[5].replace("/", ";").split(";") if name}
    assert len(meant) > 850
    assert [one.feature for one in today.decide(list(meant))] == list(meant.values())
    bare = [name.rstrip("*") for name in meant]
    assert [one.feature for one in today.decide(bare)] == list(meant.values())


@pytest.mark.parametrize(
    ("name", "feature", "how"),
    [
        ("hsa-miR-21", "hsa-miR-21-5p", "renamed"),
        ("hsa-miR-21*", "hsa-miR-21-3p", "renamed"),
        ("miR-21-star", "hsa-miR-21-3p", "renamed"),
        ("hsa.miR.21.", "hsa-miR-21-3p", "renamed"),
        ("hsa-miR-1274b", "hsa-miR-1274b", "dead"),
        ("MIMAT0005938", "MIMAT0005938", "dead"),
        ("hsa-miR-21-5p", "hsa-miR-21-5p", "same"),
    ],
)
def test_the_history_tells_older_names(ever, name, feature, how):
    assert one(ever, name) == (feature, how)


def test_a_name_of_two_meanings_is_read_in_the_release_of_its_matrix(ever):
    assert one(ever, "hsa-miR-340", "hsa-miR-21*") == ("hsa-miR-340-5p", "renamed")
    assert one(ever, "hsa-miR-340", "hsa-miR-340-3p") == ("hsa-miR-340-5p", "renamed")
    # Of releases that hold as many of the names the newest speaks.
    assert one(ever, "hsa-miR-340") == ("hsa-miR-340-5p", "renamed")
    # That of the matrix does not hold it, and the older ones disagree.
    assert one(ever, "hsa-miR-340", "hsa-miR-21-5p") == ("hsa-miR-340", "ambiguous")


def test_two_names_of_one_mirna_are_merged(ever):
    decisions = ever.decide(["hsa-miR-21", "hsa-miR-16-5p", "hsa-miR-21-5p"])
    assert [decision.how for decision in decisions] == ["merged", "same", "merged"]
    assert decisions[0].feature == decisions[2].feature == "hsa-miR-21-5p"


def test_a_matrix_of_hairpins_is_not_taken_for_matures(ever):
    asked = ["hsa-mir-21", "hsa-let-7a-1", "hsa-mir-1246", "hsa-mir-16-1"]
    decisions = {decision.name: decision for decision in ever.decide(asked)}
    assert decisions["hsa-mir-21"].how == "ambiguous"
    assert decisions["hsa-mir-21"].reason == "may be hsa-miR-21-3p or hsa-miR-21-5p"
    assert decisions["hsa-let-7a-1"].how == "ambiguous"
    assert decisions["hsa-mir-1246"].feature == "hsa-miR-1246"
    # Where arms are written, `mir` is a way of writing miR.
    assert one(ever, "hsa-mir-21", "hsa-mir-16-5p") == ("hsa-miR-21-5p", "renamed")


def test_every_release_is_read_without_loss(table, shared_data):
    path = shared_data / "knowledge" / "miRBase_name_history_hsa_mature.tsv.gz"
    names = Names.of_features(table, path)
    assert next(iter(names.history.releases)) == "6"
    assert list(names.history.releases)[-1] == "22"
    for release, known in names.history.releases.items():
        hows = [decision.how for decision in names.decide([f"hsa-{name}" for name in known])]
        assert not {"unknown", "ambiguous"} & set(hows), release
        assert hows.count("dead") <= 31, release


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version\tname\nv9\thsa-miR-21\n", "has no column 'acc'"),
        ("version\tacc\tname\nv9\tMI0000001\thsa-miR-21\n", "row 2, column 'acc': found 'MI"),
        ("", "cannot be read"),
    ],
)
def test_a_history_of_another_form_is_refused(tmp_path, text, words):
    (tmp_path / "history.tsv").write_text(text)
    with pytest.raises(UserError, match=r"history\.tsv") as caught:
        read_history(tmp_path / "history.tsv")
    assert words in str(caught.value)
