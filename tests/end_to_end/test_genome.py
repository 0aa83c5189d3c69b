"""A run with a genome: what no transcript explains is sought there, and still adds up."""

import gzip

import pandas as pd
import pytest
import yaml

from tests.calling import call_exosift, call_snakemake

pytestmark = pytest.mark.end_to_end


def test_reads_that_no_class_explains_are_sought_in_the_genome(tmp_path, repository):
    said = call_exosift(
        *("simulate", "--cancers", "lung=1", "--controls", "1", "--reads", "1500", "1500"),
        *("--shared", "1", "--specific", "1"),
        *("--output", "config"),
        cwd=tmp_path,
    )
    assert said.status == 0, said.text
    # The genome holds one read of the first library that no class explains, on the other strand.
    place = "GATTACAGATTACCAGGATCCATTAGACCATA"
    strand = place.translate(str.maketrans("ACGT", "TGCA"))[::-1]
    with gzip.open(tmp_path / "genome.fa.gz", "wt") as out:
        out.write(f">chr1\n{'ACCTGATTGA' * 20}{strand}{'TTGACCGTAA' * 20}\n")
    fastq = sorted((tmp_path / "config" / "fastq").iterdir())[0]
    read = f"{place}TGGAATTCTCGGGTGCCAAGG"
    with gzip.open(fastq, "at") as out:
        out.write(f"@genomic\n{read}\n+\n{'F' * len(read)}\n" * 7)
    config = {
        "contrasts": "config/contrasts.tsv",
        "samples": "config/samples.tsv",
        "references": {"genome": "genome.fa.gz"},
    }
    (tmp_path / "config" / "config.yaml").write_text(yaml.safe_dump(config))
    (tmp_path / "config" / "contrasts.tsv").write_text(
        "contrast\tcancer\tcase\tcontrol\tcovariates\n"
    )
    target = "results/counts/class_counts.tsv"
    said = call_snakemake(repository / "Snakefile", "--cores", "2", target, cwd=tmp_path)
    assert said.status == 0, said.text[-3000:]
    table = pd.read_csv(tmp_path / target, sep="\t", index_col="sample")
    counted = table.drop(columns=["status", "reads_in"])
    assert (counted.sum(axis=1) == table["reads_in"]).all()
    assert table["genome"].iloc[0] >= 7
