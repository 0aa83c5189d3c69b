"""What else than the disease may explain the miRNAs of a contrast.

`weighing` runs the walk. `covariates` lists what is known of the libraries, `association` says
which miRNAs follow it within each arm, `attenuation` what it takes from their effects, `pairs` what
is left among matched people. `detection_rates` compares presence, `ev_origin` grades how well
vesicles are shown, `literature` holds the contrast against what is published.
"""

from exosift.confounding.weighing import (
    COVARIATE_COLUMNS,
    MIRNA_COLUMNS,
    ConfoundingRules,
    Weighed,
    weigh_confounders,
)

__all__ = [
    "COVARIATE_COLUMNS",
    "MIRNA_COLUMNS",
    "ConfoundingRules",
    "Weighed",
    "weigh_confounders",
]
