"""Matching: against rules on three tiny references, and read by read against bowtie."""

import random
import shutil
import subprocess
from collections import defaultdict

import pytest
from exosift.errors import UserError
from exosift.matching import match
from exosift.reference_files import SHIPPED
from exosift.references import read_fasta
from exosift.study import RESOURCES
from exosift.transcriptome import load_transcriptome, write_transcriptome

from tests.unit.transcripts import LET7A, MATURE, SEQUENCES, TRNA, inserts, transcriptome

SMALL = transcriptome()
BOTH = {"miRNA|hsa-let-7a-1", "miRNA|hsa-let-7c"}


def places(*sequences, reference=SMALL, **options):
    """Match inserts; give for each its (reference, start, aligned bases, place of mismatch)."""
    found = match(inserts(*sequences), reference, **options)
    told = [
        (reference.names[transcript], int(start), int(row[2]), int(row[3]))
        for transcript, start, row in zip(found.transcripts, found.starts, found.rows, strict=True)
    ]
    return [told[first:stop] for first, stop in zip(found.first[:-1], found.first[1:], strict=True)]


def test_the_best_stratum_is_kept():
    assert places(MATURE) == [[("miRNA|hsa-let-7a-1", 5, 22, -1)]]


def test_equal_hits_are_all_kept():
    # The first 18 bases of let-7a and let-7c are the same.
    (hits,) = places(MATURE[:18])
    assert {hit[0] for hit in hits} == BOTH


def test_antisense_reads_are_not_aligned():
    reverse = MATURE.translate(str.maketrans("ACGT", "TGCA"))[::-1]
    assert places(reverse) == [[]]


@pytest.mark.parametrize(
    ("insert", "aligned", "mismatch"),
    [
        (MATURE + "ACC", 22, -1),
        ("TGAGGTAGTCGGTTGTATAGTT" + "AC", 22, 9),
        (MATURE + "A", 22, -1),
        (MATURE + "GTT", 22, -1),
        # let-7a ends ...TAGTT|TT, let-7c ...TGGTT|TA: one base and the tail decide.
        (MATURE + "TA", 23, -1),
        ("TGAGGTAGTCGGTTGTATAGTT", 22, 9),
        ("TGAGGTAGTNGGTTGTATAGTT", 22, 9),
    ],
)
def test_a_mismatch_near_the_end_is_a_tail_and_one_in_the_body_stays(insert, aligned, mismatch):
    assert places(insert) == [[("miRNA|hsa-let-7a-1", 5, aligned, mismatch)]]


def test_short_inserts_do_not_lose_their_tail_to_chance():
    assert places(MATURE[:15] + "CCC") == [[]]


def test_without_tails_and_without_mismatches_only_the_template_counts():
    strict = {"mismatches": 0, "longest_tail": 0}
    assert places(MATURE + "A", MATURE, **strict) == [[], [("miRNA|hsa-let-7a-1", 5, 22, -1)]]
    assert places(MATURE + "A", mismatches=0) == [[("miRNA|hsa-let-7a-1", 5, 22, -1)]]


def test_nothing_aligns_across_the_ends_of_transcripts():
    assert places(LET7A[-10:] + "GCATCCGGGT", TRNA[-15:]) == [[], [("tRNA|Gly", 59, 15, -1)]]


def test_nothing_aligns_over_an_unknown_base_of_the_reference():
    reference = transcriptome({"tRNA|Gly": TRNA[:30] + "N" + TRNA[31:]})
    assert places(TRNA[10:42], TRNA[31:55], reference=reference) == [
        [],
        [("tRNA|Gly", 31, 24, -1)],
    ]


def test_a_library_without_inserts_has_no_hits():
    assert places() == []


def test_hits_that_find_no_room_at_once_are_all_found(monkeypatch):
    monkeypatch.setattr("exosift.matching.HITS_AT_ONCE", 1)
    reference = transcriptome({f"tRNA|{n}": TRNA for n in range(5)})
    assert [len(hits) for hits in places(TRNA[:20], MATURE, TRNA[5:40], reference=reference)] == [
        5,
        0,
        5,
    ]


def test_a_larger_index_finds_the_same(monkeypatch):
    wanted = places(MATURE, MATURE[:15], TRNA[3:21], TRNA[-16:])
    for word_bases in (10, 12):
        monkeypatch.setattr("exosift.transcriptome.WORD_BASES", ((word_bases, 1 << 31),))
        found = places(MATURE, MATURE[:15], TRNA[3:21], TRNA[-16:], reference=transcriptome())
        assert found == wanted


def test_more_bases_than_can_be_numbered_are_refused(monkeypatch):
    monkeypatch.setattr("exosift.transcriptome.WORD_BASES", ((8, 100),))
    with pytest.raises(UserError, match="Give large ones as `genome`"):
        transcriptome()


