"""The JSON schema of the configuration, made from its types.

It stands in `workflow/schemas/config.schema.yaml`, for readers, editors and `exosift.config`, which
reads it three times as fast as pydantic makes it. `python -m exosift schema` writes that file, and
a test compares it with the types.
"""

import json
from collections.abc import Mapping
from typing import Any

import yaml
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from exosift.settings.configuration import Configuration
from exosift.settings.section import Section, as_mapping

HEADER = "# Made from exosift/settings by `python -m exosift schema`; edit those, not this file.\n"

FIRST = ("$schema", "title", "description", "type")
"""What a schema says first; the rest follows as it comes."""

_MISSING = object()


class _Plain(GenerateJsonSchema):
    """A schema without the titles that pydantic makes of names, and with `null` among the types."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 (pydantic's name)
        return False

    def nullable_schema(self, schema: Any) -> JsonSchemaValue:
        inner = self.generate_inner(schema["schema"])
        if isinstance(inner.get("type"), str):
            return {**inner, "type": [inner["type"], "null"]}
        return super().nullable_schema(schema)


class _Dumper(yaml.SafeDumper):
    """Write every part in full, where YAML would refer back to an equal one."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 (yaml's name)
        return True


def schema() -> dict[str, Any]:
    """Return the schema of the whole configuration, every section spelt out with its defaults."""
    made = TypeAdapter(Configuration).json_schema(schema_generator=_Plain)
    types = made["$defs"]
    whole = _spelt_out(made, types, Configuration())
    text = json.dumps(whole)
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "title": "exosift configuration",
        **whole,
        "$defs": {
            name: _spelt_out(node, types, _MISSING)
            for name, node in types.items()
            if f'"#/$defs/{name}"' in text
        },
    }


def as_yaml() -> str:
    """Return the schema as the text of `workflow/schemas/config.schema.yaml`."""
    body = yaml.dump(schema(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return HEADER + body


def _spelt_out(node: Mapping[str, Any], types: Mapping[str, Any], default: Any) -> dict[str, Any]:
    """Replace the reference to a section by its keys, and give each key its default.

    Parameters
    ----------
    node, types
        A part of the schema, and the types that it refers to.
    default
        The value that the part takes, or `_MISSING`.
    """
    node = dict(node)
    if "$ref" in node:
        node = {**types[node.pop("$ref").rpartition("/")[2]], **node}
    for key in ("title", "$defs", "default"):
        node.pop(key, None)
    if "description" in node:
        node["description"] = " ".join(node["description"].split())
    if "properties" in node:
        node["properties"] = {
            key: _spelt_out(inner, types, getattr(default, key, _MISSING))
            for key, inner in node["properties"].items()
        }
    elif default is not _MISSING:
        plain = as_mapping(default) if isinstance(default, Section) else default
        node["default"] = list(plain) if isinstance(plain, tuple) else plain
    first = {key: node[key] for key in FIRST if key in node}
    return first | {key: value for key, value in node.items() if key not in first}
