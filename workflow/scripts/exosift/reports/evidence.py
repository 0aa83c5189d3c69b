"""What a report is written from: the run that all reports share, and the outcome of a contrast."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from exosift.config import lowered_limits
from exosift.contrasts import Contrast
from exosift.criteria import Assessment
from exosift.differential_expression.record import read_record
from exosift.files import read_json
from exosift.findings import Caveat
from exosift.knowledge import Role, read_roles, roles_of_features
from exosift.provenance import versions
from exosift.settings.candidates import CallRules
from exosift.study_sheets import embedded
from exosift.table_files import read_run_table
from exosift.tables import Tables, fragment_derived
from exosift.verdicts import Verdict


@dataclass(frozen=True)
class Run:
    """What every report of a run shares.

    Attributes
    ----------
    config
        The merged configuration.
    sheet
        The sample sheet, texts only, indexed by sample; missing cells are "".
    quality
        `quality/samples.tsv`, indexed by sample.
    counts : DataFrame of int, shape (miRNAs, libraries)
        Raw counts, indexed by miRNA.
    class_counts
        `counts/class_counts.tsv`, indexed by sample; None where the run starts from counts.
    components, explained
        `quality/pca.tsv`, indexed by sample, and `quality/pca.json`.
    versions
        Versions of exosift, Python, tools and libraries.
    rules
        The limits of the criteria of a candidate.
    roles
        Published roles by feature of the count matrix.
    published
        All published roles; those of one cancer are shown by theme.
    fragments
        miRNAs that are counted as fragments of another RNA, and not tested.
    fragment_counts
        Their raw counts, `counts/fragment_derived.tsv`; empty in a run from counts.
    seed_counts
        `counts/seed_isomir_counts.tsv`, indexed by feature; empty in a run from counts.
    across, meta, power
        `candidates/across_cancers.tsv`, `candidates/meta_analysis.tsv` and
        `candidates/detectable_effects.tsv`.
    analyses
        `analyses.tsv`: with which other choices these libraries were analysed.
    """

    config: Mapping[str, Any]
    sheet: pd.DataFrame
    quality: pd.DataFrame
    counts: pd.DataFrame
    components: pd.DataFrame
    explained: Mapping[str, Any]
    class_counts: pd.DataFrame | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    rules: CallRules = field(default_factory=CallRules)
    roles: Mapping[str, Sequence[Role]] = field(default_factory=dict)
    published: Sequence[Role] = ()
    fragments: Sequence[str] = ()
    fragment_counts: pd.DataFrame = field(default_factory=pd.DataFrame)
    seed_counts: pd.DataFrame = field(default_factory=pd.DataFrame)
    across: pd.DataFrame = field(default_factory=pd.DataFrame)
    meta: pd.DataFrame = field(default_factory=pd.DataFrame)
    power: pd.DataFrame = field(default_factory=pd.DataFrame)
    analyses: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def simulated(self) -> bool:
        """Whether any library of the run is simulated, not sequenced."""
        if "fastq" not in self.sheet or self.config["counts"]:
            return False
        return any(
            embedded(lane.strip()) for cell in self.sheet["fastq"] for lane in cell.split(";")
        )

    @property
    def lowered(self) -> list[str]:
        """Sentences on the quality limits that this run loosened."""
        return lowered_limits(self.config)

    def protocol(self, sample: str) -> str:
        """Name the library protocol of a sample; "" where the run starts from counts without."""
        stated = self.sheet["protocol"].get(sample, "") if "protocol" in self.sheet else ""
        return stated or ("" if self.config["counts"] else str(self.config["protocol"]))

    def cells(self, column: str, samples: Sequence[str]) -> pd.Series:
        """Give a column of the sheet for some samples; "" where the sheet has no such column."""
        if column == "protocol":
            return pd.Series([self.protocol(name) for name in samples], list(samples), dtype=str)
        if column not in self.sheet:
            return pd.Series("", index=list(samples), dtype=str)
        return self.sheet[column].reindex(list(samples)).fillna("")


@dataclass(frozen=True)
class Outcome:
    """What came of one contrast.

    Attributes
    ----------
    contrast
        The question.
    record
        `differential_expression/{contrast}.json`.
    table
        `differential_expression/{contrast}.tsv`: every tested miRNA; no rows if nothing was tested.
    candidates
        `candidates/{contrast}.tsv`.
    panel
        `panels/{contrast}.json`; empty if no panel was asked for.
    panel_tables
        `panels/{contrast}/*.tsv` by name: `markers`, `folds`, `stability`, `roc`, `scores`,
        `permutations`.
    confounding, covariates, weighed
        `confounding/{contrast}.json`, and `covariates.tsv` and `mirnas.tsv` of its folder; empty
        where nothing was weighed.
    assessed
        `candidates/{contrast}.json`: verdict, criteria and caveats.
    validation, validated
        `validation/{contrast}.json` and `.tsv`; empty without another cohort.
    """

    contrast: Contrast
    record: Mapping[str, Any]
    table: pd.DataFrame
    candidates: pd.DataFrame
    assessed: Mapping[str, Any] = field(default_factory=dict)
    panel: Mapping[str, Any] = field(default_factory=dict)
    panel_tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    confounding: Mapping[str, Any] = field(default_factory=dict)
    covariates: pd.DataFrame = field(default_factory=pd.DataFrame)
    weighed: pd.DataFrame = field(default_factory=pd.DataFrame)
    validation: Mapping[str, Any] = field(default_factory=dict)
    validated: pd.DataFrame = field(default_factory=pd.DataFrame)

    @cached_property
    def verdict(self) -> Verdict:
        """The verdict of the contrast."""
        return Verdict.from_dict(self.assessed["verdict"])

    @cached_property
    def assessments(self) -> dict[str, Assessment]:
        """The criteria of each tested miRNA."""
        mirnas = self.assessed["mirnas"]
        return {name: Assessment.from_dict(one) for name, one in mirnas.items()}

    @cached_property
    def caveats(self) -> dict[str, tuple[Caveat, ...]]:
        """The caveats of each tested miRNA."""
        mirnas = self.assessed["mirnas"]
        return {
            name: tuple(Caveat.from_dict(caveat) for caveat in one["caveats"])
            for name, one in mirnas.items()
        }

    @property
    def case(self) -> str:
        """The name of the cases; those of another column than the condition are told with it."""
        return self.contrast.kind.case_label(self.contrast)

    @property
    def control(self) -> str:
        """The name of the controls."""
        return self.contrast.kind.control_label(self.contrast)

    def brief(self, arm: str) -> str:
        """Name an arm where there is little room: without its column, which both share."""
        name = self.case if arm == "case" else self.control
        return name.removeprefix(f"{self.contrast.column} ")

    @property
    def question(self) -> str:
        """What was asked, in words."""
        return self.contrast.kind.describe_question(self.contrast)

    @property
    def effect(self) -> str:
        """What a log2 fold change is the logarithm of."""
        return self.contrast.kind.describe_effect(self.contrast)

    def arm(self, arm: str, *, used: bool = True) -> list[str]:
        """List the libraries of an arm, sorted: the used ones, or all that were registered."""
        return sorted(
            member["sample"]
            for member in self.record["samples"]
            if member["arm"] == arm and (member["used"] or not used)
        )

    @property
    def used(self) -> list[str]:
        """The libraries that were tested, cases first."""
        return [*self.arm("case"), *self.arm("control")]

    @property
    def fitted(self) -> bool:
        """Whether anything was tested."""
        return bool(self.record["verdict"] == "fitted")


def read_run(
    given: Tables, knowledge: Path, results: Iterable[str | Path]
) -> tuple[Run, list[Outcome]]:
    """Put together what the reports are written from.

    Parameters
    ----------
    given
        The tables of the run; `features` may be missing, then no roles are looked up.
    knowledge
        The folder of what is published.
    results
        The files of the contrasts to report, as rule `report_cancer` lists them.

    Returns
    -------
    The run, and the outcomes in the order of the contrast sheet.
    """
    published = read_roles(knowledge)
    names = given.features.get("names", pd.Series(dtype=str))
    config = given.study.config
    run = Run(
        config=config,
        sheet=given.sheet,
        quality=given.quality,
        counts=given.counts,
        components=given.components,
        explained=given.explained,
        class_counts=given.class_counts,
        versions=versions(bowtie=given.study.with_genome),
        rules=CallRules(**config["candidates"]),
        roles=roles_of_features(
            {str(mirna): cell.split(";") for mirna, cell in names.items()}, published, knowledge
        ),
        published=published,
        fragments=fragment_derived(given.features),
        fragment_counts=given.fragment_counts,
        seed_counts=given.seed_counts,
        across=given.across,
        meta=given.meta,
        power=given.power,
        analyses=given.analyses,
    )
    found = {(Path(path).parent.name, Path(path).name): Path(path) for path in results}
    outcomes = [
        _outcome(contrast, found)
        for contrast in given.study.contrasts
        if ("candidates", f"{contrast.name}.tsv") in found
    ]
    return run, outcomes


def _outcome(contrast: Contrast, found: Mapping[tuple[str, str], Path]) -> Outcome:
    """Read what the rooms made of a contrast; files are known by their folder and name."""
    record, table = f"{contrast.name}.json", f"{contrast.name}.tsv"
    other = ("validation", record) in found
    return Outcome(
        contrast,
        read_record(found["differential_expression", record]).to_dict(),
        read_run_table("tests", found["differential_expression", table]),
        read_run_table("candidates", found["candidates", table]),
        read_json(found["candidates", record]),
        panel=read_json(found["panels", record]),
        panel_tables={
            path.stem: read_run_table(path.stem, path)
            for (folder, _), path in sorted(found.items())
            if folder == contrast.name and path.parent.parent.name == "panels"
        },
        confounding=read_json(found["confounding", record]),
        covariates=read_run_table("covariates", found[contrast.name, "covariates.tsv"]),
        weighed=read_run_table("weighed", found[contrast.name, "mirnas.tsv"]),
        validation=read_json(found["validation", record]) if other else {},
        validated=read_run_table("validated", found["validation", table])
        if other
        else pd.DataFrame(),
    )
