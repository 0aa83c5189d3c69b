"""Declared settings: a step reads what its rule declares, and nothing else."""

import pytest
from exosift.config import defaults, flattened
from exosift.declared import Declared, UndeclaredSettingError, declare


def test_sections_and_single_keys_are_picked():
    found = declare(defaults(), "power", "candidates.q", "notice")
    assert found == {
        "power": {"power": 0.8, "validation_alpha": 0.05},
        "candidates.q": 0.05,
        "notice": defaults()["notice"],
    }


@pytest.mark.parametrize("key", ["powers", "power.alpha", "notice.text"])
def test_a_rule_cannot_declare_what_is_no_setting(key):
    with pytest.raises(ValueError, match=f"declares the setting '{key}', which the configuration"):
        declare(defaults(), key)


def test_declared_settings_are_read_as_the_configuration_is():
    given = Declared(declare(defaults(), "power", "candidates.q", "candidates.median_reads"))
    assert given["power"] == defaults()["power"]
    assert dict(given["candidates"]) == {"q": 0.05, "median_reads": 10}
    assert list(given) == ["power", "candidates"]


@pytest.mark.parametrize(
    ("read", "name"),
    [
        (lambda given: given["panel"], "panel"),
        (lambda given: given["candidates"]["median_reads"], "candidates.median_reads"),
        (lambda given: given.get("panel"), "panel"),
        (lambda given: given.get("panel", {}), "panel"),
    ],
)
def test_an_undeclared_setting_ends_the_step_with_a_sentence(read, name):
    given = Declared({"power": {"power": 0.8}, "candidates.q": 0.05})
    with pytest.raises(UndeclaredSettingError) as caught:
        read(given)
    assert isinstance(caught.value, KeyError)
    assert str(caught.value) == (
        f"The step reads the setting '{name}', which its rule does not declare. Add it to "
        "`settings=STUDY.settings(...)` of the rule; declared are power, candidates.q."
    )


def test_the_whole_configuration_can_be_declared():
    whole = defaults()
    assert list(flattened(Declared(declare(whole, *whole)))) == list(flattened(whole))
