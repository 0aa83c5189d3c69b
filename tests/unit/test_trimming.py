"""From reads to unique inserts: the fate of each read, the adapter's place, the two files."""

import json
import random
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from exosift import trimming
from exosift.errors import UserError
from exosift.inserts import SPELLED_AT_ONCE, UniqueInserts
from exosift.kernel import load_kernel
from exosift.protocols import find_protocol
from exosift.trimming import trim

from tests.reading import unique_inserts

ADAPTER = "TGGAATTCTCGGGTGCCAAGG"
LET7A = "TGAGGTAGTAGGTTGTATAGTT"
MIR21 = "TAGCTTATCAGACTGATGTTGA"
EVERYTHING_KEPT = {
    "minimum_length": 1,
    "maximum_length": 63,
    "dimer_length": 0,
    "low_quality_share": 1,
    "low_complexity_share": 2,
}


@pytest.fixture
def library(tmp_path):
    """Trim reads given as sequences, or as pairs of sequence and qualities."""

    def run(reads, protocol="truseq", **options):
        fastq = tmp_path / "reads.fastq"
        pairs = [(read, "F" * len(read)) if isinstance(read, str) else read for read in reads]
        text = (f"@r{n}\n{read}\n+\n{quality}\n" for n, (read, quality) in enumerate(pairs))
        fastq.write_text("".join(text))
        if isinstance(protocol, str):
            protocol = find_protocol(protocol)
        told, run.counted = trim([fastq], protocol, sample="s1", **options)
        assert told == json.loads(json.dumps(told))
        assert sum(told["fates"].values()) == told["reads_in"]
        return told

    run.inserts = lambda: unique_inserts(run.counted)
    return run


def fate_of(library, read, **options):
    fates = library([read], **options)["fates"]
    (fate,) = (name for name, count in fates.items() if count)
    return fate


def mixed(length):
    return (MIR21 * 4)[:length]


@pytest.mark.parametrize(
    ("length", "fate"),
    [
        *[(0, "adapter_dimer"), (3, "adapter_dimer"), (4, "too_short"), (14, "too_short")],
        *[(15, "kept"), (50, "kept"), (51, "too_long"), (70, "too_long")],
    ],
)
def test_the_length_of_the_insert_decides_first(library, length, fate):
    assert fate_of(library, mixed(length) + ADAPTER) == fate


def test_a_read_without_adapter_has_none(library):
    assert fate_of(library, mixed(50)) == "no_adapter"


def test_length_goes_before_quality_and_quality_before_complexity(library):
    poor = "#" * (14 + len(ADAPTER))
    assert fate_of(library, ("A" * 14 + ADAPTER, poor)) == "too_short"
    poor += "#"
    assert fate_of(library, ("A" * 15 + ADAPTER, poor)) == "low_quality"


@pytest.mark.parametrize(
    ("low", "character", "fate"),
    [(10, "4", "kept"), (11, "4", "low_quality"), (11, "5", "kept"), (20, "!", "low_quality")],
)
def test_low_quality_is_more_than_half_of_the_insert_below_20(library, low, character, fate):
    quality = character * low + "F" * (20 - low) + "!" * len(ADAPTER)
    assert fate_of(library, (mixed(20) + ADAPTER, quality)) == fate


def test_the_quality_of_random_ends_and_adapter_does_not_count(library):
    read = "ACGT" + mixed(20) + "ACGT" + ADAPTER
    quality = "!!!!" + "F" * 20 + "!" * 25
    assert fate_of(library, (read, quality), protocol="nextflex_v3") == "kept"


@pytest.mark.parametrize("base", "ACGT")
def test_low_complexity_is_four_fifths_of_one_base(library, base):
    others = "ACGT".replace(base, "") * 2
    assert fate_of(library, base * 15 + others[:5] + ADAPTER) == "kept"
    assert fate_of(library, base * 16 + others[:4] + ADAPTER) == "low_complexity"


def test_thresholds_can_be_chosen(library):
    read = (mixed(20) + ADAPTER, "4" * 41)
    assert fate_of(library, read, minimum_quality=19) == "kept"
    assert fate_of(library, read, minimum_quality=0) == "kept"
    assert fate_of(library, read, low_quality_share=1) == "kept"
    assert fate_of(library, mixed(20) + ADAPTER, minimum_length=21) == "too_short"
    assert fate_of(library, mixed(20) + ADAPTER, maximum_length=19) == "too_long"
    assert fate_of(library, mixed(20) + ADAPTER, low_complexity_share=0.3) == "low_complexity"


def test_random_ends_come_off_after_the_adapter(library):
    summary = library(["ACGT" + LET7A + "TTTT" + ADAPTER], protocol="nextflex_v3")
    assert library.inserts() == [(LET7A, 1)]
    assert summary["insert_lengths"] == {"22": 1}


