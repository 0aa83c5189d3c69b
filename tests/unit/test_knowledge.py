"""Knowledge: facts with identifiers, found by every name of a miRNA, retracted ones never."""

import csv
import re
import shutil
from collections import Counter

import pytest
from exosift.errors import UserError
from exosift.features import read_features
from exosift.knowledge import (
    ACCESSION,
    IDENTIFIER,
    SITES,
    THEMES,
    Flag,
    flags_of,
    of_cancer,
    read_flags,
    read_roles,
    roles_in_words,
    roles_of_features,
    site_of,
)
from exosift.references import read_fasta


@pytest.fixture(scope="session")
def resources(repository):
    return repository / "resources"


@pytest.fixture(scope="session")
def knowledge(resources):
    return resources / "knowledge"


@pytest.fixture
def own(knowledge, tmp_path):
    """A copy of the folder, to spoil."""
    return shutil.copytree(knowledge, tmp_path / "knowledge")


@pytest.fixture(scope="session")
def flags(knowledge):
    return read_flags(knowledge)


@pytest.fixture(scope="session")
def roles(knowledge):
    return read_roles(knowledge)


@pytest.fixture(scope="session")
def features(resources):
    return read_features(resources / "matures.fa", resources / "mirgenedb.gff3.gz")


def table(path):
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def sets_of(flags, mirna):
    return {flag.set for flag in flags.get(mirna, ())}


@pytest.mark.parametrize(
    ("mirna", "set_"),
    [
        ("hsa-miR-451a", "haemolysis_signature"),
        ("hsa-miR-486-5p", "red_cell"),
        ("hsa-miR-223-3p", "platelet"),
        ("hsa-miR-150-5p", "leukocyte"),
        ("hsa-miR-1246", "fragment_derived"),
        ("hsa-miR-4284", "fragment_derived"),
        ("hsa-miR-663a", "fragment_derived"),
        ("hsa-miR-4521", "fragment_derived"),
        ("hsa-miR-7641", "fragment_derived"),  # of an older miRBase, in imported matrices
        ("hsa-miR-1291", "fragment_suspect"),
        ("hsa-miR-8485", "fragment_suspect"),
    ],
)
def test_known_reasons_to_doubt_are_told(flags, mirna, set_):
    assert set_ in sets_of(flags, mirna)


def test_the_haemolysis_signature_is_whole(flags):
    signature = [name for name in flags if "haemolysis_signature" in sets_of(flags, name)]
    assert len(signature) == 20


def test_what_is_only_suspect_is_not_called_derived(flags):
    assert sets_of(flags, "hsa-miR-664a-3p") == {"fragment_suspect"}
    assert "hsa-let-7a-5p" not in flags or "fragment_derived" not in sets_of(flags, "hsa-let-7a-5p")
    assert "na" not in flags


def test_no_mirna_that_is_beyond_doubt_is_called_a_fragment(flags, features):
    genuine = {name for feature in features if feature.mirgenedb for name in feature.names}
    derived = {name for name in flags if "fragment_derived" in sets_of(flags, name)}
    assert derived & genuine == set()


def test_a_feature_is_flagged_by_any_of_its_names(knowledge):
    found = flags_of(
        {
            "hsa-miR-199a-3p/199b-3p": ["hsa-miR-199a-3p", "hsa-miR-199b-3p"],
            "hsa-miR-0": ["hsa-miR-0"],
        },
        knowledge,
    )
    assert list(found) == ["hsa-miR-199a-3p/199b-3p"]
    assert {flag.set for flag in found["hsa-miR-199a-3p/199b-3p"]} == {"platelet"}
    assert all(isinstance(flag, Flag) and flag.identifier for flag in found.popitem()[1])


def test_every_row_carries_an_identifier(knowledge):
    for row in table(knowledge / "flag_sets.tsv"):
        assert IDENTIFIER.search(row["identifier"]), row
    for row in table(knowledge / "ev_mirna_roles.tsv"):
        assert {row["pmid"], row["doi"], row["pmcid"]} != {"na"}, row
    artefacts = table(knowledge / "artefacts.tsv")
    assert list(artefacts[0]) == ["mirna", "origin", "evidence", "identifier", "action"]
    for row in artefacts:
        assert ACCESSION.fullmatch(re.sub(r"(GL\d{6}\.\d):\d+-\d+", r"\1", row["identifier"])), row
        assert row["action"] in ("doubt", "flag")
        assert row["evidence"]


def test_identifiers_have_the_form_of_what_they_are(roles):
    for role in roles:
        assert re.fullmatch(r"na|\d{7,8}", role.pmid), role
        assert re.fullmatch(r"na|10\.\d{4,9}/\S+", role.doi), role
        assert re.fullmatch(r"na|PMC\d{6,8}", role.pmcid), role
        assert role.verified
        assert role.caution


def test_nothing_retracted_is_cited(knowledge, roles):
    retracted = " ".join(row["identifier"] for row in table(knowledge / "retracted.tsv"))
    banned = set(IDENTIFIER.findall(retracted.replace(";", " ")))
    assert "10.1186/s13046-018-0677-7" in banned
    assert len(banned) >= 6
    assert {role.doi for role in roles} & banned == set()
    assert {role.pmcid for role in roles} & banned == set()
    for row in table(knowledge / "flag_sets.tsv"):
        assert banned.isdisjoint(IDENTIFIER.findall(row["identifier"].replace(";", " ")))


