"""Programs that are missing are told before any work is done, and a full disk after it failed."""

import os
from pathlib import Path

import pytest
from exosift.errors import MachineError
from exosift.tools import full_disk, require_tools


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Make a machine on which these programs are all that there is."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def put(*names):
        for name in names:
            (tmp_path / name).touch(mode=0o755)

    return put


def test_a_machine_with_all_tools_is_content(install):
    install("bowtie", "bowtie-build", "multiqc")
    require_tools(genome=True)


def test_all_missing_tools_are_named_with_advice(install):
    install("bowtie")
    with pytest.raises(MachineError) as told:
        require_tools(genome=True)
    assert str(told.value).startswith("bowtie-build and multiqc are not on the PATH. Install")


def test_a_run_without_a_genome_needs_no_aligner(install):
    install("multiqc")
    require_tools(genome=False)


def disk(monkeypatch, **changed):
    """Pretend that the disk has 4 GiB left, save for what is changed."""
    state = {"f_frsize": 4096, "f_blocks": 1 << 24, "f_bfree": 1 << 20, "f_bavail": 1 << 20}
    state |= {"f_files": 1000, "f_ffree": 500, "f_favail": 500} | changed
    names = ("f_bsize", "f_frsize", "f_blocks", "f_bfree", "f_bavail", "f_files", "f_ffree")
    values = [state.get(name, 0) for name in (*names, "f_favail", "f_flag", "f_namemax")]
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result(values))


def test_a_disk_with_room_is_not_mentioned(monkeypatch):
    disk(monkeypatch)
    assert full_disk(Path()) == ""


def test_a_full_disk_is_told_with_what_is_left(monkeypatch, tmp_path):
    disk(monkeypatch, f_bavail=2560)
    assert full_disk(tmp_path) == (
        f"The disk of {tmp_path.resolve()} is full: 10 MiB are left. "
        "Make room and run snakemake again."
    )


def test_a_disk_without_inodes_is_told(monkeypatch):
    disk(monkeypatch, f_favail=0)
    assert "no inodes left" in full_disk(Path())
    # Some file systems count none at all.
    disk(monkeypatch, f_files=0, f_favail=0)
    assert full_disk(Path()) == ""
