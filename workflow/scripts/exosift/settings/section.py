"""What the sections of the configuration have in common."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, asdict, fields
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, get_args, get_origin

from annotated_types import Ge, Interval

if TYPE_CHECKING:
    from pydantic import ConfigDict

Share = Annotated[float, Interval(ge=0, le=1)]
"""A share, a probability or a quantile, from 0 to 1."""

FalseDiscovery = Annotated[float, Interval(gt=0, le=0.5)]
"""A largest false discovery rate."""

Seed = Annotated[int, Ge(0)]
"""Where a generator of random numbers begins."""


class Section:
    """A section of the configuration: a frozen dataclass, its fields the keys.

    Type, bounds and default of a key stand in its field, and its meaning in the string below; the
    schema is made from them by `exosift.settings.schema`. These are plain dataclasses, since
    counting jobs import them: pydantic takes 0.1 s to import, these classes 0.01 s.
    """

    __pydantic_config__: ClassVar["ConfigDict"] = {
        "extra": "forbid",
        "use_attribute_docstrings": True,
    }

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """Make a section of a mapping, such as a part of a complete configuration.

        Parameters
        ----------
        given
            Keys and values; a key that is missing takes its default, within sections too.

        Raises
        ------
        TypeError
            If there is no such key. Values are not checked: `exosift.config.complete` does it.

        Examples
        --------
        >>> from exosift.settings.candidates import CallRules
        >>> CallRules.of({"q": 0.01}).q, CallRules.of({}).q
        (0.01, 0.05)
        """
        known = {field.name: field for field in fields(cls)}  # type: ignore[arg-type]
        values: dict[str, Any] = {}
        for key, value in given.items():
            default = default_of(known[key]) if key in known else None
            if isinstance(default, Section) and isinstance(value, Mapping):
                values[key] = type(default).of({**as_mapping(default), **value})
            else:
                values[key] = tuple(value) if isinstance(value, list) else value
        return cls(**values)


def default_of(field: "Field[Any]") -> Any:
    """Return the value of a field that nobody gives."""
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default


def kinds(section: type[Section]) -> dict[str, Any]:
    """Return the type of each key of a section, or the words that one can choose from.

    Examples
    --------
    >>> from exosift.settings.quantification import IsomirRules
    >>> kinds(IsomirRules)["overlap"], kinds(IsomirRules)["ties"]
    (<class 'int'>, ('evidence', 'equal'))
    """
    plain = {
        field.name: getattr(field.type, "__origin__", field.type)
        for field in fields(section)  # type: ignore[arg-type]
    }
    chosen = {
        field.name: get_args(field.type)
        for field in fields(section)  # type: ignore[arg-type]
        if get_origin(field.type) is Literal
    }
    return {**plain, **chosen}


def as_mapping(section: Section) -> dict[str, Any]:
    """Return a section as nested dicts and lists, as YAML holds it."""
    return _listed(asdict(section))  # type: ignore[call-overload]


def _listed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _listed(inner) for key, inner in value.items()}
    return list(value) if isinstance(value, tuple) else value
