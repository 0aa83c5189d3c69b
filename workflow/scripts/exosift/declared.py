"""Settings of a step: the keys of the configuration that its rule declares, and no other.

A rule hands over only what its step reads, so that another key reruns nothing. A step that reads
what its rule does not declare would go on with an old value unseen, hence it ends instead.
"""

from collections.abc import Iterator, Mapping
from typing import Any


class UndeclaredSettingError(KeyError):
    """A step reads a setting that its rule does not declare: a mistake in the workflow."""

    def __init__(self, key: str, declared: Mapping[str, Any]) -> None:
        self.sentence = (
            f"The step reads the setting {key!r}, which its rule does not declare. Add it to "
            f"`settings=STUDY.settings(...)` of the rule; declared are {', '.join(declared)}."
        )
        super().__init__(self.sentence)

    def __str__(self) -> str:
        """Return the sentence; a KeyError would show its quotation marks."""
        return self.sentence


def declare(config: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """Pick settings of a complete configuration.

    Parameters
    ----------
    config
        The configuration, complete with defaults.
    keys
        Names of sections (`panel`), or of keys in them (`candidates.q`).

    Returns
    -------
    The values by these names, as a rule hands them over.

    Raises
    ------
    ValueError
        If the configuration has no such key.

    Examples
    --------
    >>> config = {"panel": {"seed": 1}, "candidates": {"q": 0.05, "median_reads": 10}}
    >>> declare(config, "panel", "candidates.q")
    {'panel': {'seed': 1}, 'candidates.q': 0.05}
    """
    return {key: _value(config, key) for key in keys}


def _value(config: Mapping[str, Any], key: str) -> Any:
    value: Any = config
    for part in key.split("."):
        if not isinstance(value, Mapping) or part not in value:
            raise ValueError(
                f"A rule declares the setting {key!r}, which the configuration does not have. "
                "Correct the name in the rule."
            )
        value = value[part]
    return value


class Declared(Mapping[str, Any]):
    """Declared settings, read as the configuration is.

    Parameters
    ----------
    settings
        Values by the names that `declare` gives them.

    Examples
    --------
    >>> given = Declared({"panel": {"seed": 1}, "candidates.q": 0.05})
    >>> given["panel"]["seed"], given["candidates"]["q"]
    (1, 0.05)
    """

    def __init__(self, settings: Mapping[str, Any], section: str = "") -> None:
        self._settings, self._section = settings, section

    def __getitem__(self, key: str) -> Any:
        """Return a section or a value.

        Raises
        ------
        UndeclaredSettingError
            If it was not declared.
        """
        name = f"{self._section}{key}"
        if name in self._settings:
            return self._settings[name]
        if any(declared.startswith(f"{name}.") for declared in self._settings):
            return Declared(self._settings, f"{name}.")
        raise UndeclaredSettingError(name, self._settings)

    def get(self, key: str, default: Any = None) -> Any:
        """Return a section or a value; a default would hide that it was not declared."""
        del default
        return self[key]

    def __iter__(self) -> Iterator[str]:
        """Go over the names of sections, or of the declared keys of one."""
        inner = (
            name.removeprefix(self._section)
            for name in self._settings
            if name.startswith(self._section)
        )
        return iter(dict.fromkeys(name.split(".")[0] for name in inner))

    def __len__(self) -> int:
        """Count them."""
        return len(list(iter(self)))
