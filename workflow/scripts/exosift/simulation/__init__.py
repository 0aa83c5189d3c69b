"""Libraries and cohorts with known truth, made from the shipped references.

The simulator shares no code with trimming, alignment or counting, so that it can judge them.
"""

from exosift.simulation.command import add_arguments, run

__all__ = ["add_arguments", "run"]
