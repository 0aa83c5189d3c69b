"""The design of a contrast: whether it may be asked at all, and by which model.

`model` writes the design matrix and knows what determines what, `balance` compares the arms,
`hidden` finds what the reads tell about how libraries were made, `order` looks for labels that are
sorted, `checks` holds all of it against limits, `gate` judges, and `sections` tells what a cohort
of this size may show.
"""
