"""Libraries of any kit over all human matures, counted by the workflow and held against the truth.

What a read is, is known from the simulator. Which reads survive trimming is worked out here from
the documented rules, so that nothing of the counting is needed to judge it.
"""

import csv
import gzip
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np
import yaml
from exosift.simulation.expression import random_weights
from exosift.simulation.layouts import LAYOUTS, NEXTSEQ, NOVASEQ, Layout, Run
from exosift.simulation.library import DIMER, PLASMA, IsomirRates, LibraryTruth, simulate_library
from exosift.simulation.sources import References, Sources, load_sources, stream

from tests.calling import call_snakemake
from tests.end_to_end.truth import names_of

ISOMIRS = IsomirRates(mixed=0.5)
GOOD_SCORE = 20 + 33
TRIMMED = "trimmed"
CHANCE_READS = 3
ENDS = 0.03
NEAR = 3
"""nt by which two matures may be shifted against each other to be called neighbours."""


@dataclass(frozen=True)
class SimulatedLibrary:
    """A FASTQ file, and how many of its reads each mature sequence really made.

    Attributes
    ----------
    path, protocol
        The file, and the name of its kit.
    emitted
        Reads per mature sequence, whether or not trimming can keep them.
    readable
        Those that trimming has no reason to discard.
    truth
        All that the simulator tells.
    error_rate
        Mean share of wrong bases.
    """

    path: Path
    protocol: str
    emitted: Mapping[str, int]
    readable: Mapping[str, int]
    truth: LibraryTruth = field(repr=False)
    error_rate: float = 0.001


@cache
def human(resources: Path) -> Sources:
    """Read the shipped references."""
    return load_sources(References.shipped(resources))


def run_of(layout: Layout) -> Run:
    """Choose a run that is long enough for all that the kit puts into a read."""
    return NEXTSEQ if layout.umi_length or layout.poly_a[1] else NOVASEQ


def simulate(
    path: Path,
    kit: str,
    sources: Sources,
    *,
    reads: int,
    seed: int = 1,
    layout: Layout | None = None,
    weights: np.ndarray | None = None,
    shares: Mapping[str, float] = PLASMA,
    error_rate: float = 0.001,
    **options: object,
) -> SimulatedLibrary:
    """Make a library of a kit; by default a random half of all matures is in it."""
    layout = layout or LAYOUTS[kit]
    rng = stream(seed, "accuracy", kit)
    if weights is None:
        weights = random_weights(sources, rng)
    if kit == TRIMMED:
        shares = {kind: share for kind, share in shares.items() if kind != DIMER}
    options = {"isomirs": ISOMIRS, "run": run_of(layout)} | options
    truth = simulate_library(
        path,
        sources=sources,
        layout=layout,
        weights=weights,
        reads=reads,
        rng=rng,
        shares=shares,
        error_rate=error_rate,
        **options,
    )
    emitted: Counter[str] = Counter()
    for name, count in truth.counts.items():
        emitted[sources.sequences[sources.names.index(name)]] += count
    return SimulatedLibrary(
        path, kit, emitted, readable_reads(path, layout, sources, truth), truth, error_rate
    )


def readable_reads(
    path: Path, layout: Layout, sources: Sources, truth: LibraryTruth
) -> Counter[str]:
    """Count the reads of each mature sequence that no rule of trimming discards.

    The rules are those that the configuration states: inserts of 15 to 50 nt, no base unread, half
    of the bases with a score of 20 or more, no base that makes up four fifths of the insert.
    """
    found: Counter[str] = Counter()
    for origin, length, (sequence, scores) in zip(
        truth.origins.tolist(), truth.insert_lengths.tolist(), _records(path), strict=True
    ):
        if origin < 0:
            continue
        begin = layout.random5
        insert = sequence[begin : begin + length]
        poor = sum(score < GOOD_SCORE for score in scores[begin : begin + length])
        commonest = max(insert.count(base) for base in b"ACGT")
        if (
            15 <= length <= 50
            and b"N" not in insert
            and poor <= length / 2
            and commonest < 0.8 * length
        ):
            found[sources.sequences[origin]] += 1
    return found


def _records(path: Path) -> Iterable[tuple[bytes, bytes]]:
    """Walk over the sequences and qualities of a FASTQ file of four lines a record."""
    with gzip.open(path) as handle:
        lines = (line.rstrip(b"\n") for line in handle)
        while record := tuple(islice(lines, 4)):
            yield record[1], record[3]


def count(
    folder: Path,
    libraries: Mapping[str, SimulatedLibrary],
    snakefile: Path,
    config: Mapping[str, object] | None = None,
) -> Path:
    """Let the workflow count libraries, and give the folder of its results.

    Parameters
    ----------
    folder
        Where it runs.
    libraries
        By the name of the sample.
    config
        What the configuration says beside the sheets.
    """
    place = folder / "config"
    place.mkdir(parents=True, exist_ok=True)
    said = {"samples": "config/samples.tsv", "contrasts": "config/contrasts.tsv"}
    (place / "config.yaml").write_text(yaml.safe_dump({**said, **(config or {})}))
    (place / "contrasts.tsv").write_text("contrast\tcancer\tcase\tcontrol\tcovariates\n")
    with (place / "samples.tsv").open("w", newline="") as handle:
        writer = csv.writer(handle, delimiter="\t", lineterminator="\n")
        writer.writerow(["sample", "fastq", "condition", "protocol"])
        for sample, library in libraries.items():
            writer.writerow([sample, library.path.resolve(), "healthy", library.protocol])
    answer = call_snakemake(
        snakefile, "--cores", "2", "results/counts/mirna_counts.tsv", cwd=folder
    )
    assert answer.status == 0, answer.text[-5000:]
    return folder / "results"


