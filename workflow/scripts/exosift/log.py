"""Where the words of a step go: into the log file of its rule."""

import contextlib
import logging
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

from exosift.errors import UserError


@contextlib.contextmanager
def log_to(path: str | Path) -> Iterator[None]:
    """Send prints, logging and errors of the enclosed block to a file.

    A `UserError` is written as its text alone and ends the process with status 1; anything else is
    a fault of ours and keeps its traceback.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with (
        Path(path).open("w", encoding="utf-8", buffering=1) as log,
        contextlib.redirect_stdout(log),
        contextlib.redirect_stderr(log),
    ):
        logging.basicConfig(stream=log, level=logging.INFO, format="%(message)s", force=True)
        try:
            yield
        except UserError as error:
            print(error, file=log)
            print(error, file=sys.__stderr__)
            raise SystemExit(1) from None
        except Exception:
            traceback.print_exc(file=log)
            raise
