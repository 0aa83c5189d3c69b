"""The configuration: read strictly, complete with defaults, explain what is wrong."""

import copy
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from exosift.errors import Problems, UserError
from exosift.settings.configuration import Configuration
from exosift.settings.section import as_mapping
from exosift.yaml_keys import read_yaml

SCHEMA = Path(__file__).parents[2] / "schemas" / "config.schema.yaml"
"""Made from the types by `exosift.settings.schema`; a test holds that it is what they say."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def schema() -> dict[str, Any]:
    """Read the schema: every key with its type, default and meaning."""
    return yaml.load(SCHEMA.read_text(encoding="utf-8"), Loader=_LOADER)


def defaults() -> dict[str, Any]:
    """Return the whole configuration as it is when a user says nothing."""
    return as_mapping(Configuration())


def read(path: str | Path) -> dict[str, Any]:
    """Read a YAML file and complete it.

    Raises
    ------
    UserError
        If the file is missing, is not YAML, holds a key twice, or does not fit the schema; all
        misfits at once.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(
            f"There is no {path} here. Run this in a folder that holds config/, or copy config/ "
            "from the exosift repository and edit it."
        )
    try:
        given = read_yaml(path)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is not YAML that can be read: {_oneline(error)}") from None
    return complete(given if given is not None else {}, source=str(path))


def complete(given: Any, source: str = "config/config.yaml") -> dict[str, Any]:
    """Check a configuration against the schema and fill in the defaults.

    Parameters
    ----------
    given
        What the user wrote.
    source
        Where it was written, for the messages.

    Returns
    -------
    The merged configuration; `given` is left as it was.

    Raises
    ------
    UserError
        With every misfit: the key, what was found, what is allowed. A misspelt key names the
        nearest right one.
    """
    rules = schema()
    problems = Problems()
    if not isinstance(given, Mapping):
        raise UserError(f"{source}: expected keys and values, found {type(given).__name__}.")
    given = copy.deepcopy(dict(given))
    validator = jsonschema.Draft202012Validator(rules)
    for error in sorted(validator.iter_errors(given), key=lambda misfit: misfit.json_path):
        for where, what, advice in _explain(error):
            problems.add(f"{source}, {where}" if where else source, what, advice)
    problems.raise_if_any()
    return _merge(defaults(), given)


def flattened(config: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Lay out a configuration as key and value, nested keys joined by dots.

    Examples
    --------
    >>> list(flattened({"panel": {"seed": 1}, "notice": ""}))
    [('panel.seed', 1), ('notice', '')]
    """
    for key, value in config.items():
        if isinstance(value, Mapping):
            yield from flattened(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def lowered_limits(config: Mapping[str, Any]) -> list[str]:
    """Name the quality limits that this run loosened against the defaults.

    Returns
    -------
    Sentences such as "mirna_reads fails below 5000 instead of 30000".
    """
    sentences = []
    for metric, limits in defaults()["quality"].items():
        if not isinstance(limits, Mapping):
            continue
        for level, default in limits.items():
            value = config["quality"][metric][level]
            kind, _, side = level.partition("_")
            if kind not in ("fail", "warn"):
                continue
            if value is None:
                sentences.append(f"{metric} {kind}s never, by default {side} {default:g}")
            elif value < default if side == "below" else value > default:
                sentences.append(
                    f"{metric} {kind}s {side} {value:g}, by default {side} {default:g}"
                )
    return sentences


def _merge(base: Any, given: Any) -> Any:
    if isinstance(base, dict) and isinstance(given, Mapping):
        return {
            key: _merge(base.get(key), given[key]) if key in given else base[key]
            for key in [*base, *(key for key in given if key not in base)]
        }
    return given


def _explain(error: jsonschema.ValidationError) -> Iterator[tuple[str, str, str]]:
    """Turn one misfit into (where, what, advice)."""
    rules: Any = error.schema
    wanted: Any = error.validator_value
    where = ".".join(str(step) for step in error.absolute_path)
    if error.validator == "additionalProperties":
        known = list(rules["properties"])
        given: Any = error.instance
        for key in given:
            if key not in known:
                near = get_close_matches(str(key), known, n=1, cutoff=0.5)
                advice = f"Did you mean '{near[0]}'?" if near else f"Known: {', '.join(known)}."
                yield where, f"there is no key '{key}'", advice
        return
    description = str(rules.get("description", "")).strip()
    found = f"found {error.instance!r}"
    if error.validator == "type":
        kinds = wanted if isinstance(wanted, list) else [wanted]
        yield where, f"expected {' or '.join(kinds)}, {found}", description
    elif error.validator == "enum":
        allowed = ", ".join(str(value) for value in wanted)
        yield where, f"{found}, allowed are {allowed}", description
    elif error.validator == "anyOf":
        kinds = [_resolved(one).get("description", "") for one in wanted]
        yield where, f"{found}; it must be one of: {'; '.join(kinds)}", description
    else:
        yield where, f"{found}; {error.message}", description


def _resolved(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a node of the schema refers to."""
    kind = str(node.get("$ref", "")).rpartition("/")[2]
    return schema()["$defs"][kind] if kind else node


def _oneline(error: Exception) -> str:
    return " ".join(str(error).split())
