"""Sentences of findings: one module per kind, one function per code.

`checks`, `exclusions`, `warnings` and `caveats` each hold a table from codes to functions of the
facts. Terminal, pages and tables take their sentences from here.
"""
