"""Whether the tables of one run name the same libraries and miRNAs."""

from collections.abc import Collection
from typing import NamedTuple

from exosift.errors import UserError

SHOWN = 3
"""How many names a message lists."""


class Names(NamedTuple):
    """The names that one table holds.

    Attributes
    ----------
    path
        Of the table.
    names
        Of libraries or miRNAs.
    """

    path: str
    names: Collection[str]


def check_same(what: str, first: Names, second: Names) -> None:
    """Check that two tables hold the same names, in whatever order.

    Parameters
    ----------
    what
        What the names are of: `libraries` or `miRNAs`.
    first, second
        The tables; the second is the one to make again.

    Raises
    ------
    UserError
        If a name stands in one of them alone.
    """
    check_within(what, first, second)
    check_within(what, second, first, again=second.path)


def check_within(what: str, part: Names, whole: Names, again: str = "") -> None:
    """Check that a table holds all names of another one.

    Parameters
    ----------
    what
        What the names are of.
    part, whole
        The names of `part` must all stand in `whole`.
    again
        The table to make again; that of `whole` if none is given.

    Raises
    ------
    UserError
        If one does not.
    """
    known = set(whole.names)
    alone = [str(name) for name in part.names if name not in known]
    if alone:
        more = f" and {len(alone) - SHOWN} more" if len(alone) > SHOWN else ""
        raise UserError(
            f"{part.path} and {whole.path} do not belong to one run: of the {what} {part.path} "
            f"alone holds {', '.join(alone[:SHOWN])}{more}. Files of two runs may have been mixed, "
            f"or one of them was changed by hand. Delete {again or whole.path} and run again."
        )
