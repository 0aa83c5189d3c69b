"""Molecules are counted right, however full the space of UMIs is and whatever errors there are."""

import gzip
import itertools
import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from exosift import umi_neighbours
from exosift.simulation.layouts import LAYOUTS, NEXTSEQ
from exosift.simulation.library import IsomirRates, simulate_library
from exosift.simulation.sources import References, load_sources, stream
from exosift.simulation.umis import simulate_pairs
from exosift.umi_neighbours import lineage, one_base_in_insert, one_base_in_umi
from exosift.umi_rates import Families
from exosift.umi_space import UmiSpace
from exosift.umis import deduplicate, whole_numbers

ADAPTER = "AACTGTAGGCACCATCAAT"


def coded(umi):
    return sum("ACGT".index(base) << 2 * place for place, base in enumerate(reversed(umi)))


def planes(sequences):
    """Write sequences as the kernel does: two bits a base, a plane for N, and the length."""
    words = np.zeros((len(sequences), 4), np.uint64)
    for row, sequence in enumerate(sequences):
        for plane, letters in enumerate(("CT", "GT", "N")):
            words[row, plane] = sum(
                1 << place for place, base in enumerate(sequence) if base in letters
            )
        words[row, 3] = 77 << 8 | len(sequence)  # the count, which is not to be looked at
    return words


def pairs_of(counted):
    """Sort counts of (insert, UMI) into what `deduplicate` takes; a UMI of None is none."""
    sequences = sorted({insert for insert, _ in counted})
    number = {sequence: at for at, sequence in enumerate(sequences)}
    rows = sorted(
        (number[insert], -1 if umi is None else coded(umi), reads)
        for (insert, umi), reads in counted.items()
    )
    inserts, umis, reads = np.array(rows, np.int64).reshape(-1, 3).T
    return sequences, inserts, umis, reads


def molecules_of(counted, umi_length):
    sequences, inserts, umis, reads = pairs_of(counted)
    found = deduplicate(inserts, umis, reads, umi_length, planes(sequences))
    return dict(zip(sequences, found.counts.tolist(), strict=True)), found


def random_sequences(number, rng, length=22):
    return ["".join(rng.choice(list("ACGT"), size=length)) for _ in range(number)]


# --- neighbours


def differing(one, other):
    return sum(a != b for a, b in zip(one, other, strict=True))


@pytest.fixture
def crowd():
    """Some inserts of two lengths, each with many UMIs of 3 nt, one with an N."""
    rng = np.random.default_rng(1)
    counted = Counter()
    for insert in ("ACGTACGTA", "ACGTACGTC", "TCGTACGTA", "ACGTNCGTA", "ACGTACGTAA", "GGGGGGGGG"):
        for umi in itertools.product("ACGT", repeat=3):
            if rng.random() < 0.4:
                counted[insert, "".join(umi)] = int(rng.integers(1, 4))
    return counted


@pytest.mark.parametrize("together", [1 << 20, 7])
def test_all_neighbours_are_found_and_no_others(crowd, together, monkeypatch):
    monkeypatch.setattr(umi_neighbours, "TOGETHER", together)
    sequences, inserts, umis, _ = pairs_of(crowd)
    rows = sorted(crowd)
    in_umi, in_insert = set(), set()
    for (at, one), (to, other) in itertools.combinations(enumerate(rows), 2):
        if one[0] == other[0] and differing(one[1], other[1]) == 1:
            in_umi.add((at, to))
        if one[1] == other[1] and len(one[0]) == len(other[0]) and differing(one[0], other[0]) == 1:
            in_insert.add((at, to))
    assert len(in_umi) > 100
    assert len(in_insert) > 30
    for found, expected in (
        (one_base_in_umi(inserts, umis, 3), in_umi),
        (one_base_in_insert(inserts, umis, planes(sequences)), in_insert),
    ):
        told = [tuple(sorted(pair)) for pair in zip(*(end.tolist() for end in found), strict=True)]
        assert len(told) == len(set(told))
        assert set(told) == expected


