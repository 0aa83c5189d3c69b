"""Gathering what the reports of a run are written from."""

from collections.abc import Iterable
from pathlib import Path

from exosift.candidates import CallRules
from exosift.knowledge import read_roles, roles_of_features
from exosift.provenance import versions
from exosift.reports.evidence import Outcome, Run, read_outcome
from exosift.tables import Tables


def gather(given: Tables, knowledge: Path, results: Iterable[str]) -> tuple[Run, list[Outcome]]:
    """Put the tables of a run, its contrasts and the published roles together.

    Parameters
    ----------
    given
        The tables that the reports share.
    knowledge
        `resources/knowledge`.
    results
        Tests, records and candidates; contrasts that are not among them are left out.

    Returns
    -------
    run, outcomes
        The outcomes in the order of the contrast sheet.
    """
    published = read_roles(knowledge)
    names = {mirna: cell.split(";") for mirna, cell in given.features["names"].items()}
    config = given.study.config
    run = Run(
        config=config,
        sheet=given.sheet,
        quality=given.quality,
        counts=given.counts,
        components=given.components,
        explained=given.explained,
        class_counts=given.class_counts,
        versions=versions(bowtie=not given.study.from_counts),
        rules=CallRules(**config["candidates"]),
        roles=roles_of_features(
            {str(m): found for m, found in names.items()}, published, knowledge
        ),
        published=published,
    )
    paths = [Path(path) for path in results]
    outcomes = []
    for contrast in given.study.contrasts:
        own = [path for path in paths if path.stem == contrast.name]
        if own:
            outcomes.append(
                read_outcome(
                    contrast,
                    record=next(path for path in own if path.suffix == ".json"),
                    table=_table_of(own, "differential_expression"),
                    candidates=_table_of(own, "candidates"),
                )
            )
    return run, outcomes


def _table_of(paths: Iterable[Path], room: str) -> Path:
    return next(path for path in paths if path.parent.name == room and path.suffix == ".tsv")
