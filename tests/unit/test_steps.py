"""The steps of one library: what the workflow writes on a command line arrives in the function."""

import inspect
import os
import shlex
import sys
from pathlib import Path

import pytest
from exosift.__main__ import main
from exosift.alignment import align, align_to_genome
from exosift.config import defaults
from exosift.quantification import Rules, quantify
from exosift.steps import let_commands_find_us, options
from exosift.trimming import TrimmingRules, trim

TRIM = "trim --sample s1 --protocol truseq --inserts s1.fa.gz --summary s1.json a.fq b.fq"
ALIGN = "align --sample s1 --index index/transcripts --bam s1.bam s1.fa.gz"
GENOME = "align-to-genome --sample s1 --index index/genome --bam g.bam s1.bam"
QUANTIFY = "quantify --summary s1.json --windows w.tsv --counts s1.tsv --totals t.json s1.bam"


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


def test_what_is_not_said_is_left_to_the_function(arrived):
    assert set(arrived(TRIM, trim)) == {"fastq", "protocol", "inserts", "summary", "sample"}
    assert set(arrived(ALIGN, align)) == {"inserts", "index", "bam", "sample"}


def test_trimming_gets_its_files_and_every_setting_of_the_configuration(arrived):
    settings = changed(defaults()["trimming"])
    got = arrived(f"{TRIM} {options(settings)} --on-bad-sample stop", trim)
    assert got["fastq"] == [Path("a.fq"), Path("b.fq")]
    assert got["protocol"].name == "truseq"
    assert (got["inserts"], got["summary"]) == (Path("s1.fa.gz"), Path("s1.json"))
    assert got["sample"] == "s1"
    assert got["on_bad_sample"] == "stop"
    assert got["rules"] == settings


def test_alignment_gets_every_setting_of_the_configuration(arrived):
    settings = changed(defaults()["alignment"])
    got = arrived(f"{ALIGN} {options(settings)}", align)
    assert {key: got[key] for key in settings} == settings
    assert got["index"] == Path("index/transcripts")
    assert (got["inserts"], got["bam"], got["sample"]) == (Path("s1.fa.gz"), Path("s1.bam"), "s1")


def test_alignment_to_the_genome_reads_the_first_alignment(arrived):
    got = arrived(GENOME, align_to_genome)
    assert got == {
        "bam": Path("s1.bam"),
        "index": Path("index/genome"),
        "genome_bam": Path("g.bam"),
        "sample": "s1",
    }


def test_quantification_gets_every_setting_of_the_configuration(arrived):
    settings = changed(defaults()["quantification"]) | {"ties": "equal"}
    assert set(settings) == set(defaults()["quantification"])
    got = arrived(f"{QUANTIFY} --genome-bam g.bam {options(settings)}", quantify)
    assert got["rules"] == Rules(**settings)
    assert got["genome_bam"] == Path("g.bam")


def test_quantification_without_settings_keeps_the_rules(arrived):
    got = arrived(QUANTIFY, quantify)
    assert got["rules"] == Rules()
    assert got["genome_bam"] is None


def test_defaults_of_the_functions_are_those_of_the_configuration():
    settings = defaults()
    assert TrimmingRules() == TrimmingRules(**settings["trimming"])
    assert Rules() == Rules(**settings["quantification"])
    told = inspect.signature(align).parameters
    assert {key: told[key].default for key in settings["alignment"]} == settings["alignment"]


def test_an_unknown_protocol_is_a_mistake_of_the_user(capsys):
    assert main(shlex.split(TRIM.replace("truseq", "trueseq"))) == 2
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