def test_the_one_of_fewer_reads_is_the_child(crowd):
    sequences, inserts, umis, reads = pairs_of(crowd)
    kin = lineage(inserts, umis, reads, 3, planes(sequences))
    child, parent = kin.rows[kin.child], kin.rows[kin.parent]
    of_insert = np.bincount(inserts, reads)
    assert (reads[child] <= reads[parent]).all()
    tied = reads[child] == reads[parent]
    assert np.flatnonzero(tied).tolist() == kin.tie.tolist()
    assert (of_insert[inserts[child]] <= of_insert[inserts[parent]])[tied].all()
    assert (inserts[child] == inserts[parent])[: kin.in_umi].all()
    assert (umis[child] == umis[parent])[kin.in_umi :].all()
    assert set(kin.child.tolist()) == set(range(kin.children))


# --- the space of UMIs


@pytest.mark.parametrize("length", [4, 8, 12])
def test_even_umis_follow_the_formula(length):
    space = UmiSpace.of(np.full((length, 4), 0.25))
    size = 4.0**length
    shares = np.array([0.0, 1e-6, 0.01, 0.1, 0.3, 0.6, 0.95])
    expected = -size * np.log1p(-shares)
    assert space.molecules(shares * size) == pytest.approx(expected, rel=1e-4, abs=1e-9)
    assert space.effective_size == pytest.approx(size)


def test_uneven_umis_follow_their_frequencies():
    rng = np.random.default_rng(2)
    frequencies = rng.dirichlet([12] * 4, size=6)
    space = UmiSpace.of(frequencies)
    chances = np.ones(1)
    for frequency in frequencies[::-1]:
        chances = np.outer(chances, frequency).ravel()
    every = np.arange(4**6)
    assert space.likelihood(every) == pytest.approx(chances * 4**6)
    assert space.effective_size == pytest.approx(1 / (chances**2).sum())
    for molecules in (10.0, 300.0, 1500.0, 4000.0):
        pairs = -np.expm1(-molecules * chances).sum()
        found = space.molecules(np.array([pairs]))[0]
        assert found == pytest.approx(molecules, rel=3e-3)
        naive = -(4**6) * np.log1p(-pairs / 4**6)
        assert abs(found - molecules) < abs(naive - molecules)


def test_neighbours_in_the_space_have_their_likelihoods():
    frequencies = np.random.default_rng(3).dirichlet([9] * 4, size=3)
    space = UmiSpace.of(frequencies)
    every = np.arange(64)
    likely = space.likelihood(every)
    near = [[other for other in every if one_base_apart(one, other)] for one in every]
    around, beyond = space.around(every)
    for one in every:
        assert sorted(around[one]) == pytest.approx(sorted(likely[near[one]]), rel=1e-5)
        further = sum(likely[near[other]].sum() for other in near[one])
        assert beyond[one].sum() == pytest.approx(further, rel=1e-5)


def one_base_apart(one, other):
    return sum((int(one ^ other) >> 2 * place) & 3 != 0 for place in range(3)) == 1


def test_frequencies_are_those_of_the_reads():
    rng = np.random.default_rng(4)
    shares = np.array([[0.1, 0.2, 0.3, 0.4], [0.25, 0.25, 0.4, 0.1]])
    last, first = (rng.choice(4, size=50_000, p=share) for share in shares)
    space = UmiSpace.seen_in(first << 2 | last, np.ones(50_000, np.int64), 2)
    assert space.frequencies == pytest.approx(shares, abs=0.01)


# --- family sizes


def test_lost_reads_follow_from_those_that_are_left():
    rng = np.random.default_rng(5)
    right = rng.negative_binomial(4, 0.4, size=400_000)
    lost = rng.binomial(right, 0.1)
    left = right - lost
    families = Families.of(np.bincount(np.minimum(left, 65), minlength=66).astype(float))
    for reads in (1, 2, 5, 10):
        expected = families.lost(np.array([reads]))[0] * 0.1 / 0.9
        assert expected == pytest.approx(lost[left == reads].mean(), rel=0.05)


