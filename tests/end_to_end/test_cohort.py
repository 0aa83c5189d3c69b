"""The embedded cohort from simulated reads to reports, held against what is true of it."""

import os
import re
import shutil

import numpy as np
import pandas as pd
import pytest
from exosift import differential_expression as de
from exosift.contrasts import read_contrasts
from exosift.files import read_json
from exosift.matrices import read_matrix
from exosift.samples import read_samples

from tests.calling import call_exosift, call_snakemake
from tests.end_to_end.truth import count_agreement, recovery
from tests.example_findings import too_shallow

pytestmark = pytest.mark.end_to_end

CANCERS = ("melanoma", "lung", "colorectal", "brain")


@pytest.fixture(scope="module")
def folder(cohort):
    path, said = cohort
    assert said.status == 0, said.text[-5000:]
    return path


@pytest.fixture(scope="module")
def results(folder):
    return folder / "results"


@pytest.fixture(scope="module")
def sheet(folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return read_samples("config/samples.tsv", protocols=("truseq", "nextflex_v3")).table


@pytest.fixture(scope="module")
def contrasts(folder, sheet):
    return read_contrasts(folder / "config" / "contrasts.tsv", sheet)[0]


def test_every_read_of_every_library_is_accounted_for(results, sheet):
    table = pd.read_csv(results / "counts" / "class_counts.tsv", sep="\t", index_col="sample")
    assert list(table.index) == list(sheet.index)
    assert (table["status"] == "ok").all()
    counted = table.drop(columns=["status", "reads_in"])
    assert (counted.sum(axis=1) == table["reads_in"]).all()
    truth = pd.read_csv(results.parent / "simulated/truth/samples.tsv", sep="\t", index_col=0)
    assert (table["reads_in"] == truth["reads"].reindex(table.index)).all()


def counted_mirnas(results):
    """Put the miRNAs of both tables together."""
    names = ("mirna_counts", "fragment_derived")
    return pd.concat([read_matrix(results / "counts" / f"{name}.tsv") for name in names])


def test_each_matrix_sums_to_its_class(results):
    classes = pd.read_csv(results / "counts" / "class_counts.tsv", sep="\t", index_col="sample")
    assert (counted_mirnas(results).sum() == classes["miRNA"]).all()
    for rna in ("tRNA", "Y_RNA", "snRNA", "rRNA", "vector", "spike_in", "miRNA_hairpin"):
        path = results / "counts" / f"{rna.lower()}_counts.tsv"
        matrix = pd.read_csv(path, sep="\t", index_col="feature")
        assert (matrix.sum() == classes[rna]).all(), rna


def test_isomirs_hold_the_reads_of_their_mirnas_but_the_rare_ones(results):
    whole = read_matrix(results / "counts" / "mirna_counts.tsv").sum()
    variants = pd.read_csv(results / "counts" / "isomir_counts.tsv", sep="\t", index_col=[0, 1])
    seeds = pd.read_csv(results / "counts" / "seed_isomir_counts.tsv", sep="\t", index_col=0)
    for matrix, least in ((variants, 0.9), (seeds, 0.98)):
        share = matrix.sum() / whole
        assert share.min() > least
        assert share.max() <= 1
        assert (matrix.sum(axis=1) >= 10).all()
    assert {"hsa-miR-21-5p", "hsa-miR-21-5p|iso_5p:+1"} <= set(seeds.index)


def test_a_piece_of_u2_is_no_mirna(results):
    fragments = read_matrix(results / "counts" / "fragment_derived.tsv")
    assert "hsa-miR-1246" in fragments.index
    assert "hsa-miR-21-5p" not in fragments.index
    kept = read_matrix(results / "counts" / "mirna_counts.tsv")
    assert not set(kept.index) & set(fragments.index)
    page = (results / "reports" / "lung.html").read_text(encoding="utf-8")
    assert "hsa-miR-1246" in page[page.index('id="methods"') :]


def test_counts_agree_with_the_truth(results):
    features = pd.read_csv(results / "counts/features.tsv", sep="\t", keep_default_na=False)
    truth = pd.read_csv(results.parent / "simulated/truth/counts.tsv", sep="\t", index_col=0)
    agreement = count_agreement(counted_mirnas(results), truth, features)
    assert agreement.recovered >= 0.998
    assert agreement.surplus <= 0.002
    assert agreement.mean_relative_error <= 0.006


def test_planted_differences_are_recovered_and_few_calls_are_false(results, contrasts):
    tables = {
        contrast.case: pd.read_csv(
            results / "differential_expression" / f"{contrast.name}.tsv", sep="\t"
        )
        for contrast in contrasts
    }
    truth = pd.read_csv(results.parent / "simulated/truth/fold_changes.tsv", sep="\t")
    judged = recovery(tables, truth)
    assert judged.power >= 0.8, judged.missed
    assert judged.false_share <= 0.1, judged.wrong


def test_candidates_are_the_consensus_minus_what_is_doubtful(results, contrasts):
    for contrast in contrasts:
        table = pd.read_csv(results / "candidates" / f"{contrast.name}.tsv", sep="\t")
        called = table[table["call"] == "candidate"]
        assert len(called) > 0
        assert (called[["edger_q", "limma_q"]].max(axis=1) <= 0.05).all()
        assert (called["log2fc"].abs() >= 0.58).all()
        assert not called["flags"].fillna("").str.contains("fragment_derived").any()


def test_shuffled_labels_give_next_to_no_calls(results, sheet, contrasts):
    matrix = read_matrix(results / "counts" / "mirna_counts.tsv")
    contrast = next(one for one in contrasts if one.cancer == "colorectal")
    usable = pd.read_csv(results / "quality/samples.tsv", sep="\t", index_col="sample")["status"]
    excluded = too_shallow(usable.index[~usable.isin(["pass", "warn"])])
    arms = contrast.arm(sheet)
    # Healthy libraries only, half of them called cases: nothing is planted between them.
    healthy = sheet.index[arms == "control"].difference(excluded)
    calls = tested = 0
    for seed in range(3):
        shuffled = sheet.copy()
        cases = np.random.default_rng(seed).choice(healthy, len(healthy) // 2, replace=False)
        shuffled.loc[:, "condition"] = "left out"
        shuffled.loc[healthy, "condition"] = contrast.control
        shuffled.loc[cases, "condition"] = contrast.case
        table = de.test_contrast(matrix, shuffled, contrast, excluded).table
        tested += len(table)
        calls += int(((table["edger_q"] <= 0.05) & (table["limma_q"] <= 0.05)).sum())
    assert tested > 300
    assert calls <= 2


def test_the_failing_library_is_left_out_and_named_everywhere(results):
    truth = pd.read_csv(results.parent / "simulated/truth/samples.tsv", sep="\t", index_col=0)
    (failing,) = truth.index[truth["state"] == "failing"]
    quality = pd.read_csv(results / "quality" / "samples.tsv", sep="\t", index_col="sample")
    assert quality.at[failing, "status"] == "fail"
    assert "adapter dimers" in quality.at[failing, "reason"]
    record = read_json(results / "differential_expression" / "lung_vs_healthy.json")
    (member,) = [one for one in record["samples"] if one["sample"] == failing]
    assert not member["used"]
    for cancer in CANCERS:
        assert failing in (results / "reports" / f"{cancer}.html").read_text()


def test_haemolysed_libraries_are_flagged(results):
    truth = pd.read_csv(results.parent / "simulated/truth/samples.tsv", sep="\t", index_col=0)
    quality = pd.read_csv(results / "quality" / "samples.tsv", sep="\t", index_col="sample")
    flagged = quality.index[quality["reason"].fillna("").str.contains("possible haemolysis")]
    assert set(truth.index[truth["state"] == "haemolysed"]) <= set(flagged)


def test_pages_are_whole_and_ask_nobody_for_anything(results):
    pages = [results / "reports" / f"{name}.html" for name in ("index", *CANCERS)]
    for page in pages:
        text = page.read_text()
        assert text.rstrip().endswith("</html>")
        assert "Content-Security-Policy" in text
        assert not re.search(r"""(src|xlink:href)\s*=\s*["']?(https?:)?//""", text)
        assert not re.search(r">\s*(nan|None|NaN)\s*<", text), page.name
    assert "Read fate" in pages[1].read_text()
    assert (results / "multiqc" / "multiqc_report.html").stat().st_size > 100_000


def test_the_record_verifies_until_a_file_is_touched(results, folder):
    record = read_json(results / "run.json")
    assert {"exosift", "numpy", "edgepython"} <= set(record["versions"])
    assert len([one for one in record["inputs"] if one["path"].endswith(".fastq.gz")]) == 84
    assert call_exosift("verify", cwd=folder).status == 0
    page = results / "reports" / "lung.html"
    whole, when = page.read_bytes(), page.stat()
    page.write_bytes(whole + b" ")
    said = call_exosift("verify", cwd=folder)
    page.write_bytes(whole)
    os.utime(page, ns=(when.st_atime_ns, when.st_mtime_ns))  # for Snakemake it is what it was
    assert said.status == 3
    assert "lung.html was changed after the run" in said.text


def test_nothing_is_left_to_do_and_the_audit_report_builds(folder, repository):
    said = call_snakemake(repository / "Snakefile", "--dry-run", "--cores", "1", cwd=folder)
    assert "Nothing to be done" in said.text, said.text[-3000:]
    said = call_snakemake(repository / "Snakefile", "--report", "report.zip", cwd=folder)
    assert said.status == 0, said.text[-3000:]
    assert (folder / "report.zip").stat().st_size > 100_000


def test_a_run_from_its_own_counts_gives_the_same_tests(folder, repository, tmp_path):
    shutil.copytree(folder / "config", tmp_path / "config")
    shutil.copy(folder / "results" / "counts" / "mirna_counts.tsv", tmp_path / "matrix.tsv")
    config = (tmp_path / "config" / "config.yaml").read_text()
    config = config.replace('\ncounts: ""', "\ncounts: matrix.tsv", 1)
    (tmp_path / "config" / "config.yaml").write_text(config)
    target = "results/differential_expression/lung_vs_healthy.tsv"
    said = call_snakemake(repository / "Snakefile", "--cores", "2", target, cwd=tmp_path)
    assert said.status == 0, said.text[-3000:]
    from_reads, from_counts = (
        pd.read_csv(place / target, sep="\t", index_col="mirna") for place in (folder, tmp_path)
    )
    # Quality from counts cannot see reads, but leaves out the same library.
    pd.testing.assert_frame_equal(from_reads, from_counts)
