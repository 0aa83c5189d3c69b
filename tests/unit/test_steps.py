"""The steps of one library: what the workflow writes on a command line arrives in the function."""

import inspect
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from exosift.__main__ import main
from exosift.config import defaults
from exosift.counting import References, Results, count_library
from exosift.fingerprints import Reader
from exosift.matching import match
from exosift.settings.quantification import IsomirRules
from exosift.steps import let_commands_find_us, options
from exosift.trimming_rules import TrimmingRules

COUNT = (
    "count --sample s1 --protocol truseq --index index --transcripts t.tsv --windows w.tsv"
    " --features f.tsv --counts s1.tsv --summary s1.json --bam s1.bam --isomirs i.tsv"
    " --mirgff3 s1.gff3 a.fq b.fq"
)


@pytest.fixture
def arrived(monkeypatch):
    """Run a step on a command line; give the arguments that its function got, by name."""

    def run(words, function):
        got = {}
        signature = inspect.signature(function)

        def record(*positional, **named):
            got.update(signature.bind(*positional, **named).arguments)

        monkeypatch.setattr(f"{function.__module__}.{function.__name__}", record)
        assert main(shlex.split(words)) == 0
        return got

    return run


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, ""),
        ({"minimum_length": 15, "error_rate": 0.1}, "--minimum-length 15 --error-rate 0.1"),
        ({"mismatched": True}, "--mismatched"),
        ({"mismatched": False}, "--no-mismatched"),
        ({"protocols": "my kits/$(x).tsv"}, "--protocols 'my kits/$(x).tsv'"),
    ],
)
def test_settings_become_options(settings, words):
    assert options(settings) == words


def changed(settings):
    """Give every setting a value that is not its default."""
    return {
        key: not value
        if isinstance(value, bool)
        else value + 1
        if type(value) is int
        else value / 2
        for key, value in settings.items()
        if not isinstance(value, str)
    }


def test_an_edit_of_any_room_of_a_step_is_seen():
    program = "import sys, exosift.counting, exosift.genome; print(*sys.modules)"
    command = [sys.executable, "-c", program]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    reader = Reader()
    loaded = {reader.modules[name] for name in said if name.startswith("exosift.")}
    assert loaded <= set(reader.closure("exosift.steps").sources)
    assert not {"pandas", "scipy", "numba", "Bio"} & set(said)


def test_what_is_not_said_is_left_to_the_function(arrived):
    got = arrived(COUNT, count_library)
    assert set(got) == {
        *("fastq", "protocol", "protocols", "references", "results", "sample", "rules")
    }
    assert got["rules"] == IsomirRules()
    assert got["references"] == References(*map(Path, ("index", "t.tsv", "w.tsv", "f.tsv")))
    assert got["results"] == Results(
        *map(Path, ("s1.tsv", "s1.json", "s1.bam", "i.tsv", "s1.gff3"))
    )
    assert got["fastq"] == [Path("a.fq"), Path("b.fq")]
    assert (got["protocol"], got["sample"]) == ("truseq", "s1")
    assert got["protocols"]["truseq"].name == "truseq"


def test_counting_gets_every_setting_of_the_configuration(arrived):
    settings = defaults()
    trimming, matching = changed(settings["trimming"]), changed(settings["alignment"])
    rules = changed(settings["quantification"]) | {"ties": "equal"}
    assert set(rules) == set(settings["quantification"])
    others = {"on_bad_sample": "stop", "on_contradiction": "warn", "deduplicate_umis": False}
    words = options({**trimming, **matching, **rules, **others, "threads": 2})
    got = arrived(f"{COUNT} {words}", count_library)
    assert got["rules"] == IsomirRules(**rules)
    assert {key: got[key] for key in matching} == matching
    assert {key: got[key] for key in others} == others
    assert (got["trimming"], got["threads"]) == (trimming, 2)


def test_a_genome_comes_with_a_place_for_its_alignments(arrived):
    got = arrived(f"{COUNT} --genome index/genome --genome-bam g.bam", count_library)
    assert got["references"].genome == Path("index/genome")
    assert got["results"].genome_bam == Path("g.bam")


def test_defaults_of_the_functions_are_those_of_the_configuration():
    settings = defaults()
    assert TrimmingRules() == TrimmingRules(**settings["trimming"])
    assert IsomirRules() == IsomirRules(**settings["quantification"])
    for function in (match, count_library):
        told = inspect.signature(function).parameters
        assert {key: told[key].default for key in settings["alignment"]} == settings["alignment"]
    told = inspect.signature(count_library).parameters
    for key in ("on_bad_sample", "on_contradiction", "deduplicate_umis"):
        assert told[key].default == settings[key]


def test_an_unknown_protocol_is_a_mistake_of_the_user(capsys):
    assert main(shlex.split(COUNT.replace("truseq", "trueseq"))) == 2
    assert "trueseq" in capsys.readouterr().err


def test_child_processes_find_the_package_and_what_was_there_before(monkeypatch, repository):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["mine", ""]))
    let_commands_find_us()
    let_commands_find_us()
    scripts = str(repository / "workflow" / "scripts")
    assert os.environ["PYTHONPATH"].split(os.pathsep) == [scripts, "mine"]


def test_child_processes_find_the_programs_of_an_environment_that_is_not_active(monkeypatch):
    monkeypatch.setenv("PATH", "/usr/bin")
    let_commands_find_us()
    assert os.environ["PATH"].split(os.pathsep) == [str(Path(sys.executable).parent), "/usr/bin"]
