"""Streams of chance: each use of the configured seed draws from one of its own."""

from enum import IntEnum


class Stream(IntEnum):
    """What is drawn; seeds are lists such as [seed, stream, number]."""

    OUTER = 1  # outer folds
    INNER = 2  # inner folds
    LABELS = 3  # shuffled labels of the whole procedure
    BEST = 4  # shuffled labels of the best single miRNA
    HALVES = 5  # halves for stability
    PEOPLE = 6  # people drawn with replacement
    FINAL = 7  # inner folds of the model that is frozen
