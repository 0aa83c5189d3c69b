"""Results as tests like to look at them."""


def unique_inserts(counted):
    """Give the unique inserts of a trimmed library as pairs of sequence and reads."""
    inserts = counted.ranked()
    return list(zip(inserts.sequences(), inserts.reads.tolist(), strict=True))
