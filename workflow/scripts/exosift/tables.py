"""The tables of a run as the cohort's steps read them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from exosift.files import read_json
from exosift.findings import Exclusion
from exosift.isomir_kinds import isomir_shares
from exosift.library_status import UNREADABLE
from exosift.matrices import FRAGMENT_DERIVED
from exosift.peers import with_kits
from exosift.quality import exclusions, read_quality
from exosift.study_sheets import StudySheets, read_sheets
from exosift.table_files import read_run_table
from exosift.table_names import Names, check_same, check_within


@dataclass(frozen=True)
class Tables:
    """What a step was given; a table that it was not given is empty or None.

    Attributes
    ----------
    study
        The sheets, and the settings that the rule of the step declares.
    summaries
        What trimming told about each library, by sample.
    counts
        Integers, miRNA x sample.
    isomirs
        Shares of the kinds of isomiRs of each library, by sample.
    class_counts
        Reads per fate and class, indexed by sample; None in a run from counts.
    trna_counts, seed_counts
        `counts/trna_counts.tsv` and `counts/seed_isomir_counts.tsv`, indexed by feature.
    fragment_counts
        `counts/fragment_derived.tsv`, indexed by miRNA.
    quality
        `quality/samples.tsv`, indexed by sample.
    features
        `counts/features.tsv`, indexed by miRNA; missing cells are "".
    components, explained
        `quality/pca.tsv`, indexed by sample, and `pca.json`.
    across, meta, power
        `candidates/across_cancers.tsv`, `candidates/meta_analysis.tsv` and
        `candidates/detectable_effects.tsv`.
    analyses
        `analyses.tsv`.
    """

    study: StudySheets
    summaries: dict[str, dict[str, Any]] = field(default_factory=dict)
    isomirs: dict[str, dict[str, float]] = field(default_factory=dict)
    counts: pd.DataFrame = field(default_factory=pd.DataFrame)
    class_counts: pd.DataFrame | None = None
    trna_counts: pd.DataFrame = field(default_factory=pd.DataFrame)
    seed_counts: pd.DataFrame = field(default_factory=pd.DataFrame)
    fragment_counts: pd.DataFrame = field(default_factory=pd.DataFrame)
    quality: pd.DataFrame = field(default_factory=pd.DataFrame)
    features: pd.DataFrame = field(default_factory=pd.DataFrame)
    components: pd.DataFrame = field(default_factory=pd.DataFrame)
    explained: dict[str, Any] = field(default_factory=dict)
    across: pd.DataFrame = field(default_factory=pd.DataFrame)
    meta: pd.DataFrame = field(default_factory=pd.DataFrame)
    power: pd.DataFrame = field(default_factory=pd.DataFrame)
    analyses: pd.DataFrame = field(default_factory=pd.DataFrame)

    @classmethod
    def read(cls, settings: Mapping[str, Any], given: Any) -> "Tables":
        """Read the tables among the named inputs of a step, by the settings of its rule.

        Raises
        ------
        UserError
            If a table cannot be read, or two of them are not of one run by their names.
        """
        named = {name: path for name, path in given.items() if path}
        study = read_sheets(settings, named["samples"], named.get("contrasts", ""))
        found: dict[str, Any] = {"study": study}
        if "summaries" in named:
            found["summaries"] = read_summaries(named["summaries"])
        if "isomirs" in named:
            found["isomirs"] = read_isomir_shares(named["isomirs"])
        for name, reader in READERS.items():
            path = named.get("pca" if name == "components" else name)
            if path:
                found[name] = reader(path)
        tables = cls(**found)
        _check_libraries(tables, named)
        _check_mirnas(tables, named)
        return tables

    @property
    def sheet(self) -> pd.DataFrame:
        """The sample sheet, indexed by sample, with the kits that quality knows from the reads."""
        table = self.study.stated_sheet
        return with_kits(table, self.quality["protocol"]) if "protocol" in self.quality else table

    @property
    def excluded(self) -> dict[str, Exclusion]:
        """Libraries that quality leaves out, and why."""
        return exclusions(self.quality)


def _check_libraries(tables: Tables, named: Mapping[str, Any]) -> None:
    """Check that the tables name the libraries of the sheet; unreadable ones have no counts."""
    libraries, sheet = "libraries", Names(named["samples"], tables.study.stated_sheet.index)
    readable: Names | None = None
    if "quality" in named:
        status = tables.quality["status"]
        check_same(libraries, sheet, Names(named["quality"], status.index))
        readable = Names(named["quality"], status.index[status != UNREADABLE])
    if "summaries" in named:
        folder = "the summaries of the libraries"
        check_same(libraries, sheet, Names(folder, tables.summaries))
        status_of = {name: told["status"] for name, told in tables.summaries.items()}
        readable = Names(folder, [name for name, told in status_of.items() if told != "failed"])
    if "isomirs" in named:
        check_same(libraries, sheet, Names("the tables of isomiRs", tables.isomirs))
    if "counts" not in named:
        return
    counts = Names(named["counts"], tables.counts.columns)
    check_within(libraries, counts, sheet, again=counts.path)
    if readable is not None:
        check_within(libraries, readable, counts)
    if tables.class_counts is not None:
        check_same(libraries, counts, Names(named["class_counts"], tables.class_counts.index))
    for name in ("fragment_counts", "trna_counts", "seed_counts"):
        if name in named:
            check_same(libraries, counts, Names(named[name], getattr(tables, name).columns))


def _check_mirnas(tables: Tables, named: Mapping[str, Any]) -> None:
    """Check that each miRNA with a row of counts is annotated, and the other way round."""
    if "counts" in named and "features" in named:
        fragments = fragment_derived(tables.features)
        counted = tables.features.index.difference(fragments, sort=False)
        counts = Names(named["counts"], tables.counts.index)
        check_same("miRNAs", counts, Names(named["features"], counted))
        if "fragment_counts" in named:
            rows = Names(named["fragment_counts"], tables.fragment_counts.index)
            check_same("miRNAs", rows, Names(named["features"], fragments))


def read_summaries(paths: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Read what trimming told, by sample."""
    summaries = (read_json(path) for path in ([paths] if isinstance(paths, str) else paths))
    return {summary["sample"]: summary for summary in summaries}


def read_isomir_shares(paths: Iterable[str]) -> dict[str, dict[str, float]]:
    """Read the shares of the kinds of isomiRs, by sample, from tables named by their sample."""
    tables = [paths] if isinstance(paths, str) else paths
    return {Path(path).name.removesuffix(".tsv"): isomir_shares(path) for path in tables}


def read_class_counts(path: str | Path) -> pd.DataFrame:
    """Read `class_counts.tsv`, indexed by sample, without the libraries that could not be read."""
    table = read_run_table("class_counts", path)
    return table[table["status"] != "failed"].drop(columns="status")


def fragment_derived(features: pd.DataFrame) -> list[str]:
    """Name the miRNAs that are counted as fragments of another RNA; none in a run from counts."""
    if "status" not in features:
        return []
    return [str(mirna) for mirna in features.index[features["status"] == FRAGMENT_DERIVED]]


READERS: Mapping[str, Callable[[str], Any]] = {
    **{
        name: partial(read_run_table, name)
        for name in (
            *("counts", "fragment_counts", "seed_counts", "features"),
            *("components", "across", "meta", "power", "analyses"),
        )
    },
    "trna_counts": partial(read_run_table, "class_matrix"),
    "class_counts": read_class_counts,
    "quality": read_quality,
    "explained": read_json,
}
"""How the named inputs of a step are read; `pca` is the input of `components`."""
