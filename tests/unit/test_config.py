"""The configuration: strict, complete, taught."""

import json
import re
from dataclasses import replace

import pytest
import yaml
from exosift.config import complete, defaults, flattened, read, schema
from exosift.errors import UserError
from exosift.settings.candidates import CallRules
from exosift.settings.configuration import Configuration
from exosift.settings.quality import Below, Quality
from exosift.settings.schema import as_yaml
from exosift.settings.section import as_mapping


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
        ({"references": {"rRNA": 3}}, 'must be one of: "shipped", "none", "fetch"'),
        ({"quality": {"rrna_share": {"fail_above": "x"}}}, "expected number or null, found 'x'"),
        ({"sections": {"tests": 2}}, "found 2; 2 is less than the minimum of 3"),
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


def test_the_schema_in_the_repository_is_made_from_the_types(repository):
    written = (repository / "workflow" / "schemas" / "config.schema.yaml").read_text()
    assert written == as_yaml(), (
        "python -m exosift schema > new.yaml; mv new.yaml workflow/schemas/config.schema.yaml"
    )
    assert complete({}) == as_mapping(Configuration())


def test_a_section_of_a_mapping_has_the_values_that_the_schema_lets_through():
    given = complete({"quality": {"mirna_reads": {"fail_below": None}}, "sections": {"tests": 8}})
    whole = Configuration.of(given)
    assert as_mapping(whole) == given
    assert (whole.quality.mirna_reads.fail_below, whole.quality.mirna_reads.warn_below) == (
        None,
        100000,
    )
    assert whole.panel.prevalences == (0.005, 0.01, 0.05)
    with pytest.raises(TypeError, match="fold_change"):
        CallRules.of({"fold_change": 2})
    part = Quality.of({"mirna_reads": {"warn_below": 7}})
    assert part == replace(Quality(), mirna_reads=Below(30000, 7))


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


def written(tmp_path, text):
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(UserError) as caught:
        read(tmp_path / "config.yaml")
    return str(caught.value).replace(f"{tmp_path}/", "")


SECTION_TWICE = """\
quality:
  mirna_reads: {fail_below: 5000, warn_below: 10000}
panel:
  seed: 1

quality:
  min_libraries: 3
"""


def test_a_section_that_stands_twice_is_named_with_its_lines(tmp_path):
    assert written(tmp_path, SECTION_TWICE) == (
        "1 problem to mend before anything can run:\n"
        "  1. config.yaml, quality: the section `quality` stands there twice, in lines 1 and 6. "
        "Only the last one would count, and the settings of the others would be lost. Put all "
        "settings below one `quality:` and delete the rest."
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "samples: a.tsv\nnotice: x\nsamples: b.tsv\n",
            "config.yaml, samples: the key `samples` stands there twice, in lines 1 and 3.",
        ),
        (
            "panel:\n  seed: 1\n  permutations: 9\n  seed: 2\n",
            "config.yaml, panel.seed: the key `seed` stands there twice, in lines 2 and 4.",
        ),
        (
            "\ufeffnotice: a\n'notice': b\n# notice: c\n\"notice\": d\n",
            "the key `notice` stands there 3 times, in lines 1, 2 and 4.",
        ),
        ("quality:\nnotice: x\nquality: {min_libraries: 3}\n", "the section `quality`"),
        ("panel: {seed: 1, seed: 2}\n", "panel.seed: the key `seed` stands there twice"),
        ('{"notice": "a",\n "notice": "b"}\n', "in lines 1 and 2"),
        ("protocols: [{a: 1, a: 2}]\n", "protocols[1].a"),
    ],
)
def test_a_key_that_stands_twice_is_named_with_its_lines(tmp_path, text, words):
    assert words in written(tmp_path, text)


def test_all_keys_that_stand_twice_are_shown_at_once(tmp_path):
    said = written(tmp_path, SECTION_TWICE + "panel:\n  seed: 2\n  seed: 3\n")
    assert "3 problems" in said
    assert "lines 3 and 8" in said
    assert "panel.seed" in said


def test_one_key_in_two_sections_and_anchors_are_no_repetition(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(
        "quality:\n"
        "  mirna_reads: &limits {fail_below: 5000}\n"
        "  transcriptome_reads: {<<: *limits, warn_below: 9000}\n"
        "  mirnas_detected: *limits\n"
    )
    limits = read(path)["quality"]
    assert limits["transcriptome_reads"] == {"fail_below": 5000, "warn_below": 9000}
    path.write_text("")
    assert read(path) == defaults()


def test_the_handed_section_twice_is_refused(shared_cases, repository, tmp_path):
    case = json.loads((shared_cases / "yaml-section-twice" / "settings.json").read_text())
    text = (repository / "config" / "config.yaml").read_text()
    said = written(tmp_path, text + case["append"])
    first = 1 + text[: text.index("\nquality:") + 1].count("\n")
    last = 1 + text.count("\n") + 1
    assert f"the section `quality` stands there twice, in lines {first} and {last}." in said


def test_the_comments_of_the_committed_config_tell_the_defaults(repository):
    """A comment `default 30000 / 100000` stands beside a section and tells its values in order."""
    path: list[tuple[int, str]] = []
    seen = {}
    for line in (repository / "config" / "config.yaml").read_text().splitlines():
        if not (found := re.match(r"( *)([\w.]+):", line)):
            continue
        path = [(depth, key) for depth, key in path if depth < len(found[1])]
        path.append((len(found[1]), found[2]))
        if told := re.search(r"# .*?\bdefaults? ([-\d./ ]+\d)", line):
            seen[".".join(key for _, key in path)] = [
                float(number) for number in told[1].split(" / ")
            ]
    assert set(seen) >= {"quality.mirna_reads", "quality.transcriptome_reads"}
    for key, values in seen.items():
        default = defaults()
        for step in key.split("."):
            default = default[step]
        known = list(default.values()) if isinstance(default, dict) else [default]
        assert values == known, key


def test_what_the_committed_config_does_not_mark_as_changed_is_the_default(repository):
    text = (repository / "config" / "config.yaml").read_text()
    written = dict(flattened(yaml.safe_load(text)))
    changed = {key for key, value in flattened(defaults()) if written[key] != value}
    marked = sum("LOWERED" in line for line in text.splitlines())
    assert changed - {"notice"} == {
        f"quality.{metric}.{side}_below"
        for metric in ("mirna_reads", "mirnas_detected", "transcriptome_reads")
        for side in ("fail", "warn")
    }
    assert marked == len(changed) - 1
