"""Logs: what a step says goes to its file; mistakes of the user carry no traceback."""

import logging
import sys

import pytest
from exosift.errors import MachineError, UserError
from exosift.log import log_to


@pytest.fixture(autouse=True)
def _keep_logging():
    """Give the root logger back its handlers: `log_to` takes it for the rest of a process."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_prints_warnings_and_logging_go_to_the_file(tmp_path, capsys):
    log = tmp_path / "logs" / "step.log"
    with log_to(log):
        print("a note")
        print("a warning", file=sys.stderr)
        logging.getLogger("engine").info("a message")
    print("after")
    assert log.read_text() == "a note\na warning\na message\n"
    assert capsys.readouterr().out == "after\n"


@pytest.mark.parametrize("kind", [UserError, MachineError])
def test_a_mistake_of_the_user_is_told_and_ends_the_step(tmp_path, capfd, monkeypatch, kind):
    monkeypatch.setattr(sys, "__stderr__", sys.stderr)
    log = tmp_path / "step.log"
    with pytest.raises(SystemExit) as ended, log_to(log):
        raise kind("samples.tsv, row 3: sample is empty.")
    assert ended.value.code == 1
    assert log.read_text() == "samples.tsv, row 3: sample is empty.\n"
    assert "row 3: sample is empty." in capfd.readouterr().err


def test_a_fault_of_ours_keeps_its_traceback(tmp_path):
    log = tmp_path / "step.log"
    with pytest.raises(ZeroDivisionError), log_to(log):
        1 / 0  # noqa: B018
    text = log.read_text()
    assert text.startswith("Traceback")
    assert text.endswith("ZeroDivisionError: division by zero\n")


def test_output_is_free_again_after_a_failure(tmp_path, capsys):
    with pytest.raises(ZeroDivisionError), log_to(tmp_path / "step.log"):
        raise ZeroDivisionError
    print("free")
    assert capsys.readouterr().out == "free\n"


def test_a_second_run_begins_a_new_log(tmp_path):
    for text in ("first", "second"):
        with log_to(tmp_path / "step.log"):
            print(text)
    assert (tmp_path / "step.log").read_text() == "second\n"
