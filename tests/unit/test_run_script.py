"""`./run` on machines that lack things; stand-ins for Python, uv and conda note its calls."""

import os
import shutil
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

COMMANDS = [
    "sh",
    "cat",
    "cksum",
    "cp",
    "date",
    "dirname",
    "id",
    "ln",
    "mkdir",
    "readlink",
    "rm",
    "sed",
]

KERNEL = Path("workflow/scripts/exosift/kernel/__init__.py")

PYTHON = """#!/bin/sh
echo "python $*" >>"$MACHINE/calls"
case "$*" in
    -V) echo Python 3.11.9 ;;
    -c*) [ ! -e "$MACHINE/python-is-old" ] ;;
    *" venv "*)
        mkdir -p .venv/bin .venv/lib/python3.11/site-packages
        cp "$MACHINE/bin/python3" .venv/bin/python ;;
    *" pip install "*)
        if [ -e "$MACHINE/network-is-down" ]; then echo "no route to host"; exit 1; fi
        cp "$MACHINE/uv" .venv/bin/uv ;;
    *" pip config "*) exit 1 ;;
esac
"""
UV = """#!/bin/sh
echo "uv $*" >>"$MACHINE/calls"
"""
BOWTIE = """#!/bin/sh
echo "/somewhere/bowtie-align-s version {version}"
"""
CONDA = """#!/bin/sh
echo "conda $*" >>"$MACHINE/calls"
mkdir -p .tools/conda/bin
cp "$MACHINE/new-bowtie" .tools/conda/bin/bowtie
cp "$MACHINE/new-bowtie" .tools/conda/bin/bowtie-build
"""
LOCK = """typing-extensions==4.16.0 \\
    --hash=sha256:aa
    # via pydantic
uv==0.13.8 \\
    --hash=sha256:bb \\
    --hash=sha256:cc
    # via exosift (pyproject.toml)
xopen==2.1.0 \\
    --hash=sha256:dd
"""


