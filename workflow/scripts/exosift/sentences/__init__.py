"""Sentences of findings: one module per kind, one function per code.

Each module holds a table from codes to functions of the facts: `checks` and `data_checks` of a
contrast, `reasons` why it cannot be tested, `warnings`, `exclusions` of libraries, limits of
`quality`, `criteria` and `caveats` of a miRNA, `sections` of a report, `blood` scores. Terminal,
pages and tables take their sentences from here.
"""
