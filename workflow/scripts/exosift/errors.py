"""Errors that a user can mend, told as a letter: what is wrong, where, and what to do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


class UserError(Exception):
    """A mistake in what the user gave us. It is shown as its text, never as a traceback.

    Parameters
    ----------
    text
        The letter to the user.
    problems
        The single problems of it, so that several letters can be joined to one.
    """

    def __init__(self, text: str, problems: Sequence[str] = ()) -> None:
        super().__init__(text)
        self.problems = tuple(problems) or (text,)


class SampleError(UserError):
    """One library cannot be used. It fails that sample and no other."""


class MachineError(UserError):
    """The machine lacks something: a tool, a library, disk or memory."""


@dataclass
class Problems:
    """A list of mistakes, so that all of them can be shown at once.

    Examples
    --------
    >>> problems = Problems()
    >>> problems.add("config/samples.tsv, row 3", "sample is empty", "Give every library a name.")
    >>> problems.add("config/samples.tsv", "there is no column 'fastq'")
    >>> print(problems.letter())
    2 problems to mend before anything can run:
      1. config/samples.tsv, row 3: sample is empty. Give every library a name.
      2. config/samples.tsv: there is no column 'fastq'.
    """

    found: list[str] = field(default_factory=list)

    def add(self, where: str, what: str, advice: str = "") -> None:
        """Note one problem: where it stands, what was found, and what to do about it."""
        sentence = f"{where}: {what.rstrip('.')}."
        self.found.append(f"{sentence} {advice}".strip())

    def extend(self, others: Iterable[str]) -> None:
        """Take over problems that were found elsewhere."""
        self.found.extend(others)

    def __bool__(self) -> bool:
        """Tell whether anything was found."""
        return bool(self.found)

    def letter(self) -> str:
        """Put all problems into one numbered text."""
        count = len(self.found)
        heading = f"{count} problem{'s' if count > 1 else ''} to mend before anything can run:"
        lines = (f"  {number}. {text}" for number, text in enumerate(self.found, start=1))
        return "\n".join([heading, *lines])

    def raise_if_any(self) -> None:
        """Raise a `UserError` that holds all problems, if there are any."""
        if self.found:
            raise UserError(self.letter(), self.found)
