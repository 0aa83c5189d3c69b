"""Results as tests like to look at them."""


def unique_inserts(counted):
    """Give the unique inserts of a trimmed library as pairs of sequence and reads, UMIs apart."""
    inserts = counted.ranked()
    found = {}
    for sequence, reads in zip(inserts.sequences(), inserts.reads.tolist(), strict=True):
        found[sequence] = found.get(sequence, 0) + reads
    return list(found.items())
