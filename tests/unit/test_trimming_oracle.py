"""Trimming against cutadapt, read by read where it can be, on simulated and on real libraries.

The command is that of the issue: `cutadapt -a ADAPTER -e 0.1 -O 8 --no-indels --discard-untrimmed`
with the length rules 15 to 50, and random ends in a second pass. cutadapt knows no rules of quality
and complexity, so they are switched off where the inserts are compared; the fates are compared with
them on. Every cause of a difference has a test with its name.
"""

import random
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pytest
from exosift.protocols import SHIPPED, find_protocol, read_protocols
from exosift.trimming import trim

from tests.reading import unique_inserts

pytest.importorskip("cutadapt")

KITS = [name for name, protocol in read_protocols(SHIPPED).items() if protocol.adapter3]
REAL = {
    "plasma_truseq/RNA014937_S1": "truseq",
    "plasma_truseq/RNA014938_S2": "truseq",
    "plasma_truseq/RNA014939_S3": "truseq",
    "qc/sample1": "truseq",
    "qc/QiaSeq_data": "qiaseq",
    "kits/GSE106303_QIAseq_SRR6233839": "qiaseq",
    "kits/GSE122068_NEXTflex_SRR8144939": "nextflex_v3",
    **{f"circulating_nextflex4n/sample{n:02d}": "nextflex_v3" for n in range(1, 10)},
    **{f"circulating_nextflex4n/Sample{n}": "nextflex_v3" for n in (10, 11, 12)},
}
AFTER_ADAPTER = "AACTCCAGTCACATCACGATCTCGTATGCCGTCTTCTGCTTGAAAAAAAAAAAGGGGGGGGGGGGGGGGGGGG"


@dataclass(frozen=True)
class Trimmed:
    """What remains of a library: inserts of 15 to 50 nt, and the lengths of all of them."""

    kept: Counter
    lengths: Counter

    def fates(self, reads):
        """Say what became of the reads, by the rules of length alone."""
        told = Counter({"no_adapter": reads - self.lengths.total()})
        for length, count in self.lengths.items():
            fate = "kept" if length <= 50 else "too_long"
            if length < 15:
                fate = "adapter_dimer" if length < 4 else "too_short"
            told[fate] += count
        return {fate: count for fate, count in told.items() if count}


def cutadapt(*options, text=None):
    command = [sys.executable, "-m", "cutadapt", "--quiet", *options]
    return subprocess.run(command, input=text, stdout=subprocess.PIPE, check=True).stdout


def with_cutadapt(fastq, protocol):
    options = ["-e", "0.1", "-O", "8", "--no-indels", "--discard-untrimmed"]
    text = cutadapt("-a", protocol.adapter3, *options, str(fastq))
    ends = [f"--cut={n}" for n in (protocol.clip5, -protocol.clip3) if n]
    if ends:
        text = cutadapt(*ends, "-", text=text)
    everything = Counter(text.decode().split("\n")[1::4])
    lengths = Counter()
    for insert, count in everything.items():
        lengths[len(insert)] += count
    text = cutadapt("-m", "15", "-M", "50", "-", text=text)
    return Trimmed(Counter(text.decode().split("\n")[1::4]), lengths)


def with_exosift(fastq, protocol, **options):
    summary, inserts = trim([fastq], protocol, sample="oracle", **options)
    assert summary["status"] == "ok", summary["reason"]
    lengths = Counter({int(length): n for length, n in summary["insert_lengths"].items()})
    return summary, Trimmed(Counter(dict(unique_inserts(inserts))), lengths)


def compare(fastq, protocol):
    """Hold both against each other; give the number of reads whose fate or insert differs."""
    theirs = with_cutadapt(fastq, protocol)
    off = {"low_quality_share": 1, "low_complexity_share": 2}
    summary, ours = with_exosift(fastq, protocol, **off)
    reads = summary["reads_in"]
    assert {fate: n for fate, n in summary["fates"].items() if n} == theirs.fates(reads)
    assert ours.lengths == theirs.lengths
    told, _ = with_exosift(fastq, protocol)
    fates = told["fates"]
    fates["kept"] += fates.pop("low_quality") + fates.pop("low_complexity")
    assert {fate: n for fate, n in fates.items() if n} == theirs.fates(reads)
    return ((ours.kept - theirs.kept) + (theirs.kept - ours.kept)).total()


@pytest.mark.parametrize("name", REAL)
def test_real_libraries(shared_data, name):
    fastq = shared_data / "fastq" / f"{name}.fastq.gz"
    assert compare(fastq, find_protocol(REAL[name])) == 0


