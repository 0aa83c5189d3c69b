"""Fingerprints: an edit reruns the steps that import what was edited, and no others."""

import re
import subprocess
import sys

import pytest
from exosift import fingerprints
from exosift.fingerprints import ROOT, SCRIPTS, Reader, set_time_of_scripts

SOURCES = {
    "step.py": "from exosift.first import work\nNAME = 'table.tsv'\n",
    "other.py": "import exosift.inner.deep\n",
    "exosift/__init__.py": '__version__ = "1.0"\n',
    "exosift/first.py": "def work():\n    from exosift import second\n",
    "exosift/second.py": (
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from exosift.third import Type\n"
        "else:\n    from exosift.fourth import Type\n"
    ),
    "exosift/third.py": "",
    "exosift/fourth.py": "import numpy\n",
    "exosift/inner/__init__.py": "from . import beside\n",
    "exosift/inner/beside.py": "from ..third import Type\n",
    "exosift/inner/deep.py": "FOLDER = 'knowledge'\n",
}


@pytest.fixture
def root(tmp_path):
    """Write a small package with two scripts and shipped files."""
    for name, text in SOURCES.items():
        path = tmp_path / SCRIPTS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "resources/knowledge").mkdir(parents=True)
    (tmp_path / "resources/table.tsv").write_text("a\n")
    (tmp_path / "resources/unused.tsv").write_text("a\n")
    (tmp_path / "resources/knowledge/roles.tsv").write_text("a\n")
    return tmp_path


def names(paths):
    return {path.removeprefix(f"{SCRIPTS}/") for path in paths}


def test_imports_are_followed_into_functions_and_not_for_types(root):
    found = Reader(root).closure("step.py")
    assert names(found.sources) == {
        "step.py",
        *(f"exosift/{name}.py" for name in ("__init__", "first", "second", "fourth")),
    }
    assert found.shipped == ("resources/table.tsv",)


def test_packages_above_a_module_and_relative_imports_belong_to_it(root):
    found = Reader(root).closure("other.py")
    assert names(found.sources) == {
        "other.py",
        *(f"exosift/{name}.py" for name in ("__init__", "third")),
        *(f"exosift/inner/{name}.py" for name in ("__init__", "beside", "deep")),
    }
    assert found.shipped == ("resources/knowledge",)


def test_a_module_and_a_shipped_file_can_be_named(root):
    assert names(Reader(root).closure("exosift.second").sources) == {
        *(f"exosift/{name}.py" for name in ("__init__", "second", "fourth")),
    }
    assert Reader(root).closure("unused.tsv").shipped == ("resources/unused.tsv",)
    with pytest.raises(ValueError, match=r"'steps\.py' is no script of workflow/scripts"):
        Reader(root).closure("steps.py")


@pytest.mark.parametrize(
    ("edited", "changed"),
    [
        (f"{SCRIPTS}/step.py", {"step.py"}),
        (f"{SCRIPTS}/exosift/fourth.py", {"step.py"}),
        (f"{SCRIPTS}/exosift/third.py", {"other.py"}),
        (f"{SCRIPTS}/exosift/inner/__init__.py", {"other.py"}),
        (f"{SCRIPTS}/exosift/__init__.py", {"step.py", "other.py"}),
        ("resources/table.tsv", {"step.py"}),
        ("resources/knowledge/roles.tsv", {"other.py"}),
        ("resources/unused.tsv", set()),
    ],
)
def test_an_edit_changes_the_fingerprint_of_the_steps_that_hold_it(root, edited, changed):
    before = {step: Reader(root).fingerprint(step) for step in ("step.py", "other.py")}
    path = root / edited
    path.write_text(path.read_text() + "# edited\n")
    after = {step: Reader(root).fingerprint(step) for step in ("step.py", "other.py")}
    assert {step for step in before if before[step] != after[step]} == changed


def test_another_path_time_or_version_is_no_edit(root, tmp_path):
    before = Reader(root).fingerprint("step.py")
    moved = root.rename(tmp_path.with_name(f"{tmp_path.name}_moved"))
    package = moved / SCRIPTS / "exosift/__init__.py"
    package.write_text('__version__ = "1.1"\n')
    assert Reader(moved).fingerprint("step.py") == before


def test_what_was_read_is_kept_by_content(root, tmp_path, monkeypatch):
    kept = tmp_path / "kept" / "imports.json"
    reader = Reader(root, kept)
    before = reader.fingerprint("step.py")
    reader.keep()
    (root / SCRIPTS / "exosift/first.py").write_text("from exosift import third\n")
    parsed = []
    parse = fingerprints.ast.parse
    monkeypatch.setattr(
        fingerprints.ast, "parse", lambda text, name: parsed.append(name) or parse(text, name)
    )
    again = Reader(root, kept)
    assert again.fingerprint("step.py") != before
    assert names(parsed) == {"exosift/first.py", "exosift/third.py"}
    assert again.fingerprint("step.py") == Reader(root).fingerprint("step.py")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"x": 1}'])
def test_a_damaged_file_of_what_was_kept_is_not_believed(root, tmp_path, text):
    kept = tmp_path / "imports.json"
    kept.write_text(text)
    assert Reader(root, kept).fingerprint("step.py") == Reader(root).fingerprint("step.py")


def test_imports_are_not_made_by_names_that_are_computed():
    for path in (ROOT / SCRIPTS).rglob("*.py"):
        assert not re.search(r"\b(import_module|__import__)\b", path.read_text()), path


def test_every_shipped_file_is_part_of_a_step():
    reader = Reader()
    steps = [*reader.scripts, "exosift.steps", "exosift.simulation.command", "multiqc_config.yaml"]
    used = {name for step in steps for name in reader.closure(step).shipped}
    # Addresses of references are parameters of the rule that fetches them.
    assert used == set(reader.names.values()) - {"resources/references.tsv"}


LOADED = """
import runpy, sys
try:
    runpy.run_path({script!r})
except NameError:
    pass
print(*(name for name in sys.modules if name.partition('.')[0] == 'exosift'))
"""


@pytest.mark.parametrize("script", ["train_panel.py", "collect_transcripts.py", "report_index.py"])
def test_all_modules_that_a_script_loads_are_part_of_it(script):
    program = LOADED.format(script=str(ROOT / SCRIPTS / script))
    command = [sys.executable, "-c", program]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    reader = Reader()
    assert len(said) > 10
    assert {reader.modules[name] for name in said} <= set(reader.closure(script).sources)


def test_scripts_get_a_fixed_time(monkeypatch, root):
    monkeypatch.setattr(fingerprints, "ROOT", root)
    set_time_of_scripts()
    step = root / SCRIPTS / "step.py"
    assert step.stat().st_mtime == fingerprints.TIME
    assert (root / SCRIPTS / "exosift/first.py").stat().st_mtime > fingerprints.TIME
