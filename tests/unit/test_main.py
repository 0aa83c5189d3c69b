"""The command line: what it says, and the status that it ends with."""

import json
import os
import subprocess
import sys

import pytest
from exosift import __version__
from exosift.__main__ import STATUS, main
from exosift.errors import MachineError, SampleError, UserError

from tests.calling import call_exosift


@pytest.fixture
def told(monkeypatch, tmp_path, capsys):
    """Let `verify` end in some way, and give the status and what was said."""
    monkeypatch.chdir(tmp_path)

    def run(ending):
        def verify(_):
            if isinstance(ending, BaseException):
                raise ending
            return ending

        monkeypatch.setattr("exosift.provenance.verify", verify)
        return main(["verify"]), capsys.readouterr()

    return run


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        (None, 0),
        (0, 0),
        (3, 3),
        (4, 4),
        (UserError("config/samples.tsv is empty."), 2),
        (SampleError("lane_1.fastq.gz: record 7 is cut short."), 3),
        (MachineError("bowtie is not on the PATH."), 5),
        (OSError(28, "No space left on device", "results/run.json"), 5),
    ],
)
def test_the_status_tells_what_happened(told, ending, status):
    ended, said = told(ending)
    assert ended == status
    assert status in STATUS
    assert said.out == ""
    assert bool(said.err) == isinstance(ending, Exception)


def test_a_mistake_is_told_as_its_text_alone(told):
    _, said = told(UserError("config/samples.tsv is empty."))
    assert said.err == "config/samples.tsv is empty.\n"


def test_a_machine_that_fails_names_the_file_and_the_reason(told):
    _, said = told(OSError(28, "No space left on device", "results/run.json"))
    assert said.err == "results/run.json: No space left on device.\n"


def test_a_fault_of_ours_is_not_hidden(told):
    with pytest.raises(ZeroDivisionError):
        told(ZeroDivisionError())


def test_an_interruption_ends_quietly(told):
    status, said = told(KeyboardInterrupt())
    assert status == 130
    assert (said.out, said.err) == ("", "")


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"exosift {__version__}\n"


def test_the_help_names_every_status_and_command(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    said = " ".join(capsys.readouterr().out.split())
    for status, meaning in STATUS.items():
        assert f"{status} {meaning}" in said
    for command in ("check", "init", "simulate", "verify", "compile", "count"):
        assert f" {command} " in said


@pytest.mark.parametrize("words", [[], ["chek"], ["verify", "a", "b"], ["count", "a.fastq"]])
def test_words_that_make_no_command_are_refused(words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "usage: exosift" in capsys.readouterr().err


def test_a_reader_that_went_away_is_no_error(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps({"outputs": {}, "inputs": []}))
    reading, writing = os.pipe()
    os.close(reading)
    buffered = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    done = subprocess.run(
        [sys.executable, "-m", "exosift", "verify", "run.json"],
        cwd=tmp_path,
        env=buffered,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert done.stderr == ""
    assert done.returncode == 0


def test_the_command_ends_with_its_status(tmp_path):
    said = call_exosift("verify", cwd=tmp_path)
    assert said.status == 2
    assert said.text == ("There is no results/run.json. Name the run.json of a finished run.\n")


def test_a_place_that_cannot_be_written_is_told(tmp_path, capsys):
    (tmp_path / "a.fastq").write_text("@r\nACGT\n+\nIIII\n")
    (tmp_path / "config").write_text("a file, not a folder")
    assert main(["init", str(tmp_path), "--output", str(tmp_path / "config" / "s.tsv")]) == 5
    said = capsys.readouterr().err
    assert said.startswith(str(tmp_path / "config"))
    assert "Traceback" not in said