@pytest.mark.parametrize(("random_bases", "fate"), [(8, "adapter_dimer"), (12, "too_short")])
def test_a_dimer_of_a_kit_with_random_ends_is_one(library, random_bases, fate):
    assert fate_of(library, mixed(random_bases) + ADAPTER, protocol="nextflex_v3") == fate


def test_a_poly_a_tail_is_the_adapter_and_three_bases_come_off_in_front(library):
    insert = "TAGCTTATCAGACTGATGTTG"
    library(["GGC" + insert + "A" * 15 + "GATCGGAAGAGC"], protocol="smarter")
    assert library.inserts() == [(insert, 1)]


def test_an_insert_is_counted_with_each_umi_behind_the_adapter(library):
    qiaseq = "AACTGTAGGCACCATCAAT"
    umis = ("ACGTACGTACGT", "TTTTACGTACGT", "TTTTACGTACGT", "ACG", "ACGTACGNACGT")
    library([LET7A + qiaseq + umi for umi in umis], protocol="qiaseq")
    pairs = library.counted.pairs(12)
    assert pairs.inserts.tolist() == [0, 0, 0]
    assert (pairs.words[:, 3] >> np.uint64(8)).tolist() == [2, 1, 2]
    assert pairs.umis.tolist() == [-1, int("00011011" * 3, 2), int("11" * 4 + "00011011" * 2, 2)]


def test_pairs_of_inserts_that_differ_in_length_alone_are_kept_apart(library):
    qiaseq = "AACTGTAGGCACCATCAAT"
    inserts = [MIR21 + "A" * n for n in range(4)]
    umis = ["ACGTACGTACGT", "TTTTACGTACGT", "GGGTACGTACGA"]
    library([insert + qiaseq + umi for umi in umis for insert in inserts], protocol="qiaseq")
    assert library.counted.pairs(12).inserts.tolist() == [n for n in range(4) for _ in umis]


def test_trimmed_reads_are_inserts_as_they_are(library):
    summary = library([LET7A, MIR21, LET7A, "ACG", "", mixed(60)], protocol="trimmed")
    assert summary["adapter"] == ""
    assert summary["adapter_share"] is None
    assert (summary["fates"]["too_short"], summary["fates"]["too_long"]) == (2, 1)
    assert library.inserts() == [(LET7A, 2), (MIR21, 1)]


def test_lower_case_and_rna_letters_are_read_as_dna(library):
    library([(LET7A + ADAPTER).lower(), (LET7A + ADAPTER).replace("T", "U"), LET7A + ADAPTER])
    assert library.inserts() == [(LET7A, 3)]


@pytest.mark.parametrize("letter", "N.RYSWKMBDHVXnry")
def test_an_ambiguous_base_stays_in_the_insert_as_n(library, letter):
    library([LET7A[:5] + letter + LET7A[6:] + ADAPTER] * 2)
    assert library.inserts() == [(LET7A[:5] + "N" + LET7A[6:], 2)]


def test_inserts_that_differ_in_n_only_are_not_confused(library):
    forms = [LET7A, LET7A.replace("A", "N", 1), "N" + LET7A[1:], LET7A[:-1] + "N"]
    library([form + ADAPTER for form in forms])
    assert library.inserts() == [(form, 1) for form in sorted(forms)]


def test_the_file_is_ordered_by_count_and_then_by_sequence(library):
    rng = random.Random(5)
    forms = {"".join(rng.choices("ACGTN", k=rng.randint(15, 50))) for _ in range(3000)}
    forms |= {form[:15] for form in forms} | {form[:-1] + "A" for form in forms}
    counts = {form: rng.choice((1, 1, 2, 3, 255, 256, 300)) for form in sorted(forms)}
    counts = {form: count for form, count in counts.items() if len(form) >= 15}
    reads = [form + ADAPTER for form, count in counts.items() for _ in range(count)]
    rng.shuffle(reads)
    library(reads, low_complexity_share=2)
    assert library.inserts() == sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def test_more_inserts_than_are_spelled_at_once(library):
    number = 2 * SPELLED_AT_ONCE + 7
    inserts = [f"{n:b}".zfill(20).replace("0", "AC").replace("1", "GT") for n in range(number)]
    library([insert + ADAPTER for insert in inserts])
    assert library.inserts() == [(insert, 1) for insert in sorted(inserts)]


def test_the_table_of_inserts_grows(library, monkeypatch):
    monkeypatch.setattr("exosift.inserts.FIRST_SLOTS", 4)
    rng = random.Random(1)
    inserts = Counter("".join(rng.choices("ACGT", k=rng.randint(15, 16))) for _ in range(5000))
    library([insert + ADAPTER for insert in inserts.elements()], low_complexity_share=2)
    assert dict(library.inserts()) == inserts


