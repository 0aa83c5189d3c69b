"""What the first reads of a library tell about how it was made; the simulator knows the truth."""

import json
import random
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from exosift.detection import detect
from exosift.protocol_call import contradiction
from exosift.simulation.layouts import TRUSEQ_ADAPTER, Layout
from exosift.simulation.library import DIMER, SHORT

from tests.known_kits import (
    DEGRADED,
    DIMERS,
    KITS,
    PROTOCOLS,
    TRUSEQ_LIKE,
    alike,
    contradicted,
    random_sequences,
    sequences,
    shape,
    trimmed,
)

NOVEL = "CTGACTGGCATTACGCAGTA"
ONLY_DIMERS = {DIMER: 0.95, SHORT: 0.0}


@pytest.mark.parametrize("kit", KITS)
def test_every_kit_is_told_and_its_likes_are_named(kit, simulated_library, matures):
    call = detect([simulated_library(kit)], PROTOCOLS, matures)
    assert call.kits == alike(kit)
    assert call.layout == PROTOCOLS[alike(kit)[0]]
    assert call.confidence == "high"
    assert contradicted(call) == set(PROTOCOLS) - set(alike(kit))


@pytest.mark.parametrize("kit", KITS)
def test_a_kit_is_told_in_a_species_without_known_mirnas(kit, simulated_library):
    call = detect([simulated_library(kit)], PROTOCOLS, [])
    assert call.kits == alike(kit)


@pytest.mark.parametrize(
    ("kit", "options"),
    [
        *((kit, {"cycles": cycles}) for kit in ("truseq", "nextflex_v3") for cycles in (36, 150)),
        *((kit, {"cycles": 150}) for kit in ("qiaseq", "nebnext", "cats")),
        *((kit, {"shares": DIMERS}) for kit in ("truseq", "nextflex_v3", "qiaseq", "smarter")),
        *((kit, {"shares": DEGRADED}) for kit in ("truseq", "nextflex_v3", "qiaseq")),
        *((kit, {"error_rate": 0.005}) for kit in ("truseq", "nextflex_v3")),
        *((kit, {"amplification": 8.0}) for kit in ("nextflex_v3", "qiaseq")),
        *((kit, {"reads": 100}) for kit in ("truseq", "nextflex_v3", "nebnext")),
    ],
)
def test_a_kit_is_told_from_poor_libraries(kit, options, simulated_library, matures):
    call = detect([simulated_library(kit, **options)], PROTOCOLS, matures)
    assert call.kits == alike(kit)


