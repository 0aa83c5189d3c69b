"""What a step is made of: its script, all modules that it imports, and the shipped files of these.

Snakemake sees an edit of a script, but not of a package that the script imports, and takes a file
that is shipped with the workflow for another one if a second clone holds it. So each rule carries
the fingerprint of its step as a parameter: an edit reruns the steps that import what was edited,
and no others, and the same files under another path or with another time rerun nothing.

The imports are read from the source, without running it. Reading all modules takes a second, hence
what was read of each is kept in a file by the checksum of its source.
"""

import ast
import contextlib
import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import resolve_name
from pathlib import Path
from typing import Any

from exosift import PACKAGE
from exosift.files import read_json, write_json

ROOT = PACKAGE.parents[2]
SCRIPTS = "workflow/scripts"
SHIPPED_FOLDERS = ("resources", "workflow/report", "workflow/schemas")
"""Where files lie that are shipped beside the code. A module takes part of those that it names."""

VERSION = re.compile(rb"^__version__ = .*$", re.MULTILINE)
"""A release that changes no code of a step makes nothing anew."""

TIME = 946_684_800
"""The first second of 2000, in seconds since 1970."""

DIGITS = 16


@dataclass(frozen=True)
class Closure:
    """All files that a step is made of, as paths from the root, sorted."""

    sources: tuple[str, ...]
    shipped: tuple[str, ...]