def simulated_reads(protocol, length, number, seed):
    """Make reads as a kit makes them, and as it should not: damaged, doubled, at the border."""
    rng = np.random.default_rng(seed)
    adapter = protocol.adapter3

    def bases(count):
        return "".join(np.array(list("ACGT"))[rng.integers(0, 4, count)])

    parents = [bases(40) for _ in range(30)]
    for _ in range(number):
        kind = rng.choice(7, p=[0.5, 0.1, 0.1, 0.1, 0.05, 0.05, 0.1])
        insert = parents[rng.integers(0, 30)][: rng.integers(14, 34)]
        if kind == 1:
            insert = bases(rng.integers(0, 8))  # dimers
        elif kind == 2:
            insert = bases(rng.integers(max(length - 24, 0), length + 1))  # partial adapters
        elif kind == 3:
            insert += adapter[: rng.integers(5, len(adapter) + 1)] + bases(rng.integers(0, 12))
        elif kind == 4:
            insert += adapter + bases(rng.integers(0, 12))  # two whole adapters
        elif kind == 5:
            insert = bases(length)
        ends = bases(protocol.clip5), bases(protocol.clip3)
        umi = bases(protocol.umi_length)
        read = ends[0] + insert + ends[1] + adapter * (4 if protocol.poly_a else 1) + umi
        read = np.array(list((read + AFTER_ADAPTER + bases(length))[:length]))
        rate = rng.choice([0.001, 0.03, 0.1])
        wrong = rng.random(length) < rate
        read[wrong] = np.array(list("ACGTN"))[rng.integers(0, 5, wrong.sum())]
        yield "".join(read), "".join(rng.choice(list("F:,#"), length, p=[0.9, 0.05, 0.03, 0.02]))


@pytest.mark.parametrize("protocol", KITS)
def test_simulated_libraries(tmp_path, protocol):
    kit = find_protocol(protocol)
    fastq = tmp_path / "reads.fastq"
    with fastq.open("w") as out:
        for length in (36, 50, 51, 64, 76, 101, 150):
            for read, quality in simulated_reads(kit, length, 1000, seed=length):
                out.write(f"@r\n{read}\n+\n{quality}\n")
    assert compare(fastq, kit) == 0


WITH_TAIL = [kit for kit in KITS if find_protocol(kit).poly_a]
WITH_ADAPTER = [kit for kit in KITS if kit not in WITH_TAIL]


@pytest.mark.parametrize("seed", range(12))
def test_every_read_is_cut_where_cutadapts_adapter_matches(tmp_path, seed):
    ours, theirs = cut_places(tmp_path, seed, WITH_ADAPTER[seed % len(WITH_ADAPTER)])
    assert ours == theirs


@pytest.mark.parametrize("seed", range(12))
def test_among_runs_of_a_the_beginning_of_a_tail_may_differ_in_a_read_of_thousands(tmp_path, seed):
    # Where A stands in the insert too, a tail can begin at several places of nearly equal score.
    ours, theirs = cut_places(tmp_path, seed, WITH_TAIL[seed % len(WITH_TAIL)])
    assert (ours - theirs).total() <= 1


def cut_places(tmp_path, seed, kit):
    """Cut reads that hold pieces of the adapter anywhere; count the inserts by their length."""
    from cutadapt.adapters import BackAdapter

    rng = random.Random(seed)
    adapter = find_protocol(kit).adapter3
    oracle = BackAdapter(adapter, max_errors=0.1, min_overlap=8, indels=False)
    reads = []
    for _ in range(3000):
        read = rng.choices("ACGT", k=rng.randint(0, 70))
        for _ in range(rng.randint(0, 3)):
            place = rng.randint(0, len(read))
            read[place:] = adapter[rng.choice((0, 0, 1)) :] + "".join(rng.choices("ACGT", k=9))
        for _ in range(rng.randint(0, 5)):
            if read:
                read[rng.randrange(len(read))] = rng.choice("ACGTN")
        reads.append("".join(read)[: rng.randint(1, 80)])
    fastq = tmp_path / "reads.fastq"
    fastq.write_text("".join(f"@r\n{read}\n+\n{'F' * len(read)}\n" for read in reads))
    matches = [oracle.match_to(read) for read in reads]
    expected = [r[: m.rstart] for r, m in zip(reads, matches, strict=True) if m]
    rules = {"minimum_length": 1, "maximum_length": 63, "dimer_length": 1}
    off = {"low_quality_share": 1, "low_complexity_share": 2}
    bare = replace(find_protocol(kit), clip5=0, clip3=0, umi_length=0)
    _, ours = with_exosift(fastq, bare, **rules, **off)
    assert ours.kept.total() == sum(n for length, n in ours.lengths.items() if 1 <= length <= 63)
    return ours.lengths, Counter(len(insert) for insert in expected)


LET7A = "TGAGGTAGTAGGTTGTATAGTT"
ADAPTER = find_protocol("truseq").adapter3


def both(tmp_path, *reads):
    fastq = tmp_path / "reads.fastq"
    fastq.write_text("".join(f"@r\n{read}\n+\n{'F' * len(read)}\n" for read in reads))
    protocol = find_protocol("truseq")
    return with_cutadapt(fastq, protocol).kept, with_exosift(fastq, protocol)[1].kept


def test_difference_cutadapt_takes_the_u_of_rna_for_a_mismatch(tmp_path):
    theirs, ours = both(tmp_path, (LET7A + ADAPTER).replace("T", "U"))
    assert theirs == {}
    assert ours == {LET7A: 1}


def test_difference_ambiguous_bases_are_written_as_n(tmp_path):
    theirs, ours = both(tmp_path, "R" + LET7A[1:] + ADAPTER, "." + LET7A[1:] + ADAPTER)
    assert theirs == {"R" + LET7A[1:]: 1, "." + LET7A[1:]: 1}
    assert ours == {"N" + LET7A[1:]: 2}


def test_difference_lower_case_is_written_as_upper_case(tmp_path):
    theirs, ours = both(tmp_path, LET7A.lower() + ADAPTER, LET7A + ADAPTER.lower())
    assert theirs == {LET7A.lower(): 1, LET7A: 1}
    assert ours == {LET7A: 2}
