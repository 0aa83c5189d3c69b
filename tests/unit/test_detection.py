"""What the first reads of a library tell about how it was made; the simulator knows the truth."""

import gzip
import json
import random
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from exosift.adapters import families, foreshadowed, random_behind, sight
from exosift.detection import contradiction, detect
from exosift.first_reads import as_numbers
from exosift.insert_ends import find_mirnas
from exosift.protocols import SHIPPED, layout_in_words, read_protocols
from exosift.simulation.expression import random_weights
from exosift.simulation.layouts import LAYOUTS, NOVASEQ, TRUSEQ_ADAPTER, Layout
from exosift.simulation.library import DIMER, NO_ADAPTER, PLASMA, SHORT, simulate_library
from exosift.simulation.sources import UNKNOWN, References, load_sources, stream

PROTOCOLS = read_protocols(SHIPPED)
RESOURCES = SHIPPED.parent
KITS = [kit for kit in LAYOUTS if kit in PROTOCOLS and kit != "trimmed"]
TRUSEQ_LIKE = ("truseq", "nextflex_v4", "cleantag", "lexogen")
ALIKE = {
    **dict.fromkeys(TRUSEQ_LIKE, TRUSEQ_LIKE),
    "qiaseq": ("qiaseq", "illumina_mirna_prep"),
    **dict.fromkeys(("smarter", "cats"), ("smarter", "cats")),
}
DIMERS = {**{name: share / 5 for name, share in PLASMA.items()}, DIMER: 0.8}
DEGRADED = {DIMER: 0.1, SHORT: 0.15, NO_ADAPTER: 0.05, "rRNA": 0.3, "tRNA": 0.1, UNKNOWN: 0.28}
NOVEL = "CTGACTGGCATTACGCAGTA"


@pytest.fixture(scope="module")
def sources():
    return load_sources(References.shipped(RESOURCES))


@pytest.fixture(scope="module")
def matures(sources):
    return sources.sequences


@pytest.fixture(scope="module")
def library(sources, tmp_path_factory):
    """Simulate the reads of a library, once for each kind of it."""
    folder = tmp_path_factory.mktemp("libraries")
    made = {}

    def simulate(layout, *, reads=4000, cycles=51, **options):
        key = (layout, reads, cycles, repr(options))
        if key not in made:
            rng = stream(5, repr(key))
            path = folder / f"{len(made)}.fastq.gz"
            simulate_library(
                path,
                sources=sources,
                layout=LAYOUTS.get(layout, layout),
                weights=random_weights(sources, rng),
                reads=reads,
                rng=rng,
                run=replace(NOVASEQ, read_length=cycles),
                **options,
            )
            made[key] = path
        return made[key]

    return simulate


@pytest.fixture
def fastq(tmp_path):
    """Write sequences as a FASTQ file."""

    def write(sequences, name="reads.fastq"):
        path = tmp_path / name
        records = (f"@{n}\n{seq}\n+\n{'I' * len(seq)}\n" for n, seq in enumerate(sequences))
        path.write_text("".join(records))
        return path

    return write


def sequences(path):
    return gzip.decompress(path.read_bytes()).decode().split("\n")[1::4]


def trimmed(path, adapter, shortest=18):
    ends = ((seq, seq.find(adapter[:12])) for seq in sequences(path))
    return [seq[:end] for seq, end in ends if end >= shortest]


def random_sequences(number, shortest, longest, seed=1):
    rng = random.Random(seed)
    return ["".join(rng.choices("ACGT", k=rng.randint(shortest, longest))) for _ in range(number)]


def contradicted(call):
    return {name for name, protocol in PROTOCOLS.items() if contradiction(protocol, call)}


def truth(kit):
    return ALIKE.get(kit, (kit,))


def shape(layout):
    return (layout.adapter3, layout.clip5, layout.clip3, layout.umi_length)


@pytest.mark.parametrize("kit", KITS)
def test_every_kit_is_told_and_its_likes_are_named(kit, library, matures):
    call = detect([library(kit)], PROTOCOLS, matures)
    assert call.kits == truth(kit)
    assert call.layout == PROTOCOLS[truth(kit)[0]]
    assert call.confidence == "high"
    assert contradicted(call) == set(PROTOCOLS) - set(truth(kit))


@pytest.mark.parametrize("kit", KITS)
def test_a_kit_is_told_in_a_species_without_known_mirnas(kit, library):
    call = detect([library(kit)], PROTOCOLS, [])
    assert call.kits == truth(kit)


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
def test_a_kit_is_told_from_poor_libraries(kit, options, library, matures):
    call = detect([library(kit, **options)], PROTOCOLS, matures)
    assert call.kits == truth(kit)