def write_command(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


@dataclass
class Machine:
    """A machine with a checkout of exosift in `checkout` and little else."""

    folder: Path
    checkout: Path

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.checkout / "run"), *words],
            cwd=self.folder,  # never the checkout itself
            env={
                "PATH": str(self.folder / "bin"),
                "HOME": str(self.folder),
                "MACHINE": str(self.folder),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def has(self, name: str, text: str) -> None:
        write_command(self.folder / "bin" / name, text)

    def take_calls(self) -> list[str]:
        """Give what was called since the last time, but for questions about versions."""
        path = self.folder / "calls"
        calls = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [call for call in calls if not call.startswith(("python -V", "python -c"))]


@pytest.fixture
def machine(tmp_path: Path, repository: Path) -> Machine:
    """Give a machine with Python and bowtie; the path of its checkout holds a space."""
    (tmp_path / "bin").mkdir()
    for name in COMMANDS:
        (tmp_path / "bin" / name).symlink_to(str(shutil.which(name)))
    checkout = tmp_path / "my work" / "exosift"
    (checkout / KERNEL).parent.mkdir(parents=True)
    shutil.copy(repository / "run", checkout)
    (checkout / "requirements.lock").write_text(LOCK)
    shutil.copy(repository / KERNEL, checkout / KERNEL)
    machine = Machine(tmp_path, checkout)
    machine.has("python3", PYTHON)
    machine.has("bowtie", BOWTIE.format(version="1.3.1"))
    machine.has("bowtie-build", BOWTIE.format(version="1.3.1"))
    write_command(tmp_path / "uv", UV)
    write_command(tmp_path / "new-bowtie", BOWTIE.format(version="1.3.1"))
    return machine


def only_sentence(done: subprocess.CompletedProcess[str]) -> str:
    """Give what a refusal says: one line, no trace of the shell."""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_without_a_word_it_says_what_it_can_do(machine):
    done = machine.run()
    assert done.returncode == 0
    for verb in ("demo", "test", "check", "bench", "setup"):
        assert f"./run {verb}" in done.stdout
    assert machine.take_calls() == []


def test_an_unknown_word_is_refused(machine):
    done = machine.run("dmeo")
    assert done.returncode == 2
    assert "'./run dmeo'" in only_sentence(done)


def test_set_up_installs_the_lock_by_its_hashes(machine):
    done = machine.run("setup")
    assert done.returncode == 0, done.stderr
    venv, uv, _, libraries, kernel = machine.take_calls()
    assert venv.endswith("-m venv .venv")
    assert "--require-hashes -r .tools/uv.lock" in uv
    assert "--require-hashes" in libraries
    assert libraries.endswith("-r requirements.lock")
    assert kernel == "python -m exosift compile"
    # The installer's own part of the lock, and no more.
    part = (machine.checkout / ".tools" / "uv.lock").read_text().splitlines()
    assert part == LOCK.splitlines()[3:6]
    pth = machine.checkout / ".venv" / "lib" / "python3.11" / "site-packages" / "exosift.pth"
    assert pth.read_text().strip() == str(machine.checkout / "workflow" / "scripts")


def test_set_up_is_silent_when_nothing_is_missing(machine):
    machine.run("setup")
    machine.take_calls()
    done = machine.run("setup")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert machine.take_calls() == []


def test_another_lock_makes_another_environment(machine):
    machine.run("setup")
    machine.take_calls()
    (machine.checkout / "requirements.lock").write_text(LOCK.replace("2.1.0", "2.1.1"))
    assert machine.run("setup").returncode == 0
    assert any(call.startswith("uv pip install") for call in machine.take_calls())


def test_a_moved_checkout_is_set_up_anew(machine):
    machine.run("setup")
    machine.take_calls()
    machine.checkout = machine.checkout.rename(machine.folder / "elsewhere")
    assert machine.run("setup").returncode == 0
    assert any(call.startswith("uv pip install") for call in machine.take_calls())


def test_another_kernel_is_compiled_and_nothing_else(machine):
    machine.run("setup")
    machine.take_calls()
    (machine.checkout / KERNEL).write_text("another")
    machine.run("setup")
    assert machine.take_calls() == ["python -m exosift compile"]


def test_an_environment_that_was_not_finished_is_made_anew(machine):
    machine.run("setup")
    (machine.checkout / ".venv" / "ready").unlink()
    half = machine.checkout / ".venv" / "half-installed"
    half.touch()
    assert machine.run("setup").returncode == 0
    assert not half.exists()


def test_no_network_is_one_sentence_that_names_the_log(machine):
    (machine.folder / "network-is-down").touch()
    done = machine.run("setup")
    assert done.returncode == 5
    log = machine.checkout / ".tools" / "setup.log"
    assert str(log) in only_sentence(done)
    assert "no route to host" in log.read_text()
    (machine.folder / "network-is-down").unlink()
    assert machine.run("setup").returncode == 0


def test_an_old_python_is_one_sentence(machine):
    (machine.folder / "python-is-old").touch()
    done = machine.run("check")
    assert done.returncode == 5
    assert "Python 3.11 or newer" in only_sentence(done)


def test_no_bowtie_and_nowhere_to_get_it_is_one_sentence(machine):
    (machine.folder / "bin" / "bowtie").unlink()
    done = machine.run("setup")
    assert done.returncode == 5
    assert "apt-get install bowtie" in only_sentence(done)


@pytest.mark.parametrize("version", ["1.2.3", "0.12.7"])
def test_a_bowtie_that_is_too_old_is_replaced_from_conda(machine, version):
    machine.has("bowtie", BOWTIE.format(version=version))
    machine.has("micromamba", CONDA)
    assert machine.run("setup").returncode == 0
    calls = [call for call in machine.take_calls() if call.startswith("conda")]
    assert len(calls) == 1
    assert "--channel bioconda" in calls[0]
    # Where a user who activates .venv finds it before the old one.
    link = machine.checkout / ".venv" / "bin" / "bowtie"
    assert link.resolve() == machine.checkout / ".tools" / "conda" / "bin" / "bowtie"
    machine.run("setup")
    assert machine.take_calls() == []


def test_two_set_ups_at_once_do_not_meet(machine):
    (machine.checkout / ".tools").mkdir()
    (machine.checkout / ".tools" / "setup.lock").symlink_to(str(os.getpid()))
    done = machine.run("setup")
    assert done.returncode == 5
    assert str(os.getpid()) in only_sentence(done)
    assert machine.take_calls() == []


def test_the_lock_of_a_set_up_that_was_killed_is_no_hindrance(machine):
    gone = subprocess.Popen(["true"])
    gone.wait()
    (machine.checkout / ".tools").mkdir()
    lock = machine.checkout / ".tools" / "setup.lock"
    lock.symlink_to(str(gone.pid))
    assert machine.run("setup").returncode == 0
    assert not lock.is_symlink()


def test_continuous_integration_runs_the_tests(machine, repository):
    shutil.copytree(repository / ".ci", machine.checkout / ".ci")
    write_command(machine.checkout / "run", "#!/bin/sh\necho run $*\n")
    done = subprocess.run(
        ["bash", machine.checkout / ".ci" / "run"],
        cwd=machine.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "run test\n"


def test_every_folder_of_tests_is_run(repository):
    pyproject = tomllib.loads((repository / "pyproject.toml").read_text())
    run = {repository / path for path in pyproject["tool"]["pytest"]["ini_options"]["testpaths"]}
    assert {path.parent for path in (repository / "tests").rglob("test_*.py")} <= run