def test_molecules_read_once_have_lost_nothing_where_there_is_no_pcr():
    families = Families.of(np.array([0.0, 1e6] + [0.0] * 64))
    assert families.lost(np.array([1]))[0] < 1e-3


# --- whole numbers


def test_amounts_are_rounded_by_their_remainders():
    amounts = np.array([0.4, 0.6, 2.0, 0.7, 1.3 - 1e-13])
    assert whole_numbers(amounts).tolist() == [0, 1, 2, 1, 1]
    assert whole_numbers(np.full(10, 0.1)).sum() == 1
    assert whole_numbers(np.empty(0)).tolist() == []


# --- small libraries


def test_copies_count_once():
    insert = "TGAGGTAGTAGGTTGTATAGTT"
    counted = {(insert, "ACGTACGTACGT"): 5, (insert, "TTTTACGAACGA"): 1, ("ACGT" * 5, "A" * 12): 3}
    found, told = molecules_of(counted, 12)
    assert found == {insert: 2, "ACGT" * 5: 1}
    assert told.summary["reads"] == 9
    assert told.summary["pairs"] == told.summary["molecules"] == 3
    assert told.summary["duplicates"] == 6
    assert told.summary["saturation"] == pytest.approx(6 / 9)
    assert told.summary["error_share"] == pytest.approx(0, abs=1e-3)


def test_reads_without_a_whole_umi_stay_molecules_of_their_own():
    counted = {("A" * 20, None): 4, ("A" * 20, "CATCAT"): 3, ("C" * 20, None): 2}
    found, told = molecules_of(counted, 6)
    assert found == {"A" * 20: 5, "C" * 20: 2}
    assert told.without_umi.tolist() == [4, 2]
    assert (told.summary["reads"], told.summary["reads_without"]) == (3, 6)


def test_a_library_may_be_empty_or_without_any_umi():
    none = np.empty(0, np.int64)
    assert deduplicate(none, none, none, 12).counts.tolist() == []
    found, told = molecules_of({("A" * 20, None): 4}, 12)
    assert found == {"A" * 20: 4}
    assert told.summary["saturation"] == told.summary["molecules"] == 0


def test_an_error_is_no_molecule_but_chance_neighbours_are():
    rng = np.random.default_rng(6)
    insert, other = random_sequences(2, rng)
    changed = insert[:5] + ("A" if insert[5] != "A" else "C") + insert[6:]
    counted = {(insert, umi): 20 for umi in random_sequences(200, rng, 12)}
    umis = [umi for _, umi in counted]
    for umi in umis[:30]:
        counted[insert, umi[:3] + ("A" if umi[3] != "A" else "C") + umi[4:]] = 1
    for umi in umis[30:60]:
        counted[changed, umi] = 1
    neighbours = [umi[:7] + ("G" if umi[7] != "G" else "T") + umi[8:] for umi in umis[:100]]
    counted |= {(other, umi): 20 for umi in umis[:100] + neighbours}
    found, told = molecules_of(counted, 12)
    assert found == {insert: pytest.approx(200, abs=1), changed: 0, other: 200}
    assert told.summary["error_rate"] > 0
    assert told.summary["error_share"] == pytest.approx(60 / 460, rel=0.03)


def test_without_pcr_neighbours_of_one_read_are_no_errors():
    every = ["".join(bases) for bases in itertools.product("ACGT", repeat=5)]
    chosen = np.random.default_rng(7).choice(every, size=300, replace=False)
    _, told = molecules_of({("ACGT" * 5, umi): 1 for umi in chosen}, 5)
    assert told.summary["molecules"] == 300  # which is also the number of reads


@pytest.mark.filterwarnings("error")
def test_a_family_may_be_enormous():
    rng = np.random.default_rng(14)
    insert, other = random_sequences(2, rng)
    counted = {(other, umi): 50 for umi in random_sequences(300, rng, 12)}
    for _, umi in list(counted)[:180]:
        counted[other, umi[:4] + ("A" if umi[4] != "A" else "C") + umi[5:]] = 1
    giant = "ACGTACGTACGT"
    counted[insert, giant] = 40_000_000
    for place in range(12):
        counted[
            insert, giant[:place] + ("A" if giant[place] != "A" else "C") + giant[place + 1 :]
        ] = 13_000
    assert molecules_of(counted, 12)[0] == {insert: 1, other: pytest.approx(300, abs=1)}


