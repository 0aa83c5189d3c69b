"""Where each number stands in the buffers that Python and the compiled kernel share."""

# Entries of the hash table: three words that are the insert, and one more, see below.
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
UMI_LENGTH = 14
SHORTEST_OVERLAP = 15  # and one for each number of errors up to MOST_ERRORS
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

# The last word of an entry: the length, the UMI (0 for none, else 1 and its bases, A 0 to T 3, the
# first one uppermost), and how often both were seen together.
LENGTH_SIZE = 8
UMI_SIZE = 25
COUNT_SHIFT = LENGTH_SIZE + UMI_SIZE
LONGEST_UMI = 12

# Unique inserts: the planes low, high and unknown, and count * 256 + length.
INSERT_WORDS = 4

# rules of matching.
WORD_BASES = 0
MISMATCHES = 1
LONGEST_TAIL = 2
SHORTEST_EXACT = 3
SHORTEST_MISMATCHED = 4
EVERY_READING = 5
MATCHING_RULES = 6

# tally of matching.
HITS = 0

# One alignment of one insert: the insert's number, the place in the line of all references, the
# number of aligned bases (the rest is a tail) and the place of the mismatch, -1 if there is none.
HIT_INSERT = 0
HIT_POSITION = 1
HIT_ALIGNED = 2
HIT_MISMATCH = 3
HIT_WORDS = 4

# rules of calling, and what isomiRs cost in thousandths of ln: ln 20 and ln 2 per nt of a shift.
SHIFT_5P = 0
SHIFT_3P = 1
OVERLAP = 2
TAKE_MISMATCHED = 3
CALLING_RULES = 4
COST_5P = 2996
COST_3P = 693
COST_TAIL = 2000
COST_MISMATCH = 7500

# Windows: feature, start and end on the hairpin.
WINDOW_WORDS = 3

# Kinds of a miRNA's call: the template throughout, a tail of 1 to 3 nt (one kind for each sequence,
# by length and then in the order A, C, G, T), or a mismatch before a tail of 0 to 3 nt.
KIND_TEMPLATE = 0
KIND_TAIL = 1
KIND_MISMATCH = 85
KINDS_OF_MIRNA = 89
LONGEST_READ_TAIL = 3

# Classes are numbered in their tie order.
MIRNA_CLASS = 1
HAIRPIN_CLASS = 8
MRNA_CLASS = 9
NO_CLASS = 255

# Flags of an insert.
AMBIGUOUS = 1
MISMATCHED = 2
TAILED = 4

# One line of mirGFF3: numbers of the insert, of the pieces of text for the hairpin and the type,
# where the template begins and ends on the hairpin, where that is in the line of all references,
# where the hairpin ends there, and pieces for the names and the variant; then the place of a
# changed base (-1 if there is none), reads, and hits.
LINE_INSERT = 0
LINE_HAIRPIN = 1
LINE_KIND = 2
LINE_START = 3
LINE_END = 4
LINE_PLACE = 5
LINE_HAIRPIN_STOP = 6
LINE_NAME = 7
LINE_VARIANT = 8
LINE_SNV = 9
LINE_READS = 10
LINE_HITS = 11
LINE_WORDS = 12

# Pieces of text in every line, each before what it is named for.
PIECE_NEXT = 0
PIECE_READ = 1
PIECE_UID = 2
PIECE_CIGAR = 3
PIECE_READS = 4
PIECE_HITS = 5
PIECE_END = 6
