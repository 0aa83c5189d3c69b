"""What is left of an effect when a covariate is added to the model, or taken out of it."""

import numpy as np
import pandas as pd

from exosift.confounding.covariates import Covariate, Model, columns_of
from exosift.design.model import independent
from exosift.differential_expression.blood import share_taken
from exosift.differential_expression.engines import moderated, voom

FEWEST_DEGREES_OF_FREEDOM = 4

COLUMNS = ("log2fc_without", "q_without", "log2fc_with", "ci_low_with", "ci_high_with", "q_with")


class Attenuation:
    """Effects of one contrast with and without each covariate, by limma-voom.

    The precision weights are those of the contrast's own model in both, so that the effects differ
    by the covariate alone.

    Parameters
    ----------
    counts : DataFrame of int, shape (miRNAs, units)
    sizes
        Effective library sizes, indexed by unit.
    model
        The model of the contrast.
    """

    def __init__(self, counts: pd.DataFrame, sizes: pd.Series, model: Model) -> None:
        self.counts, self.sizes, self.model = counts, sizes, model
        self._weighed: dict[bytes, tuple[np.ndarray, np.ndarray]] = {}

    def by(self, one: Covariate) -> tuple[pd.DataFrame, str]:
        """Compare the effects with and without a covariate.

        Returns
        -------
        The columns of `COLUMNS` and `attenuation`, indexed by miRNA, and why they are empty or "".
        """
        mirnas, known = self.counts.index, one.known
        nothing = pd.DataFrame(np.nan, index=mirnas, columns=[*COLUMNS, "attenuation"])
        own = self.model.matrix[known]
        if one.in_model:
            held, free = own, self.model.without(one.name)[known]
        else:
            columns = columns_of(one)
            kept = independent(own[:, :-1], columns)
            if not kept:
                return nothing, "determined by what the model holds"
            held = np.column_stack([own[:, :-1], columns[:, kept], own[:, -1]])
            free = own
        if not independent(held[:, :-1], held[:, -1:]):
            return nothing, "leaves nothing of the condition to be estimated"
        if len(held) - held.shape[1] < FEWEST_DEGREES_OF_FREEDOM:
            return nothing, "too few people for one more covariate"
        if len(independent(np.zeros((len(own), 0)), own)) < own.shape[1]:
            return nothing, "the people of whom it is known cannot carry the model"
        levels, weights = self._voom(known)
        with_it, without = (moderated(levels, weights, design) for design in (held, free))
        low, high = with_it.interval
        values = (without.effect, without.q, with_it.effect, low, high, with_it.q)
        table = pd.DataFrame(dict(zip(COLUMNS, values, strict=True)), index=mirnas)
        table["attenuation"] = share_taken(without.effect, with_it.effect)
        return table, ""

    def _voom(self, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        key = known.tobytes()
        if key not in self._weighed:
            self._weighed[key] = voom(
                self.counts.loc[:, known], self.sizes, self.model.matrix[known]
            )
        return self._weighed[key]