def test_a_full_space_says_no_more_than_the_reads():
    every = ["".join(bases) for bases in itertools.product("ACGT", repeat=3)]
    found, told = molecules_of({("ACGT" * 5, umi): 3 for umi in every}, 3)
    assert 64 < found["ACGT" * 5] <= 192
    assert told.summary["highest_occupancy"] == pytest.approx(1)
    assert told.summary["crowded_inserts"] == 1


def test_the_order_of_umis_and_repetition_change_nothing():
    rng = np.random.default_rng(8)
    truth = simulate_pairs(random_sequences(3, rng), [500] * 3, rng, umi_length=6)
    first = deduplicate(truth.inserts, truth.umis, truth.reads, 6, planes(truth.sequences))
    order = np.lexsort([rng.random(len(truth.umis)), truth.inserts])
    again = deduplicate(
        truth.inserts[order], truth.umis[order], truth.reads[order], 6, planes(truth.sequences)
    )
    assert first.counts.tolist() == again.counts.tolist()
    assert (first.counts <= np.bincount(truth.inserts, truth.reads)).all()
    assert first.summary["molecules"] + first.summary["duplicates"] == truth.reads.sum()


# --- against the truth of the simulator


def share_found(truth, umi_length, sequences=True):
    """Molecules found of the sources, isomiRs of one base included, as share of the true ones."""
    words = planes(truth.sequences) if sequences else None
    found = deduplicate(truth.inserts, truth.umis, truth.reads, umi_length, words)
    near = truth.sources >= 0
    return found.counts[near].sum() / truth.molecules.sum(), found.summary


