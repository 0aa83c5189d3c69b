"""The configuration: strict, complete, taught."""

import pytest
import yaml
from exosift.config import complete, defaults, read, schema
from exosift.errors import UserError


def complaint(given):
    with pytest.raises(UserError) as caught:
        complete(given)
    return str(caught.value)


def test_nothing_said_means_the_defaults():
    assert complete({}) == defaults()


def test_what_is_said_goes_over_the_defaults_and_leaves_the_rest():
    merged = complete({"trimming": {"minimum_length": 18}})
    assert merged["trimming"]["minimum_length"] == 18
    assert merged["trimming"]["maximum_length"] == 50


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"sampels": "x"}, "there is no key 'sampels'. Did you mean 'samples'?"),
        ({"trimming": {"minimum_lenght": 15}}, "trimming: there is no key 'minimum_lenght'"),
        ({"trimming": {"minimum_length": "15"}}, "expected integer, found '15'"),
        ({"trimming": {"error_rate": 3}}, "found 3"),
        ({"on_bad_sample": "ignore"}, "allowed are continue, stop"),
        ({"references": {"rRNA": {"url": "http://x"}}}, "references.rRNA"),
        (["samples"], "expected keys and values"),
    ],
)
def test_refuses_with_the_right_sentence(given, words):
    assert words in complaint(given)


def test_all_misfits_are_shown_at_once():
    said = complaint({"sampels": "x", "trimming": {"error_rate": "low"}})
    assert "2 problems" in said


def test_a_broken_file_is_told_without_a_traceback(tmp_path):
    (tmp_path / "config.yaml").write_text("samples: [")
    with pytest.raises(UserError, match="is not YAML"):
        read(tmp_path / "config.yaml")
    with pytest.raises(UserError, match="There is no"):
        read(tmp_path / "nowhere.yaml")


def test_every_key_has_a_default_and_says_what_it_means():
    def walk(rules, place=""):
        for key, value in rules["properties"].items():
            name = f"{place}.{key}"
            assert value.get("description", "").strip(), name
            if "properties" in value:
                assert value["additionalProperties"] is False, name
                walk(value, name)
            else:
                assert "default" in value, name

    walk(schema())


def test_the_committed_config_shows_every_key(repository):
    def keys(tree, place=""):
        for key, value in tree.items():
            yield f"{place}.{key}"
            if isinstance(value, dict):
                yield from keys(value, f"{place}.{key}")

    written = yaml.safe_load((repository / "config" / "config.yaml").read_text())
    assert set(keys(defaults())) == set(keys(written))
