"""Whether reads contradict what was declared: wrong kits are refused, right ones never."""

import pytest
from exosift.detection import detect
from exosift.protocol_call import contradiction
from exosift.protocols import layout_in_words
from exosift.simulation.layouts import TRUSEQ_ADAPTER, Layout

from tests.known_kits import (
    DEGRADED,
    DIMERS,
    KITS,
    PROTOCOLS,
    alike,
    random_sequences,
    shape,
)


@pytest.mark.parametrize("kit", KITS)
@pytest.mark.parametrize("options", [{}, {"shares": DIMERS}, {"shares": DEGRADED}])
def test_the_true_protocol_is_never_contradicted(kit, options, simulated_library, matures):
    path = simulated_library(kit, **options)
    for reads in (20, 40, 100, 300, 1000):
        for known in (matures, []):
            call = detect([path], PROTOCOLS, known, reads=reads)
            assert contradiction(PROTOCOLS[kit], call) == ""
            assert call.layout is None or kit in call.kits


def test_untrimmed_reads_declared_as_trimmed_are_refused(simulated_library, matures):
    call = detect([simulated_library("qiaseq")], PROTOCOLS, matures)
    sentence = contradiction(PROTOCOLS["trimmed"], call)
    assert "they are not trimmed, 9" in sentence
    assert "Declare `qiaseq` or `illumina_mirna_prep`, whichever it was, or `auto`." in sentence


@pytest.mark.parametrize(
    ("declared", "kit", "said"),
    [
        ("truseq", "nextflex_v3", "4 bases before the inserts instead of 0"),
        ("nextflex_v4", "nextflex_v3", "4 bases before the inserts instead of 0"),
        ("nextflex_v3", "nextflex_v4", "no base before the inserts instead of 4"),
        ("nextflex_v3", "truseq", "no base before the inserts instead of 4"),
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
    declared, kit, said, simulated_library, matures
):
    call = detect([simulated_library(kit, cycles=76)], PROTOCOLS, matures)
    sentence = contradiction(PROTOCOLS[declared], call)
    assert sentence.startswith(
        f"The protocol was declared as `{declared}` ({layout_in_words(PROTOCOLS[declared])}), but "
        "the reads contradict it: "
    )
    assert said in sentence
    assert call.evidence in sentence
    assert f"`{alike(kit)[0]}`" in sentence


def test_a_umi_that_is_not_there_is_missed(simulated_library, matures):
    layout = Layout("AACTGTAGGCACCATCAAT", after_umi="AGATCGGAAGAGCACACGTCTGAACTCC")
    call = detect([simulated_library(layout, cycles=76)], PROTOCOLS, matures)
    assert shape(call.layout) == ("AACTGTAGGCACCATCAAT", 0, 0, 0)
    assert "no UMI of 12 nt follows the adapter" in contradiction(PROTOCOLS["qiaseq"], call)


def test_a_umi_beyond_the_end_of_the_reads_is_not_missed(simulated_library, matures):
    call = detect([simulated_library("qiaseq", cycles=36)], PROTOCOLS, matures)
    assert call.name == "qiaseq"
    assert contradiction(PROTOCOLS["qiaseq"], call) == ""


def test_reads_cut_for_their_quality_alone_are_not_called_trimmed(as_fastq):
    """Raw reads of long RNA: their lengths vary, and few of them reach the adapter."""
    long = random_sequences(2000, 36, 51)
    few = [f"{insert}{TRUSEQ_ADAPTER}"[:51] for insert in random_sequences(80, 20, 35)]
    call = detect([as_fastq([*long, *few])], PROTOCOLS, [])
    assert call.trimmed
    assert contradiction(PROTOCOLS["truseq"], call) == ""