@dataclass(frozen=True)
class Counted:
    """What the table of a library says.

    Attributes
    ----------
    reads
        Reads of each mature sequence.
    fragments
        Sequences of which more than half of the reads fit another RNA as well: the merged matrices
        hold them apart.
    """

    reads: dict[str, float]
    fragments: frozenset[str]


def counted(results: Path, sample: str, sources: Sources) -> Counted:
    """Read the table of a library."""
    reads: Counter[str] = Counter()
    ambiguous: Counter[str] = Counter()
    with (results / "quantified" / f"{sample}.tsv").open(newline="") as handle:
        for row in csv.DictReader(handle, delimiter="\t"):
            if row["class"] == "miRNA":
                sequence = sequence_of(row["feature"], sources)
                reads[sequence] += Fraction(row["reads"])
                ambiguous[sequence] += Fraction(row["ambiguous"])
    return Counted(
        {sequence: float(number) for sequence, number in reads.items()},
        frozenset(one for one in reads if ambiguous[one] > reads[one] / 2),
    )


def sequence_of(feature: str, sources: Sources) -> str:
    """Give the sequence of a feature, which may hold several names."""
    return sources.sequences[sources.names.index(names_of(feature)[0])]


@dataclass(frozen=True)
class Agreement:
    """How well the counts of a library agree with its truth.

    Attributes
    ----------
    reads
        miRNA reads that survive trimming.
    recovered
        Share of them that was counted for the right miRNA.
    misplaced
        Reads counted for a miRNA beyond its true ones, as a share of the same.
    relative_error
        Mean over miRNAs with 10 true reads or more.
    ghosts
        miRNAs without any true read, but for fragments of other RNAs: counted reads, most first.
    """

    reads: int
    recovered: float
    misplaced: float
    relative_error: float
    ghosts: dict[str, float] = field(repr=False)

    def ghosts_above(self, cpm: float, expected: Mapping[str, float]) -> dict[str, float]:
        """Name the ghosts above a limit, and above 1.2 times what sequencing errors make of them.

        Parameters
        ----------
        cpm
            Limit in counts per million miRNA reads; a few reads are chance in a small library.
        expected
            Reads that errors are expected to make of each mature sequence.
        """
        limit = max(CHANCE_READS, cpm * self.reads / 1e6)
        beyond = {}
        for sequence, reads in self.ghosts.items():
            errors = expected.get(sequence, 0.0)
            if reads > max(limit, 1.2 * errors + 2 * errors**0.5):
                beyond[sequence] = reads
        return beyond


def agreement(found: Counted, true: Mapping[str, int]) -> Agreement:
    """Compare counts with the truth, both per mature sequence."""
    keys = sorted({*found.reads, *true})
    counts = np.array([found.reads.get(key, 0.0) for key in keys])
    truth = np.array([true.get(key, 0) for key in keys], dtype=float)
    enough = truth >= 10
    ghosts = {
        key: reads
        for key, reads in found.reads.items()
        if not true.get(key) and key not in found.fragments
    }
    return Agreement(
        int(truth.sum()),
        float(np.minimum(counts, truth).sum() / max(truth.sum(), 1)),
        float(np.maximum(counts - truth, 0).sum() / max(truth.sum(), 1)),
        float((np.abs(counts - truth)[enough] / truth[enough]).mean()) if enough.any() else 0.0,
        dict(sorted(ghosts.items(), key=lambda item: -item[1])),
    )


def expected_ghosts(
    true: Mapping[str, int], sequences: Iterable[str], error_rate: float
) -> dict[str, float]:
    """Predict how many reads of one mature look like another one that is absent.

    Neighbours differ in one base where they overlap; each of the three wrong bases is as likely as
    the others. Of two that differ in their length alone, a read cut short does not tell which one
    it is; only many reads together do, to some `ENDS` of them.
    """
    absent = [sequence for sequence in sequences if not true.get(sequence)]
    pieces: dict[str, list[str]] = {}
    for sequence in true:
        for piece in _halves(sequence):
            pieces.setdefault(piece, []).append(sequence)
    predicted = {}
    for ghost in absent:
        near = {one for piece in _halves(ghost) for one in pieces.get(piece, ())}
        wrong = sum(true[one] for one in near if one_base_apart(ghost, one))
        cut = sum(true[one] for one in near if one.startswith(ghost) or ghost.startswith(one))
        if wrong or cut:
            predicted[ghost] = wrong * error_rate / 3 + cut * ENDS
    return predicted


def _halves(sequence: str) -> set[str]:
    """List the 7-mers of a sequence: neighbours share one at least."""
    return {sequence[at : at + 7] for at in range(len(sequence) - 6)}


def one_base_apart(one: str, other: str) -> bool:
    """Tell whether two matures differ in one base where they overlap, if shifted a little."""
    for shift in range(-NEAR, NEAR + 1):
        left, right = one[max(shift, 0) :], other[max(-shift, 0) :]
        if min(len(left), len(right)) < min(len(one), len(other)) - NEAR:
            continue
        if sum(a != b for a, b in zip(left, right, strict=False)) == 1:
            return True
    return False
