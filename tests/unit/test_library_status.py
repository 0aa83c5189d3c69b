"""The status of a library: each is either used or left out, and can be shown."""

import pandas as pd
import pytest
from exosift.library_status import LEFT_OUT, STATUSES, USED
from exosift.multiqc_shapes import STATUS_BADGES
from exosift.quality import exclusions


def test_the_statuses_are_those_of_the_documentation_best_first():
    assert STATUSES == ("pass", "warn", "fail", "unreadable")


@pytest.mark.parametrize("status", STATUSES)
def test_a_library_is_either_used_or_left_out(status):
    table = pd.DataFrame({"status": [status], "reason": ["no reads"]}, index=["S01"])

    assert (status in USED) != (status in LEFT_OUT)
    assert list(exclusions(table)) == ([] if status in USED else ["S01"])


def test_each_status_has_a_badge():
    assert tuple(STATUS_BADGES) == STATUSES
