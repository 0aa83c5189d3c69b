"""Alignment with the real bowtie against three tiny hairpins."""

import gzip
import shutil
import subprocess

import pysam
import pytest
from exosift.alignment import align, align_to_genome, bowtie_version
from exosift.errors import MachineError

pytestmark = pytest.mark.skipif(shutil.which("bowtie") is None, reason="bowtie is not installed")

LET7A = "TGGGATGAGGTAGTAGGTTGTATAGTTTTAGGGTCACACCCACCACTGGGAGATAACTATACAATCTACTGTCTTTCCTA"
LET7C = "GCATCCGGGTTGAGGTAGTAGGTTGTATGGTTTAGAGTTACACCCTGGGAGTTAACTGTACAACCTTCTAGCTTTCCTTGGAGC"
TRNA = "GCATTGGTGGTTCAGTGGTAGAATTCTCGCCTGCCACGCGGGAGGCCCGGGTTCGATTCCCGGCCAATGCACCA"
MATURE = "TGAGGTAGTAGGTTGTATAGTT"


def build(folder, name, records):
    fasta = folder / f"{name}.fa"
    fasta.write_text("".join(f">{key}\n{value}\n" for key, value in records.items()))
    subprocess.run(["bowtie-build", "--quiet", str(fasta), str(folder / name)], check=True)
    return folder / name


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    folder = tmp_path_factory.mktemp("index")
    sequences = {"miRNA|hsa-let-7a-1": LET7A, "miRNA|hsa-let-7c": LET7C, "tRNA|Gly": TRNA}
    return build(folder, "transcripts", sequences)


@pytest.fixture
def aligned(tmp_path, index):
    """Align sequences and return name -> list of (reference, start, cigar, mismatches, NH)."""

    def run(*sequences):
        inserts = tmp_path / "inserts.fa.gz"
        with gzip.open(inserts, "wt") as out:
            for rank, sequence in enumerate(sequences, start=1):
                out.write(f">{rank}_x{10 - rank}\n{sequence}\n")
        bam = tmp_path / "s1.bam"
        align(inserts, index, bam, sample="s1")
        found = {}
        with pysam.AlignmentFile(bam) as records:
            for r in records.fetch(until_eof=True):
                place = None
                if not r.is_unmapped:
                    place = (r.reference_name, r.reference_start, r.cigarstring, r.get_tag("NM"))
                found.setdefault(r.query_name, []).append(place)
        return found

    return run


def test_the_best_stratum_is_kept(aligned):
    assert aligned(MATURE) == {"1_x9": [("miRNA|hsa-let-7a-1", 5, "22M", 0)]}


def test_equal_hits_are_all_kept(aligned):
    # The first 18 bases of let-7a and let-7c are the same.
    (hits,) = aligned(MATURE[:18]).values()
    assert {hit[0] for hit in hits} == {"miRNA|hsa-let-7a-1", "miRNA|hsa-let-7c"}


def test_antisense_reads_are_not_aligned(aligned):
    reverse = MATURE.translate(str.maketrans("ACGT", "TGCA"))[::-1]
    assert aligned(reverse) == {"1_x9": [None]}


def test_a_tail_that_no_template_explains_is_clipped(aligned):
    (hits,) = aligned(MATURE + "ACC").values()
    assert hits == [("miRNA|hsa-let-7a-1", 5, "22M3S", 0)]


def test_a_mismatch_and_a_tail_are_found_together(aligned):
    (hits,) = aligned("TGAGGTAGTCGGTTGTATAGTT" + "AC").values()
    assert hits == [("miRNA|hsa-let-7a-1", 5, "22M2S", 1)]


def test_a_mismatch_at_the_end_is_a_tail(aligned):
    assert aligned(MATURE + "A") == {"1_x9": [("miRNA|hsa-let-7a-1", 5, "22M1S", 0)]}
    assert aligned(MATURE + "GTT") == {"1_x9": [("miRNA|hsa-let-7a-1", 5, "22M3S", 0)]}


def test_a_tail_is_preferred_to_a_changed_base_in_a_sibling(aligned):
    # let-7a ends ...TAGTT|TT, let-7c ...TGGTT|TA: one base and the tail decide.
    insert = "TGAGGTAGTAGGTTGTATAGTTTA"
    assert aligned(insert) == {"1_x9": [("miRNA|hsa-let-7a-1", 5, "23M1S", 0)]}


def test_a_mismatch_in_the_body_stays_one(aligned):
    insert = "TGAGGTAGTCGGTTGTATAGTT"
    assert aligned(insert) == {"1_x9": [("miRNA|hsa-let-7a-1", 5, "22M", 1)]}


def test_short_inserts_do_not_lose_their_tail_to_chance(aligned):
    assert aligned(MATURE[:15] + "CCC") == {"1_x9": [None]}


def test_every_insert_is_in_the_bam_and_it_is_indexed(aligned, tmp_path):
    found = aligned(MATURE, "ACACACACACACACACACAC", TRNA[:30])
    assert sorted(found) == ["1_x9", "2_x8", "3_x7"]
    with pysam.AlignmentFile(tmp_path / "s1.bam") as records:
        assert records.has_index()
        assert records.header["HD"]["SO"] == "coordinate"
        assert str(tmp_path) not in str(records.header)


def test_same_input_same_bytes(aligned, tmp_path):
    aligned(MATURE, MATURE[:18], TRNA[:30])
    first = (tmp_path / "s1.bam").read_bytes()
    aligned(MATURE, MATURE[:18], TRNA[:30])
    assert (tmp_path / "s1.bam").read_bytes() == first


def test_an_empty_library_gives_an_empty_bam(aligned):
    assert aligned() == {}


def test_the_genome_explains_the_rest_on_both_strands(aligned, tmp_path):
    place = "ACGTTGCAACGGATTACCAGTCAGGT"
    genome = build(tmp_path, "genome", {"chr1": "TTTT" * 10 + place + "GGCA" * 10})
    reverse = place.translate(str.maketrans("ACGT", "TGCA"))[::-1]
    aligned(MATURE, reverse)
    align_to_genome(tmp_path / "s1.bam", genome, tmp_path / "genome.bam", sample="s1")
    with pysam.AlignmentFile(tmp_path / "genome.bam") as records:
        (record,) = records.fetch(until_eof=True)
    assert record.query_name == "2_x8"
    assert record.is_reverse
    assert record.query_sequence == place
    assert record.reference_start == 40


def test_a_missing_index_is_told(tmp_path):
    (tmp_path / "x.fa.gz").write_bytes(gzip.compress(b">1_x1\nACGTACGTACGTACGT\n"))
    with pytest.raises(MachineError, match="bowtie"):
        align(tmp_path / "x.fa.gz", tmp_path / "nothing", tmp_path / "x.bam", sample="x")
    assert not (tmp_path / "x.bam").exists()


def test_bowtie_tells_its_version():
    assert bowtie_version().startswith("1.")


def test_a_machine_without_bowtie_is_told(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MachineError, match="bowtie is not on the PATH"):
        bowtie_version()