def test_an_index_is_read_back_as_it_was_written(tmp_path):
    write_transcriptome(SMALL, tmp_path / "index")
    write_transcriptome(SMALL, tmp_path / "index")
    read = load_transcriptome(tmp_path / "index")
    assert places(MATURE, TRNA[:30], reference=read) == places(MATURE, TRNA[:30])
    assert [path.name for path in tmp_path.iterdir()] == ["index"]
    (tmp_path / "index" / "places.npy").write_bytes(b"")
    with pytest.raises(UserError, match="no whole index"):
        load_transcriptome(tmp_path / "index")


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    """All shipped hairpins and tRNAs, as sequences, as our index and as bowtie's."""
    folder = tmp_path_factory.mktemp("index")
    sequences = {
        f"{rna}|{n}": sequence
        for rna in ("miRNA", "tRNA", "rRNA")
        for n, (_, sequence) in enumerate(read_fasta(RESOURCES / SHIPPED[rna]))
    }
    fasta = folder / "all.fa"
    fasta.write_text("".join(f">{name}\n{letters}\n" for name, letters in sequences.items()))
    build = ["bowtie-build", "--quiet", str(fasta), str(folder / "all")]
    subprocess.run(build, check=True)
    return sequences, transcriptome(sequences), folder / "all"


def mutated(rng, sequences, number):
    """Take stretches of the references and change some bases, add some, lose some."""
    parents = list(sequences.values())
    made = set()
    while len(made) < number:
        parent = rng.choice(parents)
        length = rng.randint(15, min(50, len(parent)))
        start = rng.randint(0, len(parent) - length)
        letters = list(parent[start : start + length])
        for _ in range(rng.choice((0, 0, 1, 1, 2, 3))):
            letters[rng.randrange(length)] = rng.choice("ACGTN")
        for place in range(length - rng.choice((0, 0, 1, 2, 3)), length):
            letters[place] = rng.choice("ACGT")
        made.add("".join(letters))
    return sorted(made)


@pytest.mark.skipif(shutil.which("bowtie") is None, reason="bowtie is not installed")
@pytest.mark.parametrize("mismatches", [0, 1])
def test_every_insert_aligns_where_bowtie_aligns_it(shipped, tmp_path, mismatches):
    sequences, reference, index = shipped
    queries = mutated(random.Random(11), sequences, 20_000)
    fasta = tmp_path / "queries.fa"
    fasta.write_text("".join(f">{n}\n{query}\n" for n, query in enumerate(queries)))
    options = ["-v", str(mismatches), "-a", "--best", "--strata", "--norc"]
    options += ["--suppress", "2,5,6,7", "-f", "-x", str(index), str(fasta)]
    said = subprocess.run(["bowtie", *options], capture_output=True, text=True, check=True).stdout
    theirs = defaultdict(set)
    for line in said.splitlines():
        number, name, start, change = f"{line}\t".split("\t")[:4]
        place = int(change.partition(":")[0]) if change else -1
        theirs[int(number)].add((name, int(start), len(queries[int(number)]), place))
    ours = []
    for first in range(0, len(queries), 5000):
        part = queries[first : first + 5000]
        found = match(
            inserts(*part, reads=[1] * len(part)), reference, mismatches=mismatches, longest_tail=0
        )
        for row, start, stop in zip(part, found.first[:-1], found.first[1:], strict=True):
            ours.append(
                {
                    (
                        reference.names[found.transcripts[n]],
                        int(found.starts[n]),
                        len(row),
                        int(place),
                    )
                    for n, place in zip(
                        range(start, stop), found.mismatches[start:stop], strict=True
                    )
                }
            )
    assert sum(map(bool, ours)) > 3000
    assert [n for n, hits in enumerate(ours) if hits != theirs[n]] == []


def best_tail(query, sequences):
    """Seek the best place by brute force, tails and all."""
    found = defaultdict(set)
    for name, letters in sequences.items():
        for start in range(len(letters) - 15):
            for tail in range(4):
                rest = query[: len(query) - tail]
                there = letters[start : start + len(rest)]
                if len(there) < len(rest) or (tail and len(rest) < 16):
                    continue
                wrong = [i for i, (a, b) in enumerate(zip(rest, there, strict=True)) if a != b]
                if len(wrong) > 1 or (wrong and tail and len(rest) < 18):
                    continue
                place = wrong[0] if wrong else -1
                late = bool(wrong) and place >= max(16, len(rest) - 3)
                if not tail:
                    rank = (1 if late else 2) if wrong else 0
                    aligned = place if late else len(rest)
                    found[rank].add((name, start, aligned, -1 if late else place))
                else:
                    found[3 + 3 * bool(wrong) + tail].add((name, start, len(rest), place))
    return found[min(found)] if found else set()


def test_tails_are_found_as_by_trying_everything():
    queries = mutated(random.Random(5), SEQUENCES, 400)
    for query in queries:
        (hits,) = places(query)
        assert set(hits) == best_tail(query, SEQUENCES), query
