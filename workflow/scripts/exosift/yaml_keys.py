"""Read YAML in which every key stands once.

YAML parsers keep the last of two equal keys and drop the first, with everything below it, without a
word. A section that was pasted a second time would so undo the settings of the first.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from exosift.errors import Problems

MERGE = "tag:yaml.org,2002:merge"  # `<<` may stand several times: each adds keys, none replaces one


def read_yaml(path: str | Path) -> Any:
    """Read a YAML file.

    Returns
    -------
    What the file holds; None if it holds nothing.

    Raises
    ------
    UserError
        If a key stands several times in one section; all such keys at once, with their lines.
    yaml.YAMLError, UnicodeDecodeError
        If the file is not YAML.
    """
    loader = yaml.SafeLoader(Path(path).read_text(encoding="utf-8-sig"))
    try:
        root = loader.get_single_node()
        if root is None:
            return None
        problems = Problems()
        for key, nodes in _repeated_keys(root, "", set()):
            _explain(str(path), key, nodes, problems)
        problems.raise_if_any()
        return loader.construct_document(root)
    finally:
        loader.dispose()


def check_repeated_keys(path: str | Path) -> None:
    """Check that no key stands several times in a file that another parser has read already.

    A file that is not YAML (Snakemake reads JSON too) is left to that parser.

    Raises
    ------
    UserError
        If a key stands several times in one section.
    """
    try:
        read_yaml(path)
    except (yaml.YAMLError, UnicodeDecodeError, OSError):
        return


def _repeated_keys(
    node: yaml.Node, above: str, seen: set[int]
) -> Iterator[tuple[str, list[tuple[yaml.Node, yaml.Node]]]]:
    """Walk over the keys that stand several times, each with its nodes of key and value."""
    if id(node) in seen:  # an alias, perhaps of a node that holds it
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for position, value in enumerate(node.value, start=1):
            yield from _repeated_keys(value, f"{above}[{position}]", seen)
    if not isinstance(node, yaml.MappingNode):
        return
    by_key: dict[tuple[str, str], list[tuple[yaml.Node, yaml.Node]]] = {}
    for key, value in node.value:
        if isinstance(key, yaml.ScalarNode):
            by_key.setdefault((key.tag, key.value), []).append((key, value))
    for (tag, name), nodes in by_key.items():
        path = f"{above}.{name}" if above else name
        if len(nodes) > 1 and tag != MERGE:
            yield path, nodes
        for _, value in nodes:
            yield from _repeated_keys(value, path, seen)


def _explain(
    source: str, path: str, nodes: list[tuple[yaml.Node, yaml.Node]], problems: Problems
) -> None:
    lines = [str(key.start_mark.line + 1) for key, _ in nodes]
    name = path.rpartition(".")[2]
    where = f"{', '.join(lines[:-1])} and {lines[-1]}"
    times = "twice" if len(lines) == 2 else f"{len(lines)} times"
    if any(isinstance(value, yaml.MappingNode) for _, value in nodes):
        what = f"the section `{name}` stands there {times}, in lines {where}"
        advice = (
            "Only the last one would count, and the settings of the others would be lost. Put all "
            f"settings below one `{name}:` and delete the rest."
        )
    else:
        what = f"the key `{name}` stands there {times}, in lines {where}"
        advice = "Only the last one would count. Keep the line that you mean."
    problems.add(f"{source}, {path}", what, advice)
