"""What the reads of a library say about its protocol, and whether that fits what was declared."""

from dataclasses import dataclass
from typing import Any

from exosift.adapters import akin
from exosift.insert_ends import SURE_READS, WITNESSES, End
from exosift.protocols import UNKNOWN, Protocol, bases_in_words, layout_in_words

CLEAR_SHARE = 0.30  # of the reads, by which an adapter is beyond doubt
LEAST_UMI = 4  # random bases behind an adapter that make a UMI, nt
NOT_SEEN = End(None, False, 0, 0, 0, None)
_LEAST_SIGHTINGS = 30
_LEAST_SHARE = 0.20  # of the reads, by which another adapter speaks against a declared one
_RESIDUE = 0.01  # of the reads that show an adapter though they were trimmed
_STILL_SHOWN = 0.20  # of these, that the declared one may not reach


@dataclass(frozen=True)
class Call:
    """What the first reads of a library say about how it was made.

    Attributes
    ----------
    layout
        A protocol of the table, or one made from the reads whose name is `detected`; None if it
        cannot be told.
    kits
        Names of all protocols with this adapter and layout.
    confidence
        `high`: the adapter is in 30 % of the reads or more, or the reads are trimmed, and both ends
        of the inserts are sure (for poly-A kits the 5' end; see `End`). `medium`: something of
        this is missing, and nothing speaks against the layout. `none`: the layout is unknown.
    evidence
        What was seen, or why nothing can be told.
    reads
        Reads that were looked at.
    adapter
        The 3' adapter that the reads show; "" if they show none.
    adapter_share
        Share of the reads that show it before any other.
    adapter_shares
        The same for every adapter that is shown at all.
    trimmed
        Whether the reads seem to be trimmed already.
    five_prime, three_prime
        What was seen of the ends of the inserts.
    umi_random, umi_seen
        Random bases in a row behind the adapter, and bases behind it that could be looked at.
    lanes_differ
        Which adapters the single files show, if these differ; "" otherwise.
    damage
        What is wrong with the first damaged file, if that stands among these reads; "" otherwise.
    """

    layout: Protocol | None
    kits: tuple[str, ...]
    confidence: str
    evidence: str
    reads: int
    adapter: str = ""
    adapter_share: float = 0.0
    adapter_shares: tuple[tuple[str, float], ...] = ()
    trimmed: bool = False
    five_prime: End = NOT_SEEN
    three_prime: End = NOT_SEEN
    umi_random: int = 0
    umi_seen: int = 0
    lanes_differ: str = ""
    damage: str = ""

    @property
    def name(self) -> str:
        """The name of the layout, or `unknown`."""
        return self.layout.name if self.layout else UNKNOWN

    def told(self) -> dict[str, Any]:
        """Give the call as it stands in the summary of a library."""
        layout = self.layout
        return {
            "called": self.name,
            "layout": layout_in_words(layout) if layout else "",
            "kits": list(self.kits),
            "confidence": self.confidence,
            "evidence": self.evidence,
            "reads": self.reads,
            "adapter": self.adapter,
            "adapter_share": round(self.adapter_share, 4),
            "clip5": self.five_prime.bases,
            "clip3": self.three_prime.bases,
            "umi_random_bases": self.umi_random,
        }


def shows_umi(seen: Call, default: bool) -> bool:
    """Tell whether random bases stand behind the adapter; `default` if the reads end too early."""
    if seen.umi_random >= LEAST_UMI:
        return True
    return default and seen.umi_random == seen.umi_seen


def contradiction(declared: Protocol, call: Call) -> str:
    """Tell whether the reads contradict a declared protocol.

    Parameters
    ----------
    declared
        What the user says.
    call
        What the reads say.

    Returns
    -------
    str
        "" if they do not, or if they say too little; otherwise what was declared, what was seen,
        and what to do.
    """
    what = call.lanes_differ or _against(declared, call)
    if not what:
        return ""
    names = " or ".join(f"`{name}`" for name in call.kits)
    if names:
        advice = f"Declare {names}, whichever it was, or `auto`."
    elif call.layout:
        advice = "Declare `auto`, or add the kit to your own table of protocols."
    else:
        advice = "Check which kit it was, and that the files belong to this sample."
    return (
        f"The protocol was declared as `{declared.name}` ({layout_in_words(declared)}), but the "
        f"reads contradict it: {what.rstrip('.')}. {call.evidence} {advice}"
    )


def _against(declared: Protocol, call: Call) -> str:
    """Say what speaks against a declared protocol, if it is beyond doubt."""
    if call.trimmed and declared.adapter3:
        return _against_trimmed(call)
    if not (call.trimmed or (call.adapter and call.adapter_share * call.reads >= _LEAST_SIGHTINGS)):
        return ""
    if not akin(declared.adapter3, call.adapter):
        return _against_adapter(declared, call)
    five, three = call.five_prime, call.three_prime
    if not call.kits and 0 < three.mirnas < WITNESSES:
        # A few miRNAs with ends of their own are no witnesses of a layout that no kit has.
        return ""
    if five.sure and five.bases is not None and five.bases != declared.clip5:
        return f"{bases_in_words(five.bases)} before the inserts instead of {declared.clip5}"
    if three.sure and three.bases is not None and abs(three.bases - declared.clip3) > 1:
        return f"{bases_in_words(three.bases)} behind the inserts instead of {declared.clip3}"
    if declared.umi_length and not shows_umi(call, default=True):
        return f"no UMI of {declared.umi_length} nt follows the adapter"
    return ""


def _against_trimmed(call: Call) -> str:
    """Say that the reads are trimmed, unless they may be cut for their quality alone."""
    mirnas = call.three_prime.bases is not None and call.three_prime.mirna_reads
    if mirnas < SURE_READS and call.adapter_share >= _RESIDUE:
        return ""
    return f"they seem to be trimmed, since {call.adapter_share:.1%} of them show an adapter"


def _against_adapter(declared: Protocol, call: Call) -> str:
    """Say that the reads show another adapter, if they hardly show the declared one."""
    least = _LEAST_SHARE if declared.adapter3 else CLEAR_SHARE
    shown = sum(share for name, share in call.adapter_shares if akin(name, declared.adapter3))
    if call.adapter_share < least or shown > _STILL_SHOWN * call.adapter_share:
        return ""
    if not declared.adapter3:
        return f"they are not trimmed, {call.adapter_share:.1%} of them show {call.adapter}"
    return f"they show {call.adapter}, and {declared.adapter3} first in only {shown:.1%}"
