"""Section `design` of the configuration."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Interval

from exosift.settings.section import Section, Seed, Share

Auc = Annotated[float, Interval(ge=0.5, le=1)]
"""The area under a ROC curve, the larger of the two directions."""


@dataclass(frozen=True)
class GateRules(Section):
    """The limits of the gate before any model: section `design`.

    What the gate refuses is not tested; `config/config.yaml` gives the reason of each limit.
    """

    raised_vif: Annotated[float, Ge(1)] = 2.5
    """Variance inflation of the condition by the covariates above which a contrast is warned
    about."""
    high_vif: Annotated[float, Ge(1)] = 5.0
    """The same, above which nothing of the contrast is called a candidate."""
    low_overlap: Share = 0.8
    """Share of libraries in batches that hold both arms, below which a contrast is warned about."""
    lowest_overlap: Share = 0.5
    """The same, below which nothing of the contrast is called a candidate. At 0 it is refused."""
    fewest_per_batch: Annotated[int, Ge(1)] = 2
    """Libraries of each arm that a batch must hold to count in the overlap."""
    effective_size: Annotated[float, Ge(0)] = 2.5
    """What the covariates leave of n1 n0 / (n1 + n0), below which nothing is called a candidate."""
    hidden_p: Share = 0.001
    """Corrected p of an unlisted technical column with the condition below which, together with
    hidden_v, a contrast is refused."""
    hidden_v: Share = 0.8
    """Cramér's V of such a column (of a trend the correlation ratio) above which, together with
    hidden_p, a contrast is refused."""
    uneven_p: Share = 0.05
    """Corrected p of such a column below which it is warned about."""
    order_p: Share = 0.01
    """p of the runs test along names or sequencing order below which sorted labels are warned
    about."""
    noted_difference: Annotated[float, Ge(0)] = 0.25
    """Standardised difference of age or sex above which an arm that is not adjusted is warned
    about."""
    forced_difference: Annotated[float, Ge(0)] = 0.5
    """The same, above which the covariate is taken into the model."""
    separable: Auc = 0.9
    """AUC of age and sex alone above which nothing of the contrast is called a candidate."""
    quality_warned: Auc = 0.65
    """AUC of the measures of quality alone, out of fold, above which they are warned of; its
    interval must lie above 0.5."""
    quality_capped: Auc = 0.7
    """Lower end of the interval of that AUC above which nothing of the contrast is called a
    candidate."""
    quality_repeats: Annotated[int, Ge(1)] = 5
    """Repeats of the cross-validation behind it; else it is that of the panel."""
    factors_p: Share = 0.01
    """p of Wilcoxon's test below which normalisation factors that differ between the arms are
    warned of."""
    differing_warned: Share = 0.33
    """Share of the tested miRNAs that differ from which a contrast is warned about: a disease
    seldom moves so many, another kit or day does."""
    differing_capped: Share = 0.5
    """The same, from which nothing is called a candidate."""
    component_warned: Share = 0.2
    """Share of the variance of all miRNAs that lies along the leading components and goes with the
    condition, from which a contrast is warned about."""
    component_capped: Share = 0.35
    """The same, from which nothing is called a candidate."""
    perfect_warned: Share = 0.1
    """Share of the tested miRNAs that tell the arms apart by themselves (AUC 0.99) from which a
    contrast is warned about."""
    perfect_capped: Share = 0.25
    """The same, from which nothing is called a candidate."""
    exclusions_p: Share = 0.01
    """p of Fisher's test below which it is warned of that quality leaves out more of one arm. Below
    a tenth of it, and with a third of an arm left out, nothing is called a candidate."""
    seed: Seed = 1
    """Where the drawing of random tables begins."""
