"""How kits build their reads, and how sequencers write them down."""

from dataclasses import dataclass, replace

ILLUMINA_INDEX_SIDE = "AACTCCAGTCAC"
ILLUMINA_END = "ATCTCGTATGCCGTCTTCTGCTTG"
TRUSEQ_ADAPTER = "TGGAATTCTCGGGTGCCAAGG"
NEBNEXT_ADAPTER = "AGATCGGAAGAGCACACGTCT"


@dataclass(frozen=True)
class Layout:
    """What stands in a read, from its first base on.

    `random5` bases, the insert, `random3` bases, a tail of A where `poly_a` gives its shortest and
    longest length, the adapter, `umi_length` bases, `after_umi`, the index and the end of the
    Illumina construct; then A and, on two-colour machines, G.

    Attributes
    ----------
    adapter3
        The sequence that follows the insert; empty if somebody has taken it off already, and then
        reads end with the insert.
    random5, random3
        Random bases at the two ends of the insert.
    umi_length
        Random bases that name the molecule, after the adapter.
    after_umi
        What the kit has after the UMI.
    bias
        Standard deviation (natural log) of the ligation bias per miRNA. Real kits lie higher: same
        plasma, two kits, 31 % of the miRNAs differ more than tenfold.
    """

    adapter3: str
    random5: int = 0
    random3: int = 0
    umi_length: int = 0
    after_umi: str = ILLUMINA_INDEX_SIDE
    poly_a: tuple[int, int] = (0, 0)
    bias: float = 1.0

    @property
    def random_bases(self) -> int:
        """Count the bases between the ends of the read and the insert."""
        return self.random5 + self.random3


QIASEQ = Layout(
    "AACTGTAGGCACCATCAAT", umi_length=12, after_umi="AGATCGGAAGAGCACACGTCTGAACTCCAGTCAC"
)

LAYOUTS = {
    "truseq": Layout(TRUSEQ_ADAPTER),
    "nextflex_v4": Layout(TRUSEQ_ADAPTER),
    "cleantag": Layout(TRUSEQ_ADAPTER),
    "lexogen": Layout(TRUSEQ_ADAPTER),
    "nextflex_v3": Layout(TRUSEQ_ADAPTER, random5=4, random3=4, bias=0.6),
    "nebnext": Layout(NEBNEXT_ADAPTER, after_umi="GAACTCCAGTCAC", bias=1.2),
    "qiaseq": QIASEQ,
    "illumina_mirna_prep": QIASEQ,
    "smarter": Layout(
        NEBNEXT_ADAPTER, random5=3, poly_a=(10, 25), after_umi="GAACTCCAGTCAC", bias=0.8
    ),
    "cats": Layout(
        NEBNEXT_ADAPTER, random5=3, poly_a=(10, 25), after_umi="GAACTCCAGTCAC", bias=0.8
    ),
    "illumina_v1.5": Layout("ATCTCGTATGCCGTCTTCTGCTTG", after_umi=""),
    "illumina_v1.0": Layout("TCGTATGCCGTCTTCTGCTTG", after_umi=""),
    "trimmed": Layout(""),
}


@dataclass(frozen=True)
class Run:
    """A sequencing run, as its headers and qualities show it.

    Attributes
    ----------
    instrument, number, flowcell, lane
        The first fields of the headers.
    tiles
        Numbers of the tiles.
    read_length
        Cycles, nt.
    scores
        Phred scores of good, middling and poor bases: machines write a few bins only.
    """

    instrument: str
    number: int
    flowcell: str
    lane: int
    tiles: tuple[int, ...]
    read_length: int
    scores: tuple[int, int, int]

    def in_lane(self, lane: int) -> "Run":
        """Take another lane of the same flow cell."""
        return replace(self, lane=lane)


def _tiles(surfaces: int, swaths: int, cameras: int, tiles: int) -> tuple[int, ...]:
    numbers = []
    for surface in range(1, surfaces + 1):
        for swath in range(1, swaths + 1):
            for camera in range(1, cameras + 1):
                middle = f"{camera}" if cameras > 1 else ""
                numbers += [
                    int(f"{surface}{swath}{middle}{tile:02d}") for tile in range(1, tiles + 1)
                ]
    return tuple(numbers)


NEXTSEQ = Run("NB501482", 87, "H3YKCBGX9", 1, _tiles(2, 3, 3, 12), 76, (36, 32, 14))
NOVASEQ = Run("A01023", 214, "HGKV5DRXY", 1, _tiles(2, 2, 1, 78), 51, (37, 25, 11))
