"""Where the compiled kernel is kept, and what happens where it cannot be."""

import subprocess
import sys

import pytest
from exosift import kernel


@pytest.fixture(scope="module")
def code():
    kernel.compile_kernel()
    return kernel.kept_code()


@pytest.fixture
def compilations(monkeypatch, code):
    """Count compilations, and make them quick."""
    made = []
    monkeypatch.setattr(kernel, "machine_code", lambda: made.append(1) or code)
    return made


def keep_in(monkeypatch, *folders):
    monkeypatch.setattr(kernel, "cache_folders", lambda: iter(folders))


def works(loaded):
    return loaded.find_lines is not None and loaded.engine is not None


def test_the_kernel_is_compiled_once(monkeypatch, tmp_path, compilations):
    keep_in(monkeypatch, tmp_path / "cache")
    assert works(kernel.load_kernel())
    assert works(kernel.load_kernel())
    kernel.compile_kernel()
    assert len(compilations) == 1
    assert [file.name for file in (tmp_path / "cache").iterdir()] == [kernel.file_name()]


def test_a_folder_that_cannot_be_written_is_passed_over(monkeypatch, tmp_path, compilations):
    (tmp_path / "file").write_text("no folder")
    keep_in(monkeypatch, tmp_path / "file", tmp_path / "own")
    kernel.compile_kernel()
    assert (tmp_path / "own" / kernel.file_name()).exists()
    assert works(kernel.load_kernel())
    assert len(compilations) == 1


def test_without_any_folder_it_is_compiled_in_every_run(monkeypatch, tmp_path, compilations):
    (tmp_path / "file").write_text("no folder")
    keep_in(monkeypatch, tmp_path / "file")
    assert works(kernel.load_kernel())
    assert works(kernel.load_kernel())
    assert len(compilations) == 2


@pytest.mark.parametrize("damage", [b"", b"garbage", None])
def test_a_damaged_file_is_made_again(monkeypatch, tmp_path, compilations, damage):
    keep_in(monkeypatch, tmp_path)
    kernel.compile_kernel()
    file = tmp_path / kernel.file_name()
    whole = file.read_bytes()
    file.write_bytes(whole[:-100] if damage is None else damage)
    assert works(kernel.load_kernel())
    assert file.read_bytes() == whole
    assert len(compilations) == 2


def test_a_folder_of_ones_own_stands_alone(monkeypatch, tmp_path):
    monkeypatch.setenv("EXOSIFT_CACHE", str(tmp_path))
    assert list(kernel.cache_folders()) == [tmp_path]


def test_the_package_goes_before_the_users_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("EXOSIFT_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    package, own = kernel.cache_folders()
    assert package.name == "__pycache__"
    assert own == tmp_path / "exosift"


def test_two_processes_may_compile_at_once(tmp_path, repository):
    environment = {
        "PYTHONPATH": str(repository / "workflow" / "scripts"),
        "EXOSIFT_CACHE": str(tmp_path / "cache"),
    }
    command = [sys.executable, "-c", "from exosift.kernel import load_kernel; load_kernel()"]
    both = [subprocess.Popen(command, env=environment) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert [file.suffix for file in (tmp_path / "cache").iterdir()] == [".o"]


def test_a_compiled_kernel_needs_no_numba(repository, code):
    assert code
    program = (
        "import sys, exosift.trimming, exosift.kernel; exosift.kernel.load_kernel();"
        "print([name for name in ('numba', 'pandas', 'scipy', 'pysam') if name in sys.modules])"
    )
    environment = {"PYTHONPATH": str(repository / "workflow" / "scripts")}
    ran = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "[]\n"
