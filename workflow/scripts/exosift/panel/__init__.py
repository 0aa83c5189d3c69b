"""How well a panel of miRNAs separates cases from controls in people it has not seen.

Whatever learns from data (filter, reference profile, scaling, selection, coefficients, threshold)
does so in the training folds of a nested cross-validation, and never sees the people it is tested
on. `procedure` is what is fitted, `crossvalidation` how it is tested, `report` what is written.
"""