@pytest.mark.parametrize(("error_rate", "within"), [(0.0, 0.01), (0.001, 0.02), (0.005, 0.04)])
@pytest.mark.parametrize("amplification", [1.5, 4.0, 10.0])
@pytest.mark.parametrize("occupancy", [0.001, 0.03, 0.3])
def test_molecules_are_within_two_percent(occupancy, amplification, error_rate, within):
    umi_length = 7
    rng = np.random.default_rng([int(1000 * occupancy), int(amplification), int(1000 * error_rate)])
    each = round(-(4**umi_length) * np.log1p(-occupancy))
    number = min(max(4, 18_000 // each), 150)
    truth = simulate_pairs(
        random_sequences(number, rng),
        [each] * number,
        rng,
        umi_length=umi_length,
        amplification=amplification,
        error_rate=error_rate,
    )
    found, told = share_found(truth, umi_length)
    assert found == pytest.approx(1, abs=within)
    assert told["insert_error_rate"] == pytest.approx(error_rate, rel=0.2, abs=5e-5)
    taken = -np.expm1(-truth.molecules.max() / 4**umi_length)
    assert told["highest_occupancy"] == pytest.approx(taken, rel=0.1, abs=5e-4)
    if amplification > 9:
        assert told["error_rate"] == pytest.approx(error_rate, rel=0.3, abs=1e-4)


@pytest.mark.parametrize("occupancy", [0.01, 0.3])
def test_without_pcr_each_read_is_a_molecule(occupancy):
    rng = np.random.default_rng(9)
    each = round(-(4**7) * np.log1p(-occupancy))
    truth = simulate_pairs(random_sequences(3, rng), [each] * 3, rng, umi_length=7, amplification=1)
    assert truth.reads.sum() == 3 * each
    assert share_found(truth, 7)[0] == pytest.approx(1, abs=0.02)


def test_uneven_bases_of_umis_cost_no_accuracy():
    rng = np.random.default_rng(10)
    truth = simulate_pairs(
        random_sequences(4, rng), [6000] * 4, rng, umi_length=7, frequencies=(0.33, 0.2, 0.2, 0.27)
    )
    found, told = share_found(truth, 7)
    assert found == pytest.approx(1, abs=0.02)
    assert told["error_rate"] == pytest.approx(0.001, rel=0.25)
    assert told["effective_umis"] < 0.85 * 4**7


def test_a_ratio_of_counts_would_lose_true_molecules():
    """What others do: a neighbour of half the reads or fewer, less one, is merged."""
    rng = np.random.default_rng(11)
    truth = simulate_pairs(random_sequences(2, rng), [5000] * 2, rng, umi_length=7, error_rate=0.0)
    kin = lineage(truth.inserts, truth.umis, truth.reads, 7)
    parent, child = (truth.reads[kin.rows[end]] for end in (kin.parent, kin.child))
    merged = len(np.unique(kin.child[parent >= 2 * child - 1]))
    pairs = np.array([float(len(truth.umis) - merged) / 2] * 2)
    kept = UmiSpace.of(np.full((7, 4), 0.25)).molecules(pairs).sum() / truth.molecules.sum()
    assert kept < 0.6
    assert share_found(truth, 7)[0] == pytest.approx(1, abs=0.02)


def test_without_sequences_errors_in_inserts_make_molecules():
    rng = np.random.default_rng(12)
    truth = simulate_pairs(random_sequences(20, rng), [200] * 20, rng, amplification=10.0)
    assert share_found(truth, 12)[0] == pytest.approx(1, abs=0.02)
    blind, told = share_found(truth, 12, sequences=False)
    assert blind == pytest.approx(1 + 10 * 22 * 0.001, abs=0.03)
    assert told["insert_error_rate"] is None


def test_variants_of_one_base_that_are_real_keep_their_molecules():
    rng = np.random.default_rng(13)
    insert = random_sequences(1, rng)[0]
    variant = insert[:10] + ("A" if insert[10] != "A" else "C") + insert[11:]
    truth = simulate_pairs([insert, variant], [12_000, 1200], rng, umi_length=8)
    found = deduplicate(truth.inserts, truth.umis, truth.reads, 8, planes(truth.sequences))
    counts = dict(zip(truth.sequences, found.counts.tolist(), strict=True))
    assert counts[insert] == pytest.approx(truth.molecules[0], rel=0.03)
    assert counts[variant] == pytest.approx(truth.molecules[1], rel=0.05)


def test_molecules_of_a_sequenced_library(repository, tmp_path):
    """Reads of a FASTQ, whose errors follow their qualities, of which some have an N."""
    sources = load_sources(References.shipped(repository / "resources"))
    weights = np.zeros(len(sources.names))
    weights[sources.distinct()[:400:80]] = [8, 4, 2, 1, 0.5]
    truth = simulate_library(
        tmp_path / "library.fastq.gz",
        sources=sources,
        layout=replace(LAYOUTS["qiaseq"], umi_length=7),
        weights=weights,
        reads=50_000,
        rng=stream(1, "umis"),
        shares={},
        isomirs=IsomirRates(end5=0, end3=0, tail=0, snv=0.01),
        error_rate=0.001,
        amplification=5.0,
        run=NEXTSEQ,
    )
    text = gzip.decompress((tmp_path / "library.fastq.gz").read_bytes()).decode().splitlines()
    pattern = re.compile(f"^(.*?){ADAPTER}([ACGT]{{7}})?")
    matches = [match for match in map(pattern.match, text[1::4]) if match]
    counted = Counter(match.groups() for match in matches)
    found, told = molecules_of(counted, 7)
    lost = 1 - len(matches) / truth.reads  # errors in the adapter
    assert lost < 0.03
    for name, molecules in truth.molecules.items():
        mature = sources.sequences[sources.names.index(name)]
        near = sum(
            many
            for insert, many in found.items()
            if len(insert) == len(mature) and differing(insert, mature) <= 1
        )
        assert near == pytest.approx(molecules, rel=0.02 + 2 / np.sqrt(molecules))
    assert sum(found.values()) == pytest.approx(sum(truth.molecules.values()), rel=0.02)
    assert told.summary["highest_occupancy"] > 0.2