@pytest.mark.parametrize(
    ("file", "row", "said"),
    [
        (
            "flag_sets.tsv",
            "platelet\thsa-miR-1-3p\tI heard it\tna\n",
            "hsa-miR-1-3p in platelet has no identifier",
        ),
        (
            "flag_sets.tsv",
            "platelet\thsa-miR-1-3p\tseen\tDOI:10.1186/s13046-018-0677-7\n",
            "hsa-miR-1-3p cites a retracted paper",
        ),
        (
            "artefacts.tsv",
            "hsa-miR-1-3p\tU2\tall of it\tsomewhere\tdoubt\n",
            "hsa-miR-1-3p has no accession",
        ),
    ],
)
def test_a_row_without_a_sound_identifier_is_refused(own, file, row, said):
    with (own / file).open("a") as handle:
        handle.write(row)
    with pytest.raises(UserError, match=said):
        read_flags(own)


@pytest.mark.parametrize(
    ("identifiers", "said"),
    [
        ("na\tna\tna", "is uncited"),
        ("na\t10.1186/s13046-018-0677-7\tna", "was retracted"),
        ("na\t10.1016/J.YGYNO.2008.04.033\tna", "was retracted"),
        ("na\tna\tPMC10898087", "was retracted"),
        ("7654321\tna\tna", "hsa-miR-21-5p cites PMID 7654321, which was retracted"),
    ],
)
def test_a_role_without_a_sound_identifier_is_refused(own, identifiers, said):
    with (own / "retracted.tsv").open("a") as handle:
        handle.write("na\tlung\tdiagnosis\tPMID:7654321\tretracted\tplanted\n")
    with (own / "ev_mirna_roles.tsv").open("a") as handle:
        handle.write(
            "hsa-miR-21-5p\tyes\tlung\tdiagnosis\tup\trole\tna\tna\tplasma\tna\t"
            f"{identifiers}\t2020\tA\tabstract seen\tnone noted\n"
        )
    with pytest.raises(UserError, match=said):
        read_roles(own)


def test_roles_are_of_known_themes_and_sites(roles):
    assert len(roles) == 211
    assert {role.theme for role in roles} == set(THEMES)
    assert {role.cancer for role in roles} == {*SITES.values(), "pan_cancer_model"}
    counts = Counter((role.cancer, role.theme) for role in roles)
    assert counts["melanoma", "immune_modulation"] == 10
    assert counts["lung", "diagnosis"] == 14


def test_names_are_of_mirbase_22_or_mapped_to_it(roles, resources, knowledge):
    matures = {heading.split()[0] for heading, _ in read_fasta(resources / "matures.fa")}
    arms = {
        row["name_in_table"]: row["mirbase_v22_mature_candidates"].split(";")
        for row in table(knowledge / "name_map.tsv")
    }
    for role in roles:
        candidates = [role.mirna] if role.arm_stated == "yes" else arms[role.mirna]
        assert candidates
        assert set(candidates) <= matures, role


def test_a_precursors_role_is_shown_for_each_arm_and_says_so(roles, knowledge):
    features = {"hsa-miR-211-5p": ["hsa-miR-211-5p"], "hsa-miR-211-3p": ["hsa-miR-211-3p"]}
    found = roles_of_features(features, roles, knowledge)
    assert set(found) == set(features)
    for listed in found.values():
        assert [role.arm_stated for role in listed if role.mirna == "hsa-miR-211"]
        assert {role.arm_stated for role in listed if role.mirna == "hsa-miR-211"} == {"no"}


def test_a_stated_arm_says_nothing_of_the_other(roles, knowledge):
    stated = next(
        role for role in roles if role.mirna == "hsa-miR-125a-3p" and role.arm_stated == "yes"
    )
    other = roles_of_features({"hsa-miR-125a-5p": ["hsa-miR-125a-5p"]}, roles, knowledge)
    assert stated not in other.get("hsa-miR-125a-5p", [])


def test_roles_stand_in_the_order_of_the_themes(roles, knowledge, features):
    named = {feature.name: feature.names for feature in features}
    order = list(THEMES)
    for listed in roles_of_features(named, roles, knowledge).values():
        themes = [order.index(role.theme) for role in listed]
        assert themes == sorted(themes)
        assert len(set(listed)) == len(listed)


@pytest.mark.parametrize(
    ("cancer", "site"),
    [
        ("melanoma", "melanoma"),
        ("glioblastoma", "brain"),
        ("Glioma", "brain"),
        ("brain", "brain"),
        ("lung_adenocarcinoma", "lung"),
        ("LUAD", "lung"),
        ("colorectal", "colorectal"),
        ("colon-cancer", "colorectal"),
        ("PDAC", "pancreatic"),
        ("HCC", "liver"),
        ("breast", "breast"),
        ("prostate", "prostate"),
        ("ovarian", "ovarian"),
        ("gastric", "gastric"),
        ("sarcoma", ""),
        ("", ""),
    ],
)
def test_cancers_go_by_many_words(cancer, site):
    assert site_of(cancer) == site


def test_roles_of_a_cancer_are_its_own(roles):
    brain = of_cancer(roles, "glioblastoma")
    assert len(brain) == 25
    assert {role.cancer for role in brain} == {"brain"}
    assert of_cancer(roles, "sarcoma") == []
    words = roles_in_words(brain)
    assert words.count("; ") >= len(brain) - 1
    assert brain[0].identifiers[0] in words
