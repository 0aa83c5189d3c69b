"""Section `quantification` of the configuration."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Interval

from exosift.settings.section import Section


@dataclass(frozen=True)
class IsomirRules(Section):
    """How far an insert may differ from a mature miRNA and still be its isomiR.

    It is section `quantification`. The 5' end holds the seed and moves little; the 3' end is
    trimmed and extended.
    """

    shift_5p: Annotated[int, Interval(ge=0, le=5)] = 3
    """How far an isomiR's 5' end may lie from the mature's, in nt."""
    shift_3p: Annotated[int, Interval(ge=0, le=8)] = 5
    """How far an isomiR's templated 3' end may lie from the mature's, in nt."""
    overlap: Annotated[int, Interval(ge=12, le=20)] = 15
    """Bases of the mature that an isomiR must cover; of matures of 16 nt, all but two."""
    mismatched: bool = True
    """Whether inserts with a mismatch count towards a miRNA."""
    ties: Literal["evidence", "equal"] = "evidence"
    """How an insert that fits several miRNAs is shared between them."""
