"""Programs that are missing are told before any work is done, all at once."""

import pytest
from exosift.errors import MachineError
from exosift.tools import require_tools


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
    require_tools(from_counts=False)


def test_all_missing_tools_are_named_with_advice(install):
    install("bowtie")
    with pytest.raises(MachineError) as told:
        require_tools(from_counts=False)
    assert str(told.value).startswith("bowtie-build and multiqc are not on the PATH. Install")


def test_a_run_from_counts_needs_no_aligner(install):
    install("multiqc")
    require_tools(from_counts=True)