@pytest.mark.parametrize(
    ("layout", "cycles"),
    [
        (Layout(NOVEL), 51),
        (Layout(NOVEL), 150),
        (Layout(NOVEL, random5=4, random3=4), 76),
        (Layout(NOVEL, umi_length=8, after_umi="AGATCGGAAGAGCACACGTCTGAACTCC"), 76),
        (Layout(TRUSEQ_ADAPTER, random5=6, random3=6), 51),
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_a_kit_that_no_table_has_is_found_in_the_reads(
    layout, cycles, known, simulated_library, matures
):
    path = simulated_library(layout, cycles=cycles)
    call = detect([path], PROTOCOLS, matures if known else [])
    assert call.name == "detected"
    assert call.kits == ()
    adapter = call.layout.adapter3
    assert adapter.startswith(layout.adapter3)
    assert shape(call.layout)[1:] == (layout.random5, layout.random3, layout.umi_length)
    assert contradicted(call) == set(PROTOCOLS)


def test_the_end_of_an_unknown_construct_is_not_taken_for_its_adapter(simulated_library, matures):
    """100 reads of dimers, whose only known sequence is the end of every Illumina construct."""
    path = simulated_library(Layout(NOVEL), reads=100, shares=ONLY_DIMERS)
    call = detect([path], PROTOCOLS, matures)
    assert call.layout is None
    assert "ATCTCGTATGCCGTCTTCTGCTTG does not follow different inserts" in call.evidence


def test_trimmed_reads_are_recognised(simulated_library, matures, as_fastq):
    path = as_fastq(trimmed(simulated_library("truseq"), TRUSEQ_ADAPTER))
    for known in (matures, []):
        call = detect([path], PROTOCOLS, known)
        assert (call.name, call.kits, call.confidence) == ("trimmed", ("trimmed",), "high")
        assert contradicted(call) == set(PROTOCOLS) - {"trimmed"}
    assert "seem to be trimmed" in contradiction(PROTOCOLS["truseq"], call)


def test_trimmed_reads_of_which_some_kept_their_adapter_are_recognised(
    simulated_library, matures, as_fastq
):
    whole, cut = (
        sequences(simulated_library("truseq")),
        trimmed(simulated_library("truseq"), TRUSEQ_ADAPTER),
    )
    assert detect([as_fastq([*cut, *whole[:150]])], PROTOCOLS, matures).name == "trimmed"
    call = detect([as_fastq([*cut, *whole[:600]])], PROTOCOLS, matures)
    assert call.layout is None
    assert "their lengths vary as if they were trimmed" in call.evidence
    assert contradicted(call) == {"nextflex_v3"}  # no layout has 4 bases that are not there


def test_random_bases_left_by_trimming_are_seen(simulated_library, matures, as_fastq):
    reads = trimmed(simulated_library("nextflex_v3"), TRUSEQ_ADAPTER, shortest=26)
    call = detect([as_fastq(reads)], PROTOCOLS, matures)
    assert shape(call.layout) == ("", 4, 4, 0)
    assert "4 bases before the inserts instead of 0" in contradiction(PROTOCOLS["trimmed"], call)
    clipped = detect([as_fastq(seq[4:-4] for seq in reads)], PROTOCOLS, matures)
    assert clipped.name == "trimmed"


@pytest.mark.parametrize("blank", ["G" * 76, "N" * 76])
def test_reads_without_a_signal_are_no_adapter(blank, simulated_library, matures, as_fastq):
    reads = sequences(simulated_library("truseq", cycles=76))
    call = detect([as_fastq([*reads[:1000], *[blank] * 3000])], PROTOCOLS, matures)
    assert call.kits == TRUSEQ_LIKE
    assert call.adapter_share == pytest.approx(0.246, abs=0.005)
    assert len(call.adapter_shares) <= 2


def test_an_adapter_that_breaks_off_into_g_is_no_new_adapter(simulated_library, matures, as_fastq):
    rng = random.Random(1)
    reads = [
        (seq[: seq.find(TRUSEQ_ADAPTER[:12]) + rng.randint(0, 14)]).ljust(76, "G")
        for seq in sequences(simulated_library("truseq", cycles=76))
    ]
    assert detect([as_fastq(reads)], PROTOCOLS, matures).kits == TRUSEQ_LIKE


def test_lanes_of_one_kit_are_one_library(simulated_library, matures, as_fastq):
    reads = sequences(simulated_library("nextflex_v3"))
    lanes = [as_fastq(reads[:2000], "1.fastq"), as_fastq(reads[2000:], "2.fastq")]
    call = detect(lanes, PROTOCOLS, matures, reads=1000)
    assert call.name == "nextflex_v3"
    assert call.reads == 1000


def test_lanes_of_two_kits_are_refused_whatever_was_declared(simulated_library, matures, as_fastq):
    lanes = [
        as_fastq(sequences(simulated_library("truseq")), "a.fastq"),
        as_fastq(sequences(simulated_library("nebnext")), "b.fastq"),
    ]
    call = detect(lanes, PROTOCOLS, matures)
    assert call.layout is None
    said = f"not of one kit: a.fastq shows {TRUSEQ_ADAPTER}, b.fastq shows AGATCGGAAGAGCACACGTCT"
    assert said in call.evidence
    assert contradicted(call) == set(PROTOCOLS)
    assert said in contradiction(PROTOCOLS["truseq"], call)


def test_two_kits_in_one_file_are_not_guessed(simulated_library, matures, as_fastq):
    def mixed(one, other):
        pairs = zip(
            sequences(simulated_library(one)), sequences(simulated_library(other)), strict=True
        )
        return detect([as_fastq(seq for pair in pairs for seq in pair)], PROTOCOLS, matures)

    assert "this may be a mixture of kits" in mixed("truseq", "nebnext").evidence
    call = mixed("truseq", "nextflex_v3")
    assert call.layout is None
    assert "Known miRNAs do not agree on where inserts begin" in call.evidence


def test_inserts_that_never_repeat_leave_the_layout_open(as_fastq):
    """Pure random inserts: nothing distinguishes four random bases from an insert's own."""
    reads = [f"{insert}{TRUSEQ_ADAPTER}AACTCC" for insert in random_sequences(3000, 15, 35)]
    call = detect([as_fastq(reads)], PROTOCOLS, [])
    assert (call.layout, call.confidence) == (None, "none")
    assert call.evidence.startswith("The reads do not tell these apart: truseq: insert + TGGAATTC")
    assert contradicted(call) == set(PROTOCOLS) - {*TRUSEQ_LIKE, "nextflex_v3"}


@pytest.mark.parametrize(("random_bases", "kit"), [(0, "truseq"), (8, "nextflex_v3")])
def test_pure_dimers_tell_how_many_bases_stand_between_adapters(random_bases, kit, as_fastq):
    heads = random_sequences(500, random_bases, random_bases)
    call = detect(
        [as_fastq(f"{head}{TRUSEQ_ADAPTER}AACTCCAGTCAC" for head in heads)], PROTOCOLS, []
    )
    assert (call.name, call.confidence) == (kit, "medium")


def test_reads_of_something_else_are_unknown_and_contradict_nothing(as_fastq, matures):
    call = detect([as_fastq(random_sequences(2000, 50, 50))], PROTOCOLS, matures)
    assert call.layout is None
    assert call.evidence.startswith("No adapter was found")
    assert contradicted(call) == set()


@pytest.mark.parametrize(
    ("reads", "said"),
    [
        ([], "holds no reads|0 bytes"),
        (["ACGT" * 10] * 19, "Only 19 reads are there; 20 are needed"),
        ([""] * 100, "No adapter was found"),
        (["ACG"] * 100, "No adapter was found"),
        (["A" * 50] * 100, ""),
        (["TAGCTTATCAGACTGATGTTGA"] * 100, ""),
    ],
)
def test_odd_libraries_raise_nothing(reads, said, as_fastq, matures):
    call = detect([as_fastq(reads)], PROTOCOLS, matures)
    assert re.search(said, call.evidence)
    for protocol in PROTOCOLS.values():
        assert isinstance(contradiction(protocol, call), str)


def test_files_that_are_missing_or_none_raise_nothing(tmp_path, matures):
    call = detect([tmp_path / "none.fastq"], PROTOCOLS, matures)
    assert call.damage == call.evidence
    assert "none.fastq: the file cannot be read" in call.damage
    assert detect([], PROTOCOLS, matures).evidence.startswith("Only 0 reads")


def test_a_damaged_file_is_judged_by_what_stands_before_the_damage(
    simulated_library, matures, tmp_path
):
    whole = simulated_library("truseq").read_bytes()
    path = tmp_path / "cut.fastq.gz"
    path.write_bytes(whole[: len(whole) // 2])
    call = detect([path], PROTOCOLS, matures)
    assert call.kits == TRUSEQ_LIKE
    assert call.reads < 4000
    assert "is cut off" in call.damage


def test_bases_may_be_lower_case_unread_or_end_with_carriage_return(
    simulated_library, matures, tmp_path
):
    reads = ["N" + seq[1:].lower() for seq in sequences(simulated_library("nextflex_v3"))]
    path = tmp_path / "odd.fastq"
    text = "".join(f"@r\r\n{seq}\r\n+\r\n{'I' * len(seq)}\r\n" for seq in reads)
    path.write_bytes(text.encode())
    assert detect([path], PROTOCOLS, matures).name == "nextflex_v3"


def test_a_row_of_ones_own_takes_part(simulated_library, matures, as_fastq):
    own = replace(PROTOCOLS["truseq"], name="house", clip5=1)
    short = replace(PROTOCOLS["truseq"], name="short", adapter3="TGGAATTC")
    table = {**PROTOCOLS, "house": own, "short": short}
    reads = ["A" + seq for seq in sequences(simulated_library("truseq"))]
    call = detect([as_fastq(reads)], table, matures)
    assert call.kits == ("house",)
    assert "1 base before the inserts instead of 0" in contradiction(short, call)
    plain = detect([simulated_library("truseq")], table, matures)
    assert plain.kits == (*TRUSEQ_LIKE, "short")


def test_a_call_can_be_written_as_json(simulated_library, matures):
    told = detect([simulated_library("nextflex_v3")], PROTOCOLS, matures).told()
    assert json.loads(json.dumps(told)) == told
    assert told["called"] == "nextflex_v3"
    assert told["layout"] == "4 bases + insert + 4 bases + TGGAATTCTCGGGTGCCAAGG"
    assert told["kits"] == ["nextflex_v3"]
    assert (told["clip5"], told["clip3"], told["reads"]) == (4, 4, 4000)
    assert 0.95 < told["adapter_share"] < 1
    assert told["evidence"].startswith("TGGAATTCTCGGGTGCCAAGG is in 9")


def test_the_same_reads_give_the_same_call(simulated_library, matures):
    path = simulated_library("qiaseq")
    assert detect([path], PROTOCOLS, matures) == detect([path], PROTOCOLS, matures)


def test_detection_needs_no_slow_imports():
    code = "import sys, exosift.detection; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()
    assert not {"pandas", "scipy", "numba", "exosift.simulation"} & set(loaded)


REAL = {
    "plasma_truseq/RNA014937_S1.fastq.gz": "truseq",
    "plasma_truseq/RNA014938_S2.fastq.gz": "truseq",
    "plasma_truseq/RNA014939_S3.fastq.gz": "truseq",
    **{f"circulating_nextflex4n/sample{n:02}.fastq.gz": "nextflex_v3" for n in range(1, 10)},
    **{f"circulating_nextflex4n/Sample{n}.fastq.gz": "nextflex_v3" for n in (10, 11, 12)},
    "kits/GSE106303_QIAseq_SRR6233839.fastq.gz": "qiaseq",
    "kits/GSE122068_NEXTflex_SRR8144939.fastq.gz": "nextflex_v3",
    "qc/sample1.fastq.gz": "truseq",
    "qc/QiaSeq_data.fastq.gz": "qiaseq",  # of mouse
}


@pytest.mark.parametrize("name", REAL)
def test_real_libraries_are_told(name, shared_data, matures):
    kit = REAL[name]
    for known in (matures, []):
        call = detect([shared_data / "fastq" / name], PROTOCOLS, known)
        assert call.kits == alike(kit)
        assert contradicted(call) == set(PROTOCOLS) - set(alike(kit))
