"""The reads of one library, with the truth about each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from exosift.errors import UserError
from exosift.simulation.layouts import ILLUMINA_END, NOVASEQ, Layout, Run
from exosift.simulation.sequencing import NOTHING, fastq_file, fastq_text, places, sequence_reads
from exosift.simulation.sources import UNKNOWN, Codes, Integers, Sources, encode

MIRNA, DIMER, SHORT, NO_ADAPTER, ANTISENSE = (
    "miRNA",
    "adapter_dimer",
    "too_short",
    "no_adapter",
    "antisense",
)
SHORTEST_INSERT = 15
LEAST_ADAPTER = 10
BLOCK = 100_000
LONGEST_TAIL = 3
TAIL_BASES = (0.52, 0.09, 0.07, 0.32)  # A, C, G, U

# Shares of the reads of a plasma vesicle library that are not miRNA.
PLASMA = {
    DIMER: 0.06,
    SHORT: 0.05,
    NO_ADAPTER: 0.015,
    "tRNA": 0.11,
    "Y_RNA": 0.07,
    "rRNA": 0.05,
    "snRNA": 0.015,
    UNKNOWN: 0.05,
}


@dataclass(frozen=True)
class IsomirRates:
    """How often an end or a base of a miRNA differs from its mature sequence, shares of reads.

    Attributes
    ----------
    end5
        The 5' end lies 1 or 2 nt off, on the hairpin.
    end3
        The 3' end lies 1 to 4 nt before or 1 to 3 nt behind, on the hairpin.
    tail
        1 to 3 nt, mostly A or U, that the hairpin does not have are added to the 3' end.
    mixed
        Of the tails: their bases are drawn one by one, and are not one base repeated.
    snv
        One base is another one.
    """

    end5: float = 0.07
    end3: float = 0.50
    tail: float = 0.14
    mixed: float = 0.0
    snv: float = 0.01


USUAL_ISOMIRS = IsomirRates()


@dataclass(frozen=True)
class LibraryTruth:
    """What really is in a library.

    Attributes
    ----------
    reads
        Number of reads in the file.
    classes
        Reads per class; they sum to `reads`. Inserts below 15 nt count as too_short, whatever they
        come from.
    counts
        Reads per mature, isomiRs included, with an insert of 15 nt or more.
    molecules
        The same for molecules of which at least one read is in the file; equal to `counts` unless
        the library was amplified.
    wrong_bases
        Bases that the sequencer read wrongly, adapter included; N not counted.
    origins
        For each read in the order of the file its mature (index of `Sources.names`), or -1.
    insert_lengths
        For each read in the order of the file the length of its insert, tail included, nt.
    """

    reads: int
    classes: dict[str, int]
    counts: dict[str, int]
    molecules: dict[str, int]
    wrong_bases: int
    origins: npt.NDArray[np.int32] = field(repr=False, compare=False)
    insert_lengths: Integers = field(repr=False, compare=False)


@dataclass
class _Molecules:
    """Ligated inserts, one row each: where they begin in the bases, how long they are."""

    kind: npt.NDArray[np.int16]
    mature: npt.NDArray[np.int32]
    start: Integers
    length: Integers
    tail: Integers
    tail_bases: Codes
    variant: Integers
    variant_shift: Codes

    def __getitem__(self, rows: npt.NDArray[np.int64] | slice) -> "_Molecules":
        return _Molecules(**{name: column[rows] for name, column in vars(self).items()})


def simulate_library(
    path: str | Path,
    *,
    sources: Sources,
    layout: Layout,
    weights: npt.NDArray[np.float64],
    reads: int,
    rng: np.random.Generator,
    shares: Mapping[str, float] = PLASMA,
    isomirs: IsomirRates = USUAL_ISOMIRS,
    error_rate: float = 0.001,
    antisense: float = 0.0,
    amplification: float = 1.0,
    run: Run = NOVASEQ,
    index: str = "ACTGAT",
) -> LibraryTruth:
    """Write one library as gzipped FASTQ and return the truth about it.

    Parameters
    ----------
    weights
        How abundant each mature is, shape (matures,), in any unit; ligation bias included.
    shares
        Shares of the reads for the classes that are not miRNA; classes without molecules in the
        sources are left to miRNA.
    antisense
        Share of the miRNA reads that come from the other strand of the hairpin. They are no miRNA:
        their class is "antisense".
    amplification
        Reads per molecule on average, unevenly; the copies share insert, random bases and UMI.
    """
    if run.read_length < layout.random_bases + SHORTEST_INSERT + LEAST_ADAPTER:
        raise UserError(f"Reads of {run.read_length} nt are too short for this kit.")
    number = reads if amplification == 1 else max(1, round(reads / amplification))
    kinds = _kinds(shares, sources, antisense)
    molecules = _draw(number, kinds, sources, layout, weights, isomirs, run.read_length, rng)
    own_bases = layout.random_bases + layout.umi_length
    barcodes = rng.integers(0, 4, size=(number, own_bases), dtype=np.uint8)
    poly_a = rng.integers(layout.poly_a[0], layout.poly_a[1] + 1, size=number)
    copies = _copies(reads, number, amplification, rng)
    at = places(reads, rng, run)
    downstream = _downstream(layout, index, run.read_length)

    wrong_bases = 0
    with fastq_file(path) as handle:
        for begin in range(0, reads, BLOCK):
            rows = copies[begin : begin + BLOCK]
            bases = _build(
                molecules[rows],
                barcodes[rows],
                poly_a[rows],
                sources,
                layout,
                downstream,
                run.read_length,
            )
            qualities, wrong = sequence_reads(bases, rng, run.scores, error_rate)
            wrong_bases += wrong
            if not layout.adapter3:
                _end_with_insert(bases, qualities, molecules[rows])
            handle.write(fastq_text(bases, qualities, at[begin : begin + BLOCK], run, index))
    return _truth(molecules, copies, list(kinds), sources, wrong_bases)


def _kinds(shares: Mapping[str, float], sources: Sources, antisense: float) -> dict[str, float]:
    """Order the classes of reads with their shares; miRNA takes what the others leave."""
    made = {DIMER, SHORT, NO_ADAPTER, *sources.fragments}
    others = {DIMER: 0.0, SHORT: 0.0}
    others |= {kind: share for kind, share in shares.items() if kind in made}
    rest = 1.0 - sum(others.values())
    if rest < 0 or min(others.values(), default=0.0) < 0:
        raise UserError("The shares of a library must not be negative nor sum to more than 1.")
    return {MIRNA: rest * (1 - antisense), ANTISENSE: rest * antisense, **others}


def _draw(
    number: int,
    kinds: dict[str, float],
    sources: Sources,
    layout: Layout,
    weights: npt.NDArray[np.float64],
    isomirs: IsomirRates,
    read_length: int,
    rng: np.random.Generator,
) -> _Molecules:
    """Draw molecules of all classes, in random order."""
    longest = read_length - layout.random_bases - LEAST_ADAPTER - layout.poly_a[0]
    amounts = rng.multinomial(number, np.array(list(kinds.values())) / sum(kinds.values()))
    drawn = []
    for kind, (name, amount) in enumerate(zip(kinds, amounts.tolist(), strict=True)):
        if name in (MIRNA, ANTISENSE):
            molecules = _draw_mirnas(amount, sources, weights, isomirs, rng)
        else:
            molecules = _plain(*_draw_others(name, amount, sources, longest, read_length, rng))
        if name == ANTISENSE:
            molecules.start = len(sources.bases) - molecules.start - molecules.length
        molecules.kind[:] = kind
        drawn.append(molecules)
    whole = _Molecules(
        **{name: np.concatenate([vars(one)[name] for one in drawn]) for name in vars(drawn[0])}
    )
    return whole[rng.permutation(number)]


def _plain(start: Integers, length: Integers) -> _Molecules:
    """Make molecules that are pieces of the sources as they are."""
    none = np.zeros(len(start), dtype=np.int64)
    return _Molecules(
        kind=none.astype(np.int16),
        mature=np.full(len(start), -1, dtype=np.int32),
        start=start,
        length=length,
        tail=none,
        tail_bases=np.zeros((len(start), LONGEST_TAIL), dtype=np.uint8),
        variant=none - 1,
        variant_shift=none.astype(np.uint8),
    )


def _draw_mirnas(
    amount: int,
    sources: Sources,
    weights: npt.NDArray[np.float64],
    isomirs: IsomirRates,
    rng: np.random.Generator,
) -> _Molecules:
    per_mature = rng.multinomial(amount, weights / weights.sum())
    mature = np.repeat(np.arange(len(weights)), per_mature)
    place = sources.first[mature] + (rng.random(amount) * sources.many[mature]).astype(np.int64)
    begin, low, high = sources.start[place], sources.low[place], sources.high[place]
    end = begin + sources.lengths[mature]
    step5 = rng.choice([-2, -1, 1, 2], p=[0.1, 0.4, 0.4, 0.1], size=amount)
    step3 = rng.choice(
        [-4, -3, -2, -1, 1, 2, 3], p=[0.02, 0.06, 0.16, 0.32, 0.26, 0.12, 0.06], size=amount
    )
    start = np.clip(begin + step5 * (rng.random(amount) < isomirs.end5), low, None)
    end = np.clip(end + step3 * (rng.random(amount) < isomirs.end3), None, high)
    molecules = _plain(start, end - start)
    molecules.mature = mature.astype(np.int32)
    tail = rng.choice([1, 2, 3], p=[0.75, 0.2, 0.05], size=amount)
    molecules.tail = tail * (rng.random(amount) < isomirs.tail)
    base = rng.choice(4, p=TAIL_BASES, size=amount)
    molecules.tail_bases[:] = base[:, None]
    (more,) = rng.spawn(1)
    mixed = more.random(amount) < isomirs.mixed
    molecules.tail_bases[mixed, 1:] = more.choice(4, p=TAIL_BASES, size=(mixed.sum(), 2))
    changed = rng.random(amount) < isomirs.snv
    at = (rng.random(amount) * molecules.length).astype(np.int64)
    molecules.variant = np.where(changed, at, -1)
    molecules.variant_shift = rng.integers(1, 4, size=amount, dtype=np.uint8)
    return molecules


def _draw_others(
    name: str,
    amount: int,
    sources: Sources,
    longest: int,
    read_length: int,
    rng: np.random.Generator,
) -> tuple[Integers, Integers]:
    """Draw begin and length of inserts that are not miRNA."""
    if name == DIMER:
        return np.zeros(amount, dtype=np.int64), np.zeros(amount, dtype=np.int64)
    if name == NO_ADAPTER:
        spans = sources.fragments[UNKNOWN]
        length = np.full(amount, read_length, dtype=np.int64)
        return rng.integers(spans[0, 0], spans[0, 1] - read_length, size=amount), length
    if name == SHORT:
        begin = rng.integers(0, len(sources.bases) // 2 - SHORTEST_INSERT, size=amount)
        return begin, rng.integers(1, SHORTEST_INSERT, size=amount)
    spans = sources.fragments[name]
    molecule = rng.choice(len(spans), p=sources.weights[name], size=amount)
    low, high = spans[molecule].T
    style = rng.choice(len(FRAGMENTS), p=SHARES.get(name, INTERNAL_ONLY), size=amount)
    shortest, most = np.array([(low_, high_) for _, low_, high_ in FRAGMENTS])[style].T
    length = rng.integers(shortest, most + 1)
    length = np.minimum(np.minimum(length, longest), high - low)
    anywhere = (rng.random(amount) * (high - low - length + 1)).astype(np.int64)
    anchor = np.array([where for where, _, _ in FRAGMENTS])[style]
    offset = np.select([anchor == "5'", anchor == "3'"], [0, high - low - length], anywhere)
    return low + offset, length


# Where a fragment lies in its molecule, and how long it is: halves, tRFs, and all the rest.
FRAGMENTS = (("5'", 28, 35), ("3'", 17, 22), ("5'", 16, 24), ("3'", 24, 32), ("", 15, 40))
INTERNAL_ONLY = [0.0, 0.0, 0.0, 0.0, 1.0]
SHARES = {"tRNA": [0.58, 0.20, 0.12, 0.02, 0.08], "Y_RNA": [0.62, 0.03, 0.05, 0.20, 0.10]}


def _copies(reads: int, number: int, amplification: float, rng: np.random.Generator) -> Integers:
    """Choose the molecule that each read shows."""
    if amplification == 1:
        return np.arange(reads)
    yields = rng.standard_gamma(4.0, size=number)
    shown = np.repeat(np.arange(number), rng.multinomial(reads, yields / yields.sum()))
    return rng.permutation(shown)


def _downstream(layout: Layout, index: str, read_length: int) -> Codes:
    """Lay out what follows the insert, but for random bases: construct, then A, then G."""
    gap = "A" * layout.umi_length
    construct = layout.adapter3 + gap + layout.after_umi + index + ILLUMINA_END + "A" * 7
    return encode(construct + "G" * (2 * read_length))


def _build(
    molecules: _Molecules,
    barcodes: Codes,
    poly_a: Integers,
    sources: Sources,
    layout: Layout,
    downstream: Codes,
    cycles: int,
) -> Codes:
    """Put the reads together, shape (reads, cycles): what the machine would read without error."""
    length, tail = molecules.length[:, None], molecules.tail[:, None]
    position = np.arange(cycles)[None, :] - layout.random5
    templated = sources.bases[molecules.start[:, None] + np.clip(position, 0, length)]
    behind = position - length - tail - layout.random3 - poly_a[:, None]
    reads = np.where(position < length, templated, downstream[np.clip(behind, 0, None)])
    end = layout.random5 + molecules.length
    if layout.poly_a[1]:
        reads[(behind < 0) & (position >= length)] = 0
    for step in range(int(molecules.tail.max(initial=0))):
        _put(reads, end + step, molecules.tail_bases[:, step], molecules.tail > step)
    varied = molecules.variant >= 0
    at = np.where(varied, layout.random5 + molecules.variant, 0)
    old = reads[np.arange(len(reads)), at]
    _put(reads, at, (old + molecules.variant_shift) % 4, varied)
    after_insert = end + molecules.tail
    umi_at = after_insert + layout.random3 + poly_a + len(layout.adapter3)
    columns = [np.full(len(reads), step) for step in range(layout.random5)]
    columns += [after_insert + step for step in range(layout.random3)]
    columns += [umi_at + step for step in range(layout.umi_length)]
    for column, barcode in zip(columns, barcodes.T, strict=True):
        _put(reads, column, barcode, np.ones(len(reads), dtype=bool))
    return reads


def _end_with_insert(reads: Codes, qualities: Codes, molecules: _Molecules) -> None:
    """Take off what follows the inserts, in place."""
    behind = np.arange(reads.shape[1])[None, :] >= (molecules.length + molecules.tail)[:, None]
    reads[behind] = NOTHING
    qualities[behind] = 0


def _put(reads: Codes, column: Integers, code: Codes, where: npt.NDArray[np.bool_]) -> None:
    """Set one base in each of the chosen reads that is long enough."""
    rows = np.flatnonzero(where & (column < reads.shape[1]))
    reads[rows, column[rows]] = code[rows]


def _truth(
    molecules: _Molecules, copies: Integers, kinds: list[str], sources: Sources, wrong_bases: int
) -> LibraryTruth:
    insert = molecules.length + molecules.tail
    kind = molecules.kind.copy()
    kind[(insert < SHORTEST_INSERT) & (kind != kinds.index(DIMER))] = kinds.index(SHORT)
    mature = np.where(kind == kinds.index(MIRNA), molecules.mature, -1).astype(np.int32)
    per_class = np.bincount(kind[copies], minlength=len(kinds)).tolist()
    return LibraryTruth(
        reads=len(copies),
        classes=dict(zip(kinds, per_class, strict=True)),
        counts=_by_name(mature[copies], sources),
        molecules=_by_name(mature[np.unique(copies)], sources),
        wrong_bases=wrong_bases,
        origins=mature[copies],
        insert_lengths=insert[copies],
    )


def _by_name(matures: npt.NDArray[np.int32], sources: Sources) -> dict[str, int]:
    number, count = np.unique(matures[matures >= 0], return_counts=True)
    return {
        sources.names[which]: many
        for which, many in zip(number.tolist(), count.tolist(), strict=True)
    }
