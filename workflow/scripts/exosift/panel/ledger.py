"""The ledger of a contrast: which panel was applied to which libraries, so that it is done once."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from exosift.files import read_json, sha256
from exosift.panel.bundle import FrozenPanel, fingerprint, mark

MOST_OF_THE_NAMES = 0.5  # a cohort that shares more of them is the same one, counted again


def files_of(counts: str | Path, sheet: str | Path) -> dict[str, str]:
    """Give the checksums of the files of a cohort."""
    return {"counts": sha256(counts), "samples": sha256(sheet)}


def read_ledger(path: Path) -> list[dict[str, Any]]:
    """Read what was applied before; nothing where nothing was."""
    found: list[dict[str, Any]] = read_json(path) if path.is_file() else []
    return found


def entry_of(panel: FrozenPanel, files: Mapping[str, str], counts: pd.DataFrame) -> dict[str, Any]:
    """Write down a panel and the libraries that it scored.

    A file that is packed, or whose columns stand in another order, has another checksum; so the
    libraries are known by their counts and their names, as hashes.

    Parameters
    ----------
    counts : DataFrame of int, shape (miRNAs, libraries)
        Raw counts of the libraries that were scored.
    """
    return {
        "panel": panel.sha256,
        "answers": panel.answers,
        **files,
        "libraries": sorted(fingerprint(counts[name]) for name in counts),
        "names": sorted(mark("sample", str(name)) for name in counts),
    }


def applied_before(entry: Mapping[str, Any], ledger: Sequence[Mapping[str, Any]]) -> str:
    """Name another panel that was applied to a part of the same cohort; "" if none was.

    A panel that was trained again and scores every library as before is not another one.
    """
    for one in ledger:
        same = one["panel"] == entry["panel"] or one.get("answers") == entry["answers"]
        if not same and _shares(entry, one):
            return str(one["panel"])
    return ""


def _shares(entry: Mapping[str, Any], former: Mapping[str, Any]) -> bool:
    names = set(entry["names"])
    if "libraries" not in former:  # written by an older version, which knew files alone
        return bool(former["counts"] == entry["counts"])
    return bool(
        set(former["libraries"]) & set(entry["libraries"])
        or len(names & set(former.get("names", ()))) > MOST_OF_THE_NAMES * len(names)
    )