@pytest.mark.parametrize("kit", KITS)
@pytest.mark.parametrize("options", [{}, {"shares": DIMERS}, {"shares": DEGRADED}])
def test_the_true_protocol_is_never_contradicted(kit, options, library, matures):
    path = library(kit, **options)
    for reads in (20, 40, 100, 300, 1000):
        for known in (matures, []):
            call = detect([path], PROTOCOLS, known, reads=reads)
            assert contradiction(PROTOCOLS[kit], call) == ""
            assert call.layout is None or kit in call.kits


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
def test_a_kit_that_no_table_has_is_found_in_the_reads(layout, cycles, known, library, matures):
    path = library(layout, cycles=cycles)
    call = detect([path], PROTOCOLS, matures if known else [])
    assert call.name == "detected"
    assert call.kits == ()
    adapter = call.layout.adapter3
    assert adapter.startswith(layout.adapter3)
    assert shape(call.layout)[1:] == (layout.random5, layout.random3, layout.umi_length)
    assert contradicted(call) == set(PROTOCOLS)


def test_the_end_of_an_unknown_construct_is_not_taken_for_its_adapter(library, matures):
    """100 reads of dimers, whose only known sequence is the end of every Illumina construct."""
    path = library(Layout(NOVEL), reads=100, shares={**DIMERS, DIMER: 0.9, "tRNA": 0.0})
    call = detect([path], PROTOCOLS, matures)
    assert call.layout is None
    assert "ATCTCGTATGCCGTCTTCTGCTTG does not follow different inserts" in call.evidence


def test_trimmed_reads_are_recognised(library, matures, fastq):
    path = fastq(trimmed(library("truseq"), TRUSEQ_ADAPTER))
    for known in (matures, []):
        call = detect([path], PROTOCOLS, known)
        assert (call.name, call.kits, call.confidence) == ("trimmed", ("trimmed",), "high")
        assert contradicted(call) == set(PROTOCOLS) - {"trimmed"}
    assert "seem to be trimmed" in contradiction(PROTOCOLS["truseq"], call)


def test_trimmed_reads_of_which_some_kept_their_adapter_are_recognised(library, matures, fastq):
    whole, cut = sequences(library("truseq")), trimmed(library("truseq"), TRUSEQ_ADAPTER)
    assert detect([fastq([*cut, *whole[:150]])], PROTOCOLS, matures).name == "trimmed"
    call = detect([fastq([*cut, *whole[:600]])], PROTOCOLS, matures)
    assert call.layout is None
    assert "their lengths vary as if they were trimmed" in call.evidence
    assert contradicted(call) == {"nextflex_v3"}  # no layout has 4 bases that are not there


def test_random_bases_left_by_trimming_are_seen(library, matures, fastq):
    reads = trimmed(library("nextflex_v3"), TRUSEQ_ADAPTER, shortest=26)
    call = detect([fastq(reads)], PROTOCOLS, matures)
    assert shape(call.layout) == ("", 4, 4, 0)
    assert "4 bases instead of 0" in contradiction(PROTOCOLS["trimmed"], call)
    clipped = detect([fastq(seq[4:-4] for seq in reads)], PROTOCOLS, matures)
    assert clipped.name == "trimmed"


def test_untrimmed_reads_declared_as_trimmed_are_refused(library, matures):
    call = detect([library("qiaseq")], PROTOCOLS, matures)
    sentence = contradiction(PROTOCOLS["trimmed"], call)
    assert "they are not trimmed, 9" in sentence
    assert "Declare `qiaseq` or `illumina_mirna_prep`, whichever it was, or `auto`." in sentence