@dataclass
class Reader:
    """Reads what the Python files of a repository refer to; each file once, as it is then.

    Attributes
    ----------
    root
        The repository.
    kept
        Where what was read is kept for the next time; None keeps nothing.
    """

    root: Path = ROOT
    kept: Path | None = None

    def __post_init__(self) -> None:
        """Find all files, and what was read of sources before."""
        self.scripts, self.modules = _python_files(self.root)
        self.names = _shipped_names(self.root)
        # Another set of shipped files may make any text in a source the name of one.
        self._of_names = _digest(json.dumps(sorted(self.names.items())).encode())
        self._known: dict[str, Any] = {}
        if self.kept is not None:
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                self._known = dict(read_json(self.kept)[self._of_names])
        self._used: dict[str, Any] = {}
        self._sources: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
        self._checksums: dict[str, bytes] = {}

    def keep(self) -> None:
        """Keep what was read, if anything was read anew and the folder can be written."""
        if self.kept is not None and self._used.keys() - self._known.keys():
            with contextlib.suppress(OSError):
                write_json({self._of_names: self._used}, self.kept)
            self._known = dict(self._used)

    def closure(self, *entries: str) -> Closure:
        """Follow the imports of scripts and modules to all files that they are made of.

        Parameters
        ----------
        entries
            Names of scripts in workflow/scripts (`train_panel.py`), of modules (`exosift.steps`),
            or of shipped files (`multiqc_config.yaml`).

        Raises
        ------
        ValueError
            If there is no such file.
        SyntaxError
            If a file is not Python.
        """
        found = set()
        shipped = {self.names[entry] for entry in entries if entry in self.names}
        waiting = [file for entry in entries for file in self._entry(entry)]
        while waiting:
            file = waiting.pop()
            if file not in found:
                found.add(file)
                imports, named = self._source(file)
                shipped.update(named)
                waiting += imports
        return Closure(tuple(sorted(found)), tuple(sorted(shipped)))

    def fingerprint(self, *entries: str) -> str:
        """Hash all files that scripts and modules are made of; see `closure`."""
        made_of = self.closure(*entries)
        digest = hashlib.sha256()
        for name in (*made_of.sources, *made_of.shipped):
            digest.update(f"{name}\n".encode() + self._checksum(name))
        return digest.hexdigest()[:DIGITS]

    def _entry(self, entry: str) -> tuple[str, ...]:
        if entry in self.names:
            return ()
        if entry in self.scripts:
            return (self.scripts[entry],)
        if entry not in self.modules:
            raise ValueError(
                f"{entry!r} is no script of {SCRIPTS}, no module of exosift and no shipped file of "
                f"{', '.join(SHIPPED_FOLDERS)}. Correct the name in the rule."
            )
        return self._modules(entry)

    def _source(self, file: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Give the files that a Python file imports, and the shipped files that it names."""
        if file not in self._sources:
            content = (self.root / file).read_bytes()
            package = ".".join(file.removeprefix(f"{SCRIPTS}/").split("/")[:-1])
            key = _digest(package.encode() + b"\n" + content)
            self._used[key] = self._known.get(key) or self._read(content, file, package)
            self._checksums[file] = hashlib.sha256(VERSION.sub(b"", content)).digest()
            imports, shipped = self._used[key]
            modules = dict.fromkeys(one for name in imports for one in self._modules(name))
            self._sources[file] = tuple(modules), tuple(shipped)
        return self._sources[file]

    def _read(self, content: bytes, file: str, package: str) -> list[list[str]]:
        nodes = list(_nodes(ast.parse(content, file)))
        imports = {name for node in nodes for name in _imported(node, package)}
        texts = {
            node.value
            for node in nodes
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        return [sorted(imports), sorted(self.names[text] for text in texts & self.names.keys())]

    def _modules(self, name: str) -> tuple[str, ...]:
        """Find the files of an imported name: its module, and the packages that Python runs first.

        The name may be that of a function in a module; its last part is no module then.
        """
        parts = name.split(".")
        above = (".".join(parts[:count]) for count in range(1, len(parts) + 1))
        return tuple(self.modules[module] for module in above if module in self.modules)

    def _checksum(self, name: str) -> bytes:
        """Hash a file, or a folder with all that it holds."""
        if name not in self._checksums:
            place, digest = self.root / name, hashlib.sha256()
            inner = sorted(path for path in place.rglob("*") if path.is_file())
            for path in [place] if place.is_file() else inner:
                digest.update(f"{path.relative_to(place).as_posix()}\n".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
            self._checksums[name] = digest.digest()
        return self._checksums[name]


def fingerprint(*entries: str) -> str:
    """Hash a step of this installation: its script or module, their imports, and shipped files.

    Parameters
    ----------
    entries
        Names as `Reader.closure` takes them.

    Raises
    ------
    ValueError
        If there is no such file.
    """
    reader = _reader()
    found = reader.fingerprint(*entries)
    reader.keep()
    return found


def set_time_of_scripts() -> None:
    """Set the time of the scripts of rules to a fixed one, where the installation can be written.

    Snakemake runs a step again when its script is younger than the results, whatever the script
    says, and a new clone is younger. What the scripts say is in the fingerprints of their rules.
    """
    for script in (ROOT / SCRIPTS).glob("*.py"):
        with contextlib.suppress(OSError):
            if script.stat().st_mtime > TIME:
                os.utime(script, (TIME, TIME))


@cache
def _reader() -> Reader:
    folder = os.environ.get("EXOSIFT_CACHE") or PACKAGE / "__pycache__"
    return Reader(kept=Path(folder) / "imports.json")


def _python_files(root: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Give the scripts by their names and the modules by their dotted ones, as paths from root."""
    scripts, modules = {}, {}
    for folder, _, files in os.walk(root / SCRIPTS):
        place = Path(folder).relative_to(root).as_posix()
        package = place.removeprefix(SCRIPTS).removeprefix("/").replace("/", ".")
        for file in files:
            if not file.endswith(".py"):
                continue
            if not package:
                scripts[file] = f"{place}/{file}"
            elif file == "__init__.py":
                modules[package] = f"{place}/{file}"
            else:
                modules[f"{package}.{file.removesuffix('.py')}"] = f"{place}/{file}"
    return scripts, modules


def _shipped_names(root: Path) -> Mapping[str, str]:
    """Give the shipped files and folders by their names, as paths from the root."""
    names = {}
    for folder in SHIPPED_FOLDERS:
        for path in sorted((root / folder).iterdir() if (root / folder).is_dir() else ()):
            if path.name != "fetched" and path.suffix not in (".py", ".md", ".rst"):
                names[path.name] = path.relative_to(root).as_posix()
    return names


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk a tree, without what stands there for the checker of types alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and _for_types(node.test):
            for other in node.orelse:
                yield other
                yield from _nodes(other)
        else:
            yield node
            yield from _nodes(node)


def _for_types(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"


def _imported(node: ast.AST, package: str) -> Iterable[str]:
    """Name what a statement imports from this package."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        module = resolve_name("." * node.level + (node.module or ""), package)
        names = [module, *(f"{module}.{alias.name}" for alias in node.names)]
    else:
        names = []
    return [name for name in names if name.split(".")[0] == PACKAGE.name]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:DIGITS]