def test_the_summary_holds_what_quality_needs(library):
    summary = library([(LET7A + ADAPTER, "?" * 22 + ">" * 21), mixed(50), ADAPTER])
    assert summary["sample"] == "s1"
    assert (summary["protocol"], summary["adapter"]) == ("truseq", ADAPTER)
    assert summary["adapter_share"] == pytest.approx(2 / 3)
    assert summary["insert_lengths"] == {"0": 1, "22": 1}
    assert summary["q30_share"] == pytest.approx((22 + 50 + 21) / (43 + 50 + 21))
    assert summary["read_length"] == {"min": 21, "max": 50}
    assert (summary["headers"], summary["reason"]) == ({}, "")


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("chunk", [130, 131, 157, 1000, 4096])
def test_chunk_borders_and_threads_change_nothing(library, monkeypatch, chunk, threads):
    rng = random.Random(7)
    reads = [mixed(rng.randint(0, 60))[rng.randint(0, 5) :] + ADAPTER for _ in range(400)]
    reads = [read[:50] for read in reads]
    whole, written = library(reads), library.inserts()
    monkeypatch.setattr(trimming, "CHUNK", chunk)
    assert library(reads, threads=threads) == whole
    assert library.inserts() == written


def test_equal_reads_in_another_order_make_equal_libraries(library):
    rng = random.Random(3)
    reads = ["".join(rng.choices("ACGT", k=20)) + ADAPTER for _ in range(500)] * 2
    library(reads)
    written = library.inserts()
    rng.shuffle(reads)
    library(reads)
    assert library.inserts() == written


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"error_rate": 0.4}, "21 bases and may have 8 mismatches"),
        ({"maximum_length": 64}, "15 to 64 nt cannot be kept"),
        ({"minimum_length": 60}, "60 to 50 nt cannot be kept"),
    ],
)
def test_what_the_kernel_cannot_do_is_refused(library, options, complaint):
    with pytest.raises(UserError, match=complaint):
        library([LET7A + ADAPTER], **options)


def adapter_place(read, adapter, minimum_overlap, error_rate):
    """Define the place of the adapter as plainly as possible; None if there is none."""
    best = None
    for place in range(len(read) - minimum_overlap + 1):
        overlap = min(len(adapter), len(read) - place)
        pairs = zip(adapter[:overlap], read[place : place + overlap], strict=True)
        errors = sum(a != b for a, b in pairs)
        if errors > overlap * error_rate:
            continue
        score = overlap - 2 * errors
        near = best is not None and place <= best[0] + len(adapter) // 2
        if best is None or (near and score > best[1]):
            best = (place, score)
            if score == len(adapter):
                break
    return None if best is None else best[0]


@pytest.mark.parametrize("seed", range(40))
def test_the_adapter_is_found_where_the_definition_says(library, seed):
    rng = random.Random(seed)
    letters = rng.choice(["AC", "ACGT", "AAAC", "ACGTN"])
    adapter = "".join(rng.choices(letters.replace("N", ""), k=rng.randint(3, 40)))
    error_rate = rng.choice([0, 0.05, 0.1, 0.1, 0.15, 7.5 / 40])
    overlap = rng.choice([3, 8, 8, 12])
    reads = []
    for _ in range(200):
        read = rng.choices(letters, k=rng.randint(0, 60))
        for _ in range(rng.randint(0, 3)):
            read[len(read) // 2 :] = rng.choice([adapter, adapter[: rng.randint(0, 40)]])
        for _ in range(rng.randint(0, 4)):
            if read:
                read[rng.randrange(len(read))] = rng.choice(letters)
        reads.append("".join(read)[: rng.randint(1, 200)])
    places = [
        adapter_place(read, adapter, min(overlap, len(adapter)), error_rate) for read in reads
    ]
    protocol = replace(find_protocol("truseq"), adapter3=adapter)
    options = {**EVERYTHING_KEPT, "error_rate": error_rate, "minimum_overlap": overlap}
    summary = library(reads, protocol=protocol, **options)
    found = [place for place in places if place is not None]
    assert summary["fates"]["no_adapter"] == len(reads) - len(found)
    assert summary["insert_lengths"] == {str(k): n for k, n in sorted(Counter(found).items())}
    inserts = (r[:p] for r, p in zip(reads, places, strict=True) if p is not None)
    assert dict(library.inserts()) == Counter(i for i in inserts if 1 <= len(i) <= 63)


def test_the_other_strand_of_an_insert_is_its_reverse_complement():
    rng = random.Random(1)
    bases = "ACGTN"
    spelled = ["".join(rng.choices(bases, k=rng.randint(15, 63))) for _ in range(500)]
    inserts = UniqueInserts.of([(sequence, 1) for sequence in spelled], load_kernel())
    complement = str.maketrans("ACGTN", "TGCAN")
    turned = [sequence.translate(complement)[::-1] for sequence in spelled]
    assert inserts.other_strand().sequences() == turned
    assert inserts.other_strand().other_strand().words.tolist() == inserts.words.tolist()
