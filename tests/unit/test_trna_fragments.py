"""Fragments of tRNA: named by the boundaries of MINTmap, on real and on odd tRNAs."""

import numpy as np
import pytest
from exosift.trna_fragments import (
    KINDS,
    UNKNOWN,
    Layout,
    find_anticodon,
    kind,
    layouts,
    named_anticodon,
)

# Human, with CCA; the anticodon stands in lower case.
TRNAS = {
    "tRNA-Gly-GCC-2-1": (
        "GCATTGGTGGTTCAGTGGTAGAATTCTCGCCTgccACGCGGGAGGCCCGGGTTCGATTCCCGGCCAATGCACCA"
    ),
    "tRNA-Leu-TAG-3-1": (
        "GGTAGCGTGGCCGAGTGGTCTAAGGCGCTGGATTtagGCTCCAGTCATTTCGATGGCGTGGGTTCGAATCCCACCGCTGCCACCA"
    ),
    "mt-tRNA-Ala-TGC|mtdbD00000534": (
        "AAGGGCTTAGCTTAATTAAAGTGGCTGATTtgcGTTCAGTTGATGCAGAGTGGGGTTTTGCAGTCCTTACCA"
    ),
    "mt-tRNA-Ser1-GCT|mtdbD00000544": (
        "GAGAAAGCTCACAAGAACTgctAACTCATGCCCCCATGTCTAACAACATGGCTTTCTCACCA"
    ),
    "tRNA-His-GTG-1-1": (
        "GGCCGTGATCGTATAGTGGTTAGTACTCTGCGTTgtgGCCGCAGCAACCTCGGTTCGAATCCGAGTCACGGCACCA"
    ),
}


@pytest.mark.parametrize("name", TRNAS)
def test_the_anticodon_is_found_by_its_letters_and_its_stem(name):
    written = TRNAS[name]
    at = next(place for place, letter in enumerate(written) if letter.islower())
    assert find_anticodon(written.upper(), named_anticodon(name)) == at
    assert find_anticodon("A" * 76, "GCC") == find_anticodon("A" * 76) == UNKNOWN


def test_the_anticodon_of_a_common_trna_is_found_without_its_letters():
    assert find_anticodon(TRNAS["tRNA-Gly-GCC-2-1"].upper()) == 32


# n1 n2 A1 A2 A3 n3 n4 are the bases 31 to 37 where the anticodon begins at 33.
@pytest.mark.parametrize(
    ("start", "end", "word"),
    [
        (0, 76, "whole"),
        (0, 74, "whole"),
        (0, 73, "tRF-5"),
        (0, 31, "tRF-5"),
        (0, 32, "5p_half"),
        (0, 35, "5p_half"),
        (0, 36, "tRF-5"),
        (1, 35, "i-tRF"),
        (31, 76, "tRF-3"),
        (32, 76, "3p_half"),
        (35, 74, "3p_half"),
        (36, 76, "tRF-3"),
        (35, 73, "i-tRF"),
        (54, 76, "tRF-3"),
        (54, 75, "tRF-3"),
        (20, 40, "i-tRF"),
    ],
)
def test_fragments_end_where_mintmap_says(start, end, word):
    assert KINDS[int(kind(start, end, 76, 33))] == word
    assert KINDS[int(kind(start, end, 76))] == word  # position 34 is the usual place


def test_a_fragment_of_histidine_begins_with_or_without_its_first_base():
    length = len(TRNAS["tRNA-His-GTG-1-1"])
    (layout,), (body,) = layouts([("tRNA-His-GTG-1-1", TRNAS["tRNA-His-GTG-1-1"].upper())])
    assert layout == Layout(1, length, 34)
    assert body.startswith("GGCCG")
    codes = kind([0, 1, 2], 34, length, layout.anticodon, layout.start)
    assert [KINDS[code] for code in codes] == ["5p_half", "5p_half", "i-tRF"]


def test_on_a_precursor_what_lies_outside_the_trna_is_told():
    starts = np.array([50, 50, 20, 122, 130, 100, 40, 83, 49])
    ends = np.array([84, 122, 50, 140, 150, 130, 60, 122, 84])
    codes = kind(starts, ends, 172, 83, 50, 122)
    assert codes.dtype == np.int8
    assert [KINDS[code] for code in codes] == [
        *("5p_half", "tRF-5", "leader", "tRF-1", "tRF-1", "precursor", "precursor"),
        *("i-tRF", "5p_half"),
    ]


def test_nothing_is_said_where_the_trna_is_not_known():
    assert KINDS[int(kind(0, 30, 172, UNKNOWN, UNKNOWN, UNKNOWN))] == ""


def test_one_call_serves_alignments_to_many_trnas():
    codes = kind([0, 0, 0], [33, 33, 33], [76, 85, 62], [32, 34, 19], [0, 0, 0], [76, 85, 62])
    assert [KINDS[code] for code in codes] == ["5p_half", "5p_half", "tRF-5"]


def test_a_known_trna_is_found_in_a_longer_sequence_and_the_longest_wins():
    body = TRNAS["tRNA-Gly-GCC-2-1"].upper().removesuffix("CCA")
    long = "ACGTT" * 10 + body + "ACGTT" * 10
    found, bodies = layouts([("x", long), ("y", "ACGTT" * 30)], [body, body[:-4]])
    assert found[0] == Layout(50, 50 + len(body), 82)
    assert found[1] == Layout(UNKNOWN, UNKNOWN, UNKNOWN)
    assert bodies == [body, ""]