@pytest.mark.parametrize(
    ("declared", "kit", "said"),
    [
        ("truseq", "nextflex_v3", "before the inserts stand 4 bases instead of 0"),
        ("nextflex_v4", "nextflex_v3", "before the inserts stand 4 bases instead of 0"),
        ("nextflex_v3", "nextflex_v4", "before the inserts stand 0 bases instead of 4"),
        ("nextflex_v3", "truseq", "before the inserts stand 0 bases instead of 4"),
        ("nebnext", "truseq", "AGATCGGAAGAGCACACGTCT first in only 0.0%"),
        ("truseq", "nebnext", "TGGAATTCTCGGGTGCCAAGG first in only 0.0%"),
        ("truseq", "qiaseq", "they show AACTGTAGGCACCATCAAT"),
        ("nebnext", "qiaseq", "they show AACTGTAGGCACCATCAAT"),
        ("nebnext", "smarter", "they show AAAAAAAAAA"),
        ("cats", "nebnext", "they show AGATCGGAAGAGCACACGTCT"),
        ("illumina_v1.5", "truseq", "they show TGGAATTCTCGGGTGCCAAGG"),
        ("illumina_v1.5", "illumina_v1.0", "they show TCGTATGCCGTCTTCTGCTTG"),
    ],
)
def test_a_wrong_protocol_is_refused_with_what_was_declared_and_seen(
    declared, kit, said, library, matures
):
    call = detect([library(kit, cycles=76)], PROTOCOLS, matures)
    sentence = contradiction(PROTOCOLS[declared], call)
    assert sentence.startswith(
        f"The protocol was declared as `{declared}` ({layout_in_words(PROTOCOLS[declared])}), but "
        "the reads contradict it: "
    )
    assert said in sentence
    assert call.evidence in sentence
    assert f"`{truth(kit)[0]}`" in sentence


def test_a_umi_that_is_not_there_is_missed(library, matures):
    layout = Layout("AACTGTAGGCACCATCAAT", after_umi="AGATCGGAAGAGCACACGTCTGAACTCC")
    call = detect([library(layout, cycles=76)], PROTOCOLS, matures)
    assert shape(call.layout) == ("AACTGTAGGCACCATCAAT", 0, 0, 0)
    assert "no UMI of 12 nt follows the adapter" in contradiction(PROTOCOLS["qiaseq"], call)


def test_a_umi_beyond_the_end_of_the_reads_is_not_missed(library, matures):
    call = detect([library("qiaseq", cycles=36)], PROTOCOLS, matures)
    assert call.name == "qiaseq"
    assert contradiction(PROTOCOLS["qiaseq"], call) == ""


@pytest.mark.parametrize("blank", ["G" * 76, "N" * 76])
def test_reads_without_a_signal_are_no_adapter(blank, library, matures, fastq):
    reads = sequences(library("truseq", cycles=76))
    call = detect([fastq([*reads[:1000], *[blank] * 3000])], PROTOCOLS, matures)
    assert call.kits == TRUSEQ_LIKE
    assert call.adapter_share == pytest.approx(0.246, abs=0.005)
    assert len(call.adapter_shares) <= 2


def test_an_adapter_that_breaks_off_into_g_is_no_new_adapter(library, matures, fastq):
    rng = random.Random(1)
    reads = [
        (seq[: seq.find(TRUSEQ_ADAPTER[:12]) + rng.randint(0, 14)]).ljust(76, "G")
        for seq in sequences(library("truseq", cycles=76))
    ]
    assert detect([fastq(reads)], PROTOCOLS, matures).kits == TRUSEQ_LIKE


def test_lanes_of_one_kit_are_one_library(library, matures, fastq):
    reads = sequences(library("nextflex_v3"))
    lanes = [fastq(reads[:2000], "1.fastq"), fastq(reads[2000:], "2.fastq")]
    call = detect(lanes, PROTOCOLS, matures, reads=1000)
    assert call.name == "nextflex_v3"
    assert call.reads == 1000


def test_lanes_of_two_kits_are_refused_whatever_was_declared(library, matures, fastq):
    lanes = [
        fastq(sequences(library("truseq")), "a.fastq"),
        fastq(sequences(library("nebnext")), "b.fastq"),
    ]
    call = detect(lanes, PROTOCOLS, matures)
    assert call.layout is None
    said = f"not of one kit: a.fastq shows {TRUSEQ_ADAPTER}, b.fastq shows AGATCGGAAGAGCACACGTCT"
    assert said in call.evidence
    assert contradicted(call) == set(PROTOCOLS)
    assert said in contradiction(PROTOCOLS["truseq"], call)


def test_two_kits_in_one_file_are_not_guessed(library, matures, fastq):
    def mixed(one, other):
        pairs = zip(sequences(library(one)), sequences(library(other)), strict=True)
        return detect([fastq(seq for pair in pairs for seq in pair)], PROTOCOLS, matures)

    assert "this may be a mixture of kits" in mixed("truseq", "nebnext").evidence
    call = mixed("truseq", "nextflex_v3")
    assert call.layout is None
    assert "Known miRNAs do not agree on where inserts begin" in call.evidence


