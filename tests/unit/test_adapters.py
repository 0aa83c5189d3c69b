"""Adapters, miRNAs and random bases in reads whose every base is known."""

from exosift.adapters import families, foreshadowed, random_behind, sight
from exosift.first_reads import as_numbers
from exosift.insert_ends import find_mirnas
from exosift.simulation.layouts import TRUSEQ_ADAPTER

from tests.known_kits import random_sequences


def test_families_keep_the_longest_of_adapters_that_begin_alike():
    assert families(["TGGAATTC", "TGGAATTCTCGG", "", "AACTGTAGG", "ACG"]) == (
        "TGGAATTCTCGG",
        "AACTGTAGG",
    )


def sighted(reads, *adapters):
    found = sight(as_numbers([read.encode() for read in reads]), adapters)
    return [
        (found.adapters[number], place) if number >= 0 else None
        for number, place in zip(found.which.tolist(), found.place.tolist(), strict=True)
    ]


def test_an_adapter_is_seen_with_mismatches_and_at_the_end_of_a_read():
    adapter, insert = TRUSEQ_ADAPTER, "TAGCTTATCAGACTGATGTTGA"
    assert sighted(
        [
            insert + adapter,
            insert + adapter[:10],
            insert + adapter[:9],
            insert + "A" + adapter[1:],
            insert + adapter[:11] + "ACC" + adapter[14:],
            insert + adapter[:12] + "AA" + adapter[14:],
            adapter,
            insert,
        ],
        adapter,
    ) == [
        (adapter, 22),
        (adapter, 22),
        None,
        (adapter, 22),
        None,
        (adapter, 22),
        (adapter, 0),
        None,
    ]


def test_the_first_adapter_of_a_read_counts():
    qiaseq, nebnext = "AACTGTAGGCACCATCAAT", "AGATCGGAAGAGCACACGTCT"
    read = f"TAGCTTATCAGACTGATGTTGA{qiaseq}ACGTTGCAACGT{nebnext}"
    assert sighted([read], nebnext, qiaseq) == [(qiaseq, 22)]


def test_the_longer_of_two_nested_adapters_counts_only_where_all_of_it_fits():
    old, new = "TCGTATGCCGTCTTCTGCTTG", "ATCTCGTATGCCGTCTTCTGCTTG"
    insert = "TAGCTTATCAGACTGATGTTG"
    assert sighted([f"{insert}ATC{old}", f"{insert}ATG{old}"], new, old) == [(new, 21), (old, 24)]


def test_a_constant_stretch_before_an_adapter_is_noticed():
    inserts = random_sequences(60, 18, 26)
    for middle, expected in (("", False), ("ACGTTGCATTGC", True)):
        lines = [f"{insert}{middle}{TRUSEQ_ADAPTER}".encode() for insert in inserts]
        reads = as_numbers(lines)
        assert foreshadowed(reads, sight(reads, (TRUSEQ_ADAPTER,)).place) is expected


def test_random_bases_behind_an_adapter_are_counted_as_far_as_reads_go():
    adapter = "AACTGTAGGCACCATCAAT"
    umis = random_sequences(200, 12, 12)
    lines = [f"TAGCTTATCAGACTG{adapter}{umi}AGATCGGAAG" for umi in umis]

    def count(length):
        reads = as_numbers([line[:length].encode() for line in lines])
        return random_behind(reads, sight(reads, (adapter,)).place, len(adapter))

    assert count(60) == (12, 13)
    assert count(40) == (6, 6)
    assert count(34) == (0, 0)


def test_mirnas_are_found_where_they_begin():
    mature = "TAGCTTATCAGACTGATGTTGA"
    reads = as_numbers([(head + mature + "ACGT").encode() for head in ("", "ACGT", "A" * 12)])
    hits = find_mirnas(reads, ["ACGTTTGCACGGTCATTGAC", mature, "ACG"])
    assert list(zip(hits.begin, hits.end, hits.mirna, strict=True)) == [
        (0, 22, 1),
        (4, 26, 1),
        (12, 34, 1),
    ]
    assert find_mirnas(reads, []).rows.size == 0


def test_runs_of_g_at_the_end_of_reads_are_left_out():
    reads = as_numbers([b"ACGT" * 5 + b"G" * 20, b"ACGT" * 5 + b"G" * 5, b"G" * 40])
    assert reads.lengths.tolist() == [20, 25, 0]
    assert reads.longest == 40
