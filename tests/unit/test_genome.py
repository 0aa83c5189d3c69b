"""Inserts that no class explains, sought in a tiny genome with the real bowtie."""

import shutil
import subprocess

import pysam
import pytest
from exosift.errors import MachineError
from exosift.genome import align_to_genome, bowtie_version

needs_bowtie = pytest.mark.skipif(shutil.which("bowtie") is None, reason="bowtie is not installed")

PLACE = "ACGTTGCAACGGATTACCAGTCAGGT"
REVERSE = PLACE.translate(str.maketrans("ACGT", "TGCA"))[::-1]


@needs_bowtie
def test_the_genome_explains_inserts_on_both_strands(tmp_path):
    fasta = tmp_path / "genome.fa"
    fasta.write_text(f">chr1\n{'TTTT' * 10}{PLACE}{'GGCA' * 10}\n")
    index = tmp_path / "genome"
    subprocess.run(["bowtie-build", "--quiet", str(fasta), str(index)], check=True)
    queries = [("2_x8", REVERSE), ("3_x7", "ACACACACACACACACACAC"), ("4_x1", PLACE[:20])]
    found = align_to_genome(queries, index, tmp_path / "g" / "s1.bam", sample="s1")
    assert found == {"2_x8", "4_x1"}
    with pysam.AlignmentFile(tmp_path / "g" / "s1.bam") as records:
        assert records.has_index()
        told = {r.query_name: r for r in records.fetch(until_eof=True)}
    assert told["2_x8"].is_reverse
    assert told["2_x8"].query_sequence == PLACE
    assert told["2_x8"].reference_start == 40
    assert told["3_x7"].is_unmapped
    made = sorted(path.name for path in (tmp_path / "g").iterdir())
    assert made == ["s1.bam", "s1.bam.bai"]


@needs_bowtie
def test_a_missing_index_is_told(tmp_path):
    with pytest.raises(MachineError, match="bowtie"):
        align_to_genome([("1_x1", PLACE)], tmp_path / "nothing", tmp_path / "x.bam", sample="x")
    assert not (tmp_path / "x.bam").exists()


@needs_bowtie
def test_bowtie_tells_its_version():
    assert bowtie_version().startswith("1.")


def test_a_machine_without_bowtie_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MachineError, match="bowtie is not on the PATH"):
        bowtie_version()
    with pytest.raises(MachineError, match="bowtie is not on the PATH"):
        align_to_genome([("1_x1", PLACE)], tmp_path / "nothing", tmp_path / "x.bam", sample="x")
