"""The fields of a frozen panel are typed, and typing them changes no byte and no checksum."""

import json

import pytest
from exosift.errors import UserError
from exosift.files import read_json, write_json
from exosift.panel.bundle import FrozenPanel, checksum, read_bundle
from exosift.panel.schema import BundleRecord, bundle_record

HASH = "0123456789abcdef"


@pytest.fixture
def content():
    """A bundle as a run writes it, with whole numbers, tiny ones and a name beyond ASCII."""
    fields = {
        "format": 2,
        "contrast": "lung",
        "cancer": "lung",
        "case": "tumör",
        "control": "",
        "column": "condition",
        "features": [{"mirna": "miR-21", "coefficient": 1e-17, "mean": 5.0, "sd": 0.1}],
        "intercept": -0.0,
        "penalty": 0.30000000000000004,
        "threshold": {"rule": "specificity 0.95", "value": 1.0},
        "thresholds": {"0.95": 1.0},
        "prior_cpm": 2.0,
        "profile": [{"mirna": "miR-21", "reads": 12.0}, {"mirna": "let-7a", "reads": 3.5}],
        "trained": {"n_case": 24, "n_control": 25},
        "made_with": {"protocol": ["nextflex"], "isolation": [], "biofluid": []},
        "libraries": [HASH],
        "samples": [HASH],
        "people": [HASH],
        "likeness": {
            "mirnas": [{"mirna": "miR-21", "mean": 5.0, "sd": 1.0}],
            "sketches": ["00ff"],
        },
        "settings": {"seed": 1, "l1_ratio": 0.5, "prevalences": [0.005, 1]},
        "versions": {"exosift": "1.0"},
    }
    return fields | {"sha256": checksum(fields)}


def test_a_bundle_that_is_read_and_written_again_has_the_same_bytes(content, tmp_path):
    write_json(content, tmp_path / "first.json")
    record = bundle_record(read_json(tmp_path / "first.json"), "first.json")
    write_json(record.to_dict(), tmp_path / "second.json")
    assert (tmp_path / "first.json").read_bytes() == (tmp_path / "second.json").read_bytes()
    assert checksum(record.to_dict()) == content["sha256"]
    assert BundleRecord.model_validate(record.to_dict()) == record


def test_checksums_of_a_bundle_are_those_of_former_versions(content):
    panel = FrozenPanel(content)
    assert panel.sha256 == "e9dec9367d826df730c0fe237339a20325d9d74347c1e0e298751da3d757dccf"
    assert panel.answers == "c91bdc51a46b74dba19813d76694d0652972571921e8e177b9124b65b74be168"


@pytest.mark.parametrize("absent", [("likeness",), ("made_with",), ("likeness", "made_with")])
def test_an_early_bundle_keeps_its_checksum(content, absent):
    early = {key: value for key, value in content.items() if key not in {*absent, "sha256"}}
    early["sha256"] = checksum(early)
    record = FrozenPanel(early).record
    assert json.dumps(record.to_dict()) == json.dumps(early)
    assert record.likeness.sketches == ([] if "likeness" in absent else ["00ff"])


@pytest.mark.parametrize(
    ("place", "value", "named"),
    [
        (("intercept",), "0.5", "intercept"),
        (("intercept",), float("nan"), "intercept"),
        (("features", 0, "sd"), None, "features.0.sd"),
        (("features", 0, "weight"), 1.0, "features.0.weight"),
        (("trained", "n_case"), 24.5, "trained.n_case"),
        (("threshold", "value"), True, "threshold.value"),
        (("libraries",), HASH, "libraries"),
        (("likeness",), None, "likeness"),
        (("versions", "exosift"), 1, "versions.exosift"),
        (("interceptt",), 0.5, "interceptt"),
    ],
)
def test_a_field_of_another_type_or_name_is_named(content, tmp_path, place, value, named):
    part = content
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = value
    content["sha256"] = checksum(content)
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(content))
    with pytest.raises(UserError) as error:
        read_bundle(path)
    assert str(error.value).startswith(f"{path} does not have the fields of a panel of format 2")
    assert f"({named}: " in str(error.value)


OPTIONAL = {"format", "made_with", "likeness"}


@pytest.mark.parametrize("field", sorted(BundleRecord.model_fields.keys() - OPTIONAL))
def test_a_field_that_is_missing_is_named(content, field):
    del content[field]
    with pytest.raises(UserError, match=rf"^a\.json does .* \({field}: Field required\)"):
        FrozenPanel(content, "a.json")


def test_a_message_lists_few_of_many_faults(content):
    with pytest.raises(UserError, match=r"and 12 more\)"):
        FrozenPanel({"format": 2, "sha256": content["sha256"], "settings": {}}, "a.json")


@pytest.mark.parametrize(
    ("found", "words"),
    [(1, "is a panel of format 1"), (3, "it has format 3"), (None, "it names no format")],
)
def test_another_format_is_named_before_its_fields(content, found, words):
    changed = {key: value for key, value in content.items() if key != "penalty"} | {"format": found}
    with pytest.raises(UserError, match=words):
        FrozenPanel(changed, "a.json")


def test_a_value_that_was_changed_is_found_by_the_checksum(content):
    content["intercept"] = 0.5
    with pytest.raises(UserError, match="changed after the panel was frozen"):
        FrozenPanel(content)
