"""What makes a read a kept insert."""

from array import array
from dataclasses import dataclass

from exosift.errors import UserError
from exosift.kernel.layout import (
    ADAPTER_LENGTH,
    CLIP3,
    CLIP5,
    DIMER_LENGTH,
    LONGEST_ADAPTER,
    LONGEST_INSERT,
    LONGEST_UMI,
    LOW_COMPLEXITY_PERMILLE,
    LOW_QUALITY_PERMILLE,
    MAXIMUM_ERRORS,
    MAXIMUM_LENGTH,
    MINIMUM_LENGTH,
    MINIMUM_OVERLAP,
    MOST_ERRORS,
    PLANE_WORDS,
    QUALITY_FLOOR,
    READ_LIMIT,
    RULES,
    SHORTEST_OVERLAP,
    UMI_LENGTH,
)
from exosift.protocols import Protocol
from exosift.settings.trimming import Trimming

NEVER = 1 << 40


@dataclass(frozen=True)
class TrimmingRules(Trimming):
    """What makes a read a kept insert: section `trimming`, and what nobody needs to set.

    Attributes
    ----------
    dimer_length
        An insert shorter than this, in nt, is an adapter dimer.
    read_limit
        Length in nt that no read may exceed.
    """

    dimer_length: int = 4
    read_limit: int = 1000

    def for_kernel(self, protocol: Protocol) -> "array[int]":
        """Write the rules as the numbers that the kernel reads.

        Raises
        ------
        UserError
            If the kernel cannot do what is asked.
        """
        size = len(protocol.adapter3)
        most = [int(overlap * self.error_rate) for overlap in range(size + 1)]
        if size > LONGEST_ADAPTER or most[-1] > MOST_ERRORS:
            raise UserError(
                f"The adapter {protocol.adapter3!r} of protocol {protocol.name!r} has {size} bases "
                f"and may have {most[-1]} mismatches; up to {LONGEST_ADAPTER} and {MOST_ERRORS} "
                "are possible. Shorten it, or lower `error_rate`."
            )
        if not 0 < self.minimum_length <= self.maximum_length <= LONGEST_INSERT:
            raise UserError(
                f"Inserts of {self.minimum_length} to {self.maximum_length} nt cannot be kept. "
                f"Choose lengths between 1 and {LONGEST_INSERT}."
            )
        if protocol.umi_length > LONGEST_UMI:
            raise UserError(
                f"The UMI of protocol {protocol.name!r} has {protocol.umi_length} nt; up to "
                f"{LONGEST_UMI} are possible."
            )
        rules = array("q", bytes(8 * RULES))
        rules[ADAPTER_LENGTH] = size
        rules[MINIMUM_OVERLAP] = min(self.minimum_overlap, size)
        rules[CLIP5], rules[CLIP3] = protocol.clip5, protocol.clip3
        rules[DIMER_LENGTH] = self.dimer_length if size else 0
        rules[MINIMUM_LENGTH], rules[MAXIMUM_LENGTH] = self.minimum_length, self.maximum_length
        rules[QUALITY_FLOOR] = 33 + max(self.minimum_quality, 1)
        rules[LOW_QUALITY_PERMILLE] = round(1000 * self.low_quality_share)
        rules[LOW_COMPLEXITY_PERMILLE] = round(1000 * self.low_complexity_share)
        rules[READ_LIMIT] = self.read_limit
        rules[PLANE_WORDS] = self.read_limit // 64 + 3
        rules[MAXIMUM_ERRORS] = most[-1]
        rules[UMI_LENGTH] = protocol.umi_length
        for errors in range(MOST_ERRORS + 1):
            lengths = [n for n in range(rules[MINIMUM_OVERLAP], size + 1) if most[n] >= errors]
            rules[SHORTEST_OVERLAP + errors] = min(lengths, default=NEVER)
        return rules
