"""Where each number stands in the buffers that Python and the compiled kernel share."""

# Entries of the hash table: three words that are the insert, and count * 256 + length.
ENTRY_WORDS = 4
# An insert is a word of 64 bits per letter, and 63 bases are what sorting can spell.
LONGEST_INSERT = 63
LONGEST_ADAPTER = 63
MOST_ERRORS = 7

# rules: what the protocol and the settings ask for.
ADAPTER_LENGTH = 0
MINIMUM_OVERLAP = 1
CLIP5 = 2
CLIP3 = 3
DIMER_LENGTH = 4
MINIMUM_LENGTH = 5
MAXIMUM_LENGTH = 6
QUALITY_FLOOR = 7
LOW_QUALITY_PERMILLE = 8
LOW_COMPLEXITY_PERMILLE = 9
READ_LIMIT = 10
PLANE_WORDS = 11
PHRED_UNTIL = 12
MAXIMUM_ERRORS = 13
SHORTEST_OVERLAP = 14  # and one for each number of errors up to MOST_ERRORS
RULES = SHORTEST_OVERLAP + MOST_ERRORS + 1

# tally: what was seen.
FATE_ADAPTER_DIMER = 0
FATE_NO_ADAPTER = 1
FATE_TOO_SHORT = 2
FATE_TOO_LONG = 3
FATE_LOW_QUALITY = 4
FATE_LOW_COMPLEXITY = 5
FATE_KEPT = 6
FATES = (
    "adapter_dimer",
    "no_adapter",
    "too_short",
    "too_long",
    "low_quality",
    "low_complexity",
    "kept",
)
READS = 7
SHORTEST_READ = 8
LONGEST_READ = 9
BASES = 10
BASES_Q30 = 11
QUALITY_BELOW_PHRED64 = 12
QUALITY_ABOVE_PHRED33 = 13
INSERTS = 14
UNIQUES = 15
ERROR = 16
TALLY = 17

# What can be wrong with a record.
BAD_HEADER = 1
BAD_PLUS = 2
LENGTH_MISMATCH = 3
READ_TOO_LONG = 4
BAD_BASE = 5
BAD_QUALITY = 6
