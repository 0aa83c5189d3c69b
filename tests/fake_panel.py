"""A made-up run with a panel, and with another cohort: the real rooms on few repeats."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from exosift.files import write_table
from exosift.knowledge import of_cancer, published_markers
from exosift.panel.bundle import FrozenPanel
from exosift.panel.libraries import gather
from exosift.panel.training import train_panel
from exosift.panel.validation import no_panel, validate_once

from tests.fake_run import Made
from tests.panel_cohort import SETTINGS, others_like


def with_panel(made: Made) -> tuple[Made, FrozenPanel | None]:
    """Train a panel on the people of a made-up run, if there are enough of them."""
    run, outcome = made.run, made.outcome
    cancer = outcome.contrast.cancer
    roles = {mirna: of_cancer(found, cancer) for mirna, found in run.roles.items()}
    trained = train_panel(
        outcome.table,
        outcome.record,
        gather(run.counts, run.sheet, run.quality, outcome.record),
        outcome.contrast,
        SETTINGS,
        published=published_markers(roles),
    )
    frozen = FrozenPanel(trained.bundle) if trained.record["panel"] else None
    told = replace(outcome, panel=trained.record, panel_tables=trained.tables)
    return Made(run, told), frozen


def other_people(made: Made, *, shuffled: bool = False) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make counts and a sheet of other people like those of a run; `shuffled`, none is ill."""
    rng = np.random.default_rng(3)
    counts = made.run.counts[made.outcome.used]
    conditions = made.run.sheet.loc[made.outcome.used, "condition"]
    fewer = rng.binomial(others_like(counts.to_numpy(), conditions.to_numpy(), rng), 0.6)
    names = [f"other_{name}" for name in counts.columns]
    sheet = made.run.sheet.loc[made.outcome.used].set_axis(names)
    sheet = sheet.assign(subject=names)
    if shuffled:
        sheet["condition"] = rng.permutation(sheet["condition"].to_numpy())
    return pd.DataFrame(fewer, counts.index, names), sheet


def with_other_cohort(
    made: Made, frozen: FrozenPanel | None, folder: Path, *, shuffled: bool = False
) -> Made:
    """Apply the panel of a run to other people."""
    if frozen is None:
        found = no_panel(made.outcome.contrast)
    else:
        counts, sheet = other_people(made, shuffled=shuffled)
        write_table(counts.reset_index(), folder / "counts.tsv")
        write_table(sheet.rename_axis("sample").reset_index(), folder / "samples.tsv")
        found = validate_once(
            frozen,
            folder / "counts.tsv",
            folder / "samples.tsv",
            counts,
            sheet,
            made.outcome.contrast,
            SETTINGS,
            folder / "ledger.json",
        )
    told = replace(made.outcome, validation=found.record, validated=found.scores)
    return Made(made.run, told)
