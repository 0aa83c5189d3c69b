"""The page of one cancer: gathered from the evidence, rendered into a single safe file."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from exosift import PACKAGE
from exosift.files import write_text
from exosift.reports import (
    candidate_cards,
    confounding,
    expression_figures,
    panel,
    panel_validation,
    quality_figures,
    wording,
)
from exosift.reports.agreement import Agreement, compare_tests
from exosift.reports.appraisal import Appraisal, appraise
from exosift.reports.choices import choices
from exosift.reports.design import Design, describe_design
from exosift.reports.drawing import Figure, Key
from exosift.reports.evidence import Outcome, Run
from exosift.reports.flow import Step, follow
from exosift.reports.leading import Progression
from exosift.reports.limits import limits
from exosift.reports.making import Line, making, told_of_fragments, told_of_kits, told_of_umis
from exosift.reports.markers import choose_markers
from exosift.reports.methods import methods, settings
from exosift.reports.other_cancers import look_elsewhere
from exosift.reports.progression import progression
from exosift.reports.reach import Reach, reach
from exosift.reports.robustness import Robustness, try_leaders
from exosift.reports.roles import of_cancer
from exosift.reports.several_cohorts import combine
from exosift.reports.tables import Table, candidate_table
from exosift.reports.verdict import MOST_WARNINGS
from exosift.reports.works import references

TEMPLATES = PACKAGE.parents[1] / "report" / "templates"


@dataclass(frozen=True)
class Fact:
    """A fact of the first screen: what was used, and how."""

    name: str
    text: str


@dataclass(frozen=True)
class Block:
    """Everything that the page says about one contrast, in the order of trust."""

    appraisal: Appraisal
    design: Design
    facts: tuple[Fact, ...]
    steps: tuple[Step, ...]
    quality: tuple[Figure, ...]
    classes: tuple[tuple[str, str, str], ...]
    making: tuple[Line, ...]
    told_of_making: tuple[str, ...]
    blood_figure: Figure | None
    expression: tuple[Figure, ...]
    agreement: Agreement | None
    robustness: Robustness | None
    table: Table | None
    cards: tuple[candidate_cards.Card, ...]
    shapes: tuple[Key, ...]
    confounding: confounding.Confounding | None
    discrimination: panel.Discrimination | None
    other_cohort: panel_validation.OtherCohort | None
    standing: str
    reach: Reach | None
    progression: Progression | None

    @property
    def anchor(self) -> str:
        """The name of the block in addresses."""
        return f"contrast-{self.name}"

    @property
    def name(self) -> str:
        """The name of the contrast."""
        return self.appraisal.outcome.contrast.name


def build_report(run: Run, cancer: str, outcomes: Sequence[Outcome], output: str | Path) -> None:
    """Write the page of one cancer.

    Parameters
    ----------
    run
        What all reports share.
    cancer
        The cancer as the contrast sheet names it.
    outcomes
        What came of its contrasts, in the order of the sheet.
    output
        The HTML file: self-contained, the same bytes for the same input.
    """
    blocks = [make_block(run, outcome) for outcome in outcomes]
    cohorts = combine(run, cancer, outcomes)
    text = render(
        "cancer.html.j2",
        run=run,
        cancer=cancer,
        blocks=blocks,
        elsewhere=look_elsewhere(run, cancer, outcomes),
        cohorts=cohorts,
        overview=of_cancer(run, cancer, _quotable(blocks)),
        methods=methods(run, list(outcomes)),
        choices=choices(run),
        limits=limits(run, panel_validation.answered(outcomes), several=bool(cohorts)),
        references=references(run),
        settings=settings(run.config),
        fills=quality_figures.fills(),
        most_warnings=MOST_WARNINGS,
        research_only=panel_validation.standing(outcomes),
    )
    write_text(text, output)


def make_block(run: Run, outcome: Outcome) -> Block:
    """Gather everything that is said about one contrast; only what may be quoted is drawn."""
    markers = choose_markers(run, outcome)
    appraisal = appraise(run, outcome)
    shown = appraisal.answer.quotable
    quality = [
        *quality_figures.composition(run, outcome),
        quality_figures.depth(run, outcome, markers),
        quality_figures.components(run, outcome, markers) if shown else None,
    ]
    expression = (
        (
            expression_figures.volcano(outcome, run.rules),
            expression_figures.mean_difference(outcome),
            expression_figures.p_values(outcome),
        )
        if shown
        else ()
    )
    return Block(
        appraisal=appraisal,
        design=describe_design(run, outcome, shown),
        facts=tuple(_facts(run, outcome)),
        steps=tuple(follow(run, outcome)),
        quality=tuple(figure for figure in quality if figure),
        classes=tuple(quality_figures.class_table(run, outcome)),
        making=tuple(making(run, outcome)),
        told_of_making=tuple(
            text
            for tell in (told_of_kits, told_of_umis, told_of_fragments)
            if (text := tell(run, outcome))
        ),
        blood_figure=quality_figures.blood_cells(appraisal.blood, outcome),
        expression=expression,
        agreement=compare_tests(run, outcome) if shown else None,
        robustness=try_leaders(run, outcome) if shown else None,
        table=candidate_table(outcome, run.rules) if shown else None,
        progression=progression(run, outcome) if shown else None,
        cards=tuple(candidate_cards.make_cards(run, outcome, markers)) if shown else (),
        shapes=tuple(markers.keys()),
        confounding=confounding.weigh(run, outcome) if shown else None,
        discrimination=panel.discrimination(outcome) if shown else None,
        other_cohort=panel_validation.other_cohort(outcome) if shown else None,
        standing=panel_validation.standing([outcome]),
        reach=reach(run, outcome) if shown else None,
    )


def _quotable(blocks: Sequence[Block]) -> list[Outcome]:
    return [b.appraisal.outcome for b in blocks if b.appraisal.answer.quotable]


def render(template: str, **values: Any) -> str:
    """Fill a template of the reports.

    Everything is escaped unless it is `Markup` of ours. The only script is pinned by its hash, so
    that no text of a sheet could run even if it got into the page.
    """
    loader = jinja2.FileSystemLoader(TEMPLATES)
    environment = jinja2.Environment(
        loader=loader,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    script = (TEMPLATES / "table.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    page = environment.get_template(template)
    return page.render(
        **values,
        style=Markup((TEMPLATES / "style.css").read_text(encoding="utf-8")),
        script=Markup(script),
        policy=f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        words=wording,
    )


def _facts(run: Run, outcome: Outcome) -> list[Fact]:
    """Tell what the libraries of a contrast are, as far as the sheet says."""
    used = outcome.used
    facts = [
        Fact(name, _values(run, column, used))
        for name, column in (
            ("Biofluid", "biofluid"),
            ("EV isolation", "isolation"),
            ("Library kits", "protocol"),
        )
    ]
    facts.append(Fact("Batches with both arms", _shared_batches(run, outcome)))
    adjusted = listed_covariates(outcome)
    if outcome.fitted:
        facts.append(Fact("Adjusted for", adjusted or "nothing"))
    return facts


def listed_covariates(outcome: Outcome) -> str:
    """Name the covariates of the model."""
    return wording.listed(list(outcome.record.get("covariate_kinds", {})))


def _values(run: Run, column: str, samples: Sequence[str]) -> str:
    cells = run.cells(column, samples)
    if not len(cells):
        return "no library used"
    if (cells == "").all():
        return "not recorded"
    counted = cells[cells != ""].value_counts()
    names = sorted(str(name) for name in counted.index)
    if len(names) == 1 and (cells != "").all():
        return names[0]
    told = [f"{name} ({counted[name]})" for name in names]
    if (cells == "").any():
        told.append(f"not recorded ({(cells == '').sum()})")
    return wording.listed(told, most=6)


def _shared_batches(run: Run, outcome: Outcome) -> str:
    case, control = (run.cells("batch", outcome.arm(arm)) for arm in ("case", "control"))
    batches = (set(case) | set(control)) - {""}
    if not batches:
        return "batch not recorded"
    both = (set(case) & set(control)) - {""}
    return f"{len(both)} of {len(batches)}"
