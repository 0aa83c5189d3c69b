"""Reads of kits that are known, to ask what can be told from them."""

import gzip
import random

from exosift.protocol_call import contradiction
from exosift.protocols import SHIPPED, read_protocols
from exosift.simulation.layouts import LAYOUTS
from exosift.simulation.library import DIMER, NO_ADAPTER, PLASMA, SHORT
from exosift.simulation.sources import UNKNOWN

PROTOCOLS = read_protocols(SHIPPED)
KITS = [kit for kit in LAYOUTS if kit in PROTOCOLS and kit != "trimmed"]
TRUSEQ_LIKE = ("truseq", "nextflex_v4", "cleantag", "lexogen")
ALIKE = {
    **dict.fromkeys(TRUSEQ_LIKE, TRUSEQ_LIKE),
    **dict.fromkeys(("qiaseq", "illumina_mirna_prep"), ("qiaseq", "illumina_mirna_prep")),
    **dict.fromkeys(("smarter", "cats"), ("smarter", "cats")),
}
DIMERS = {**{name: share / 5 for name, share in PLASMA.items()}, DIMER: 0.8}
DEGRADED = {DIMER: 0.1, SHORT: 0.15, NO_ADAPTER: 0.05, "rRNA": 0.3, "tRNA": 0.1, UNKNOWN: 0.28}


def sequences(path):
    """Read the sequences of a gzipped FASTQ file."""
    return gzip.decompress(path.read_bytes()).decode().split("\n")[1::4]


def trimmed(path, adapter, shortest=18):
    """Cut the reads of a library before its adapter."""
    ends = ((seq, seq.find(adapter[:12])) for seq in sequences(path))
    return [seq[:end] for seq, end in ends if end >= shortest]


def random_sequences(number, shortest, longest, seed=1):
    """Draw sequences."""
    rng = random.Random(seed)
    return ["".join(rng.choices("ACGT", k=rng.randint(shortest, longest))) for _ in range(number)]


def contradicted(call):
    """Name the protocols that a call contradicts."""
    return {name for name, protocol in PROTOCOLS.items() if contradiction(protocol, call)}


def alike(kit):
    """Name the protocols that have the layout of a kit."""
    return ALIKE.get(kit, (kit,))


def shape(layout):
    """Give what a layout adds to the insert."""
    return (layout.adapter3, layout.clip5, layout.clip3, layout.umi_length)
