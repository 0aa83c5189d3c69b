"""Section `panel` of the configuration."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Interval

from exosift.settings.section import Section, Seed


@dataclass(frozen=True)
class Panel(Section):
    """How a panel of miRNAs is trained and tested, where `sections` allow one: section `panel`."""

    seed: Seed = 1
    """Where all that is drawn at random begins; the same seed gives the same bytes."""
    outer_folds: Annotated[int, Interval(ge=3, le=10)] = 5
    """Parts into which the people are cut; each part is tested by a model of the rest."""
    repeats: Annotated[int, Ge(1)] = 20
    """How often this is repeated with other parts."""
    inner_folds: Annotated[int, Interval(ge=3, le=10)] = 5
    """Parts of each training set, which choose the penalty and the thresholds."""
    penalties: Annotated[int, Interval(ge=2, le=50)] = 5
    """Penalties tried, from 0.8 to 0.1 of the one at which no miRNA enters."""
    l1_ratio: Annotated[float, Interval(ge=0.1, le=1)] = 0.5
    """Share of the lasso in the elastic net; 1 is a lasso."""
    most_features: Annotated[int, Interval(ge=2, le=50)] = 10
    """The most miRNAs that a panel may have."""
    libraries_per_feature: Annotated[int, Ge(1)] = 10
    """Libraries of the smaller arm for each miRNA of a panel; 2 miRNAs are always allowed."""
    permutations: Annotated[int, Ge(19)] = 200
    """How often the whole procedure runs on shuffled labels; 1000 for a paper."""
    null_draws: Annotated[int, Ge(19)] = 200
    """How often labels are shuffled to see the best single miRNA of a null cohort."""
    stability_halves: Annotated[int, Ge(10)] = 100
    """Halves of the people from which miRNAs are selected again."""
    stability_selected: Annotated[int, Ge(2)] = 10
    """miRNAs selected from each half."""
    stability_threshold: Annotated[float, Interval(gt=0.5, le=1)] = 0.8
    """Share of halves that must select a miRNA for it to be stable."""
    bootstraps: Annotated[int, Ge(200)] = 2000
    """Cohorts drawn from the people with replacement, for intervals."""
    batch_per_arm: Annotated[int, Ge(2)] = 5
    """People of each arm that a batch needs to be tested by a model of the others."""
    prevalences: tuple[Annotated[float, Interval(gt=0, lt=1)], ...] = (0.005, 0.01, 0.05)
    """Shares of ill people in populations for which predictive values are given."""
