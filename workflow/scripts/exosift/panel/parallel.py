"""Many alike pieces of work on several processes, with a word now and then of how far it is."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from joblib import Parallel, delayed
from sklearn import config_context

T = TypeVar("T")

# What scikit-learn checks again in each of thousands of fits was checked when the sheets were read.
QUICK = {"assume_finite": True, "skip_parameter_validation": True}
Say = Callable[[str], None]

WORDS = 10  # about so many reports of progress for each kind of work
LEAST_SECONDS = 2.0  # between two reports


def run(
    work: Callable[..., T],
    arguments: Sequence[Iterable[Any]],
    *,
    jobs: int = 1,
    what: str = "",
    say: Say | None = None,
) -> list[T]:
    """Call `work` with each of the arguments; results in their order, for any number of jobs.

    Parameters
    ----------
    work
        A function of a module, whose result depends on its arguments alone.
    arguments
        One collection of positional arguments for each call.
    jobs
        Processes; with 1 everything happens in this one.
    what
        The kind of work, for the reports of progress.
    say
        Gets sentences such as "permutations: 40 of 200 (12 s)".
    """
    began = last = time.monotonic()
    total = len(arguments)
    if jobs > 1 and total > 1:
        parallel = Parallel(n_jobs=min(jobs, total), return_as="generator")
        results = parallel(delayed(_call)(work, one) for one in arguments)
    else:
        results = (_call(work, one) for one in arguments)
    done: list[T] = []
    for result in results:
        done.append(result)
        now = time.monotonic()
        milestone = len(done) % max(1, total // WORDS) == 0 and now - last >= LEAST_SECONDS
        if say and (milestone or len(done) == total):
            say(f"{what}: {len(done)} of {total} ({now - began:.0f} s)")
            last = now
    return done


def _call(work: Callable[..., T], arguments: Iterable[Any]) -> T:
    with config_context(**QUICK):
        return work(*arguments)