def test_inserts_that_never_repeat_leave_the_layout_open(fastq):
    """Pure random inserts: nothing distinguishes four random bases from an insert's own."""
    reads = [f"{insert}{TRUSEQ_ADAPTER}AACTCC" for insert in random_sequences(3000, 15, 35)]
    call = detect([fastq(reads)], PROTOCOLS, [])
    assert (call.layout, call.confidence) == (None, "none")
    assert call.evidence.startswith("The reads do not tell these apart: truseq: insert + TGGAATTC")
    assert contradicted(call) == set(PROTOCOLS) - {*TRUSEQ_LIKE, "nextflex_v3"}


@pytest.mark.parametrize(("random_bases", "kit"), [(0, "truseq"), (8, "nextflex_v3")])
def test_pure_dimers_tell_how_many_bases_stand_between_adapters(random_bases, kit, fastq):
    heads = random_sequences(500, random_bases, random_bases)
    call = detect([fastq(f"{head}{TRUSEQ_ADAPTER}AACTCCAGTCAC" for head in heads)], PROTOCOLS, [])
    assert (call.name, call.confidence) == (kit, "medium")


def test_reads_of_something_else_are_unknown_and_contradict_nothing(fastq, matures):
    call = detect([fastq(random_sequences(2000, 50, 50))], PROTOCOLS, matures)
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
def test_odd_libraries_raise_nothing(reads, said, fastq, matures):
    import re

    call = detect([fastq(reads)], PROTOCOLS, matures)
    assert re.search(said, call.evidence)
    for protocol in PROTOCOLS.values():
        assert isinstance(contradiction(protocol, call), str)


def test_files_that_are_missing_or_none_raise_nothing(tmp_path, matures):
    call = detect([tmp_path / "none.fastq"], PROTOCOLS, matures)
    assert call.damage == call.evidence
    assert "none.fastq: the file cannot be read" in call.damage
    assert detect([], PROTOCOLS, matures).evidence.startswith("Only 0 reads")


def test_a_damaged_file_is_judged_by_what_stands_before_the_damage(library, matures, tmp_path):
    whole = library("truseq").read_bytes()
    path = tmp_path / "cut.fastq.gz"
    path.write_bytes(whole[: len(whole) // 2])
    call = detect([path], PROTOCOLS, matures)
    assert call.kits == TRUSEQ_LIKE
    assert call.reads < 4000
    assert "is cut off" in call.damage


def test_bases_may_be_lower_case_unread_or_end_with_carriage_return(library, matures, tmp_path):
    reads = ["N" + seq[1:].lower() for seq in sequences(library("nextflex_v3"))]
    path = tmp_path / "odd.fastq"
    text = "".join(f"@r\r\n{seq}\r\n+\r\n{'I' * len(seq)}\r\n" for seq in reads)
    path.write_bytes(text.encode())
    assert detect([path], PROTOCOLS, matures).name == "nextflex_v3"


def test_a_row_of_ones_own_takes_part(library, matures, fastq):
    own = replace(PROTOCOLS["truseq"], name="house", clip5=1)
    short = replace(PROTOCOLS["truseq"], name="short", adapter3="TGGAATTC")
    table = {**PROTOCOLS, "house": own, "short": short}
    reads = ["A" + seq for seq in sequences(library("truseq"))]
    call = detect([fastq(reads)], table, matures)
    assert call.kits == ("house",)
    assert "before the inserts stand 1 bases instead of 0" in contradiction(short, call)
    plain = detect([library("truseq")], table, matures)
    assert plain.kits == (*TRUSEQ_LIKE, "short")


def test_a_call_can_be_written_as_json(library, matures):
    told = detect([library("nextflex_v3")], PROTOCOLS, matures).told()
    assert json.loads(json.dumps(told)) == told
    assert told["called"] == "nextflex_v3"
    assert told["layout"] == "4 bases + insert + 4 bases + TGGAATTCTCGGGTGCCAAGG"
    assert told["kits"] == ["nextflex_v3"]
    assert (told["clip5"], told["clip3"], told["reads"]) == (4, 4, 4000)
    assert 0.95 < told["adapter_share"] < 1
    assert told["evidence"].startswith("TGGAATTCTCGGGTGCCAAGG is in 9")


def test_the_same_reads_give_the_same_call(library, matures):
    path = library("qiaseq")
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
        assert call.kits == truth(kit)
        assert contradicted(call) == set(PROTOCOLS) - set(truth(kit))


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
    assert all(one == other for one, other in pairwise(np.diff(reads.lane)))
