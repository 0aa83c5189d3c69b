"""The words for the status of a library, and which libraries are used."""

from typing import Final

PASS: Final = "pass"
WARN: Final = "warn"
FAIL: Final = "fail"
UNREADABLE: Final = "unreadable"

USED: Final = (PASS, WARN)
"""Status of the libraries that are compared."""

LEFT_OUT: Final = (FAIL, UNREADABLE)
"""Status of the libraries that are not compared; unreadable ones have no counts either."""

STATUSES: Final = (*USED, *LEFT_OUT)
"""Each status that `quality/samples.tsv` may hold, the best first."""
