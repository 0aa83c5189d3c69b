"""Identification: by which protocol a library is read, after what was declared and what is seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exosift.detection import detect
from exosift.protocol_call import contradiction
from exosift.protocols import AUTO, UNKNOWN, Protocol

_UNKNOWN = Protocol(UNKNOWN, "", "", "", 0, 0, "none", 0, False, "")


@dataclass(frozen=True)
class Identity:
    """How a library was made.

    Attributes
    ----------
    protocol
        By which it is read.
    told
        What was declared and what its first reads show, for the library's summary.
    reason
        Why it cannot be used: it cannot be told, or what was declared is contradicted; else "".
    """

    protocol: Protocol
    told: dict[str, Any]
    reason: str = ""


def identify(
    fastq: Sequence[Path],
    declared: str,
    protocols: Mapping[str, Protocol],
    matures: Sequence[str],
    *,
    on_contradiction: str = "fail",
) -> Identity:
    """Find out how a library was made.

    Parameters
    ----------
    fastq
        Its FASTQ files.
    declared
        Name of its protocol, or `auto`.
    protocols
        The known protocols by name.
    matures
        Sequences of known mature miRNAs.
    on_contradiction
        `fail`: a library whose reads contradict what was declared cannot be used; `warn`: it is
        read as declared.
    """
    call = detect(fastq, protocols, matures)
    told: dict[str, Any] = {"declared": declared, **call.told(), "contradiction": ""}
    if declared == AUTO:
        if call.layout is None:
            doubt = (
                f"Its protocol cannot be told from its reads. {call.evidence} Declare it in the "
                "column protocol of the sample sheet."
            )
            return Identity(_UNKNOWN, told, call.damage or doubt)
        return Identity(call.layout, told)
    told["contradiction"] = contradiction(protocols[declared], call)
    reason = told["contradiction"] if on_contradiction == "fail" else ""
    return Identity(protocols[declared], told, reason)
