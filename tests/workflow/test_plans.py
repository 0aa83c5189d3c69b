"""What Snakemake plans: both doors, a module, targets, and a run from counts."""

import re

import pytest

from tests.workflow.settings import set_key

pytestmark = pytest.mark.workflow

WALK = {
    *("simulate_cohort", "collect_transcripts", "index_transcripts"),
    *("count_library", "merge_counts", "screen_antisense"),
    *("assess_quality", "write_multiqc_content", "multiqc"),
    *("test_contrast", "adjust_over_contrasts", "train_panel", "call_candidates"),
    *("weigh_confounders", "compare_cancers"),
    *("count_analyses", "report_cancer", "report_index", "write_record", "all"),
}


@pytest.mark.parametrize("door", ["Snakefile", "workflow/Snakefile"])
def test_both_doors_plan_the_whole_walk(snakemake, door):
    said = snakemake("--dry-run", "--quiet", "rules", snakefile=door)
    said = snakemake("--dry-run", snakefile=door)
    assert said.status == 0, said.text
    assert said.rules == WALK


def test_the_workflow_serves_as_a_module(snakemake, folder, repository):
    (folder / "Snakefile").write_text(
        'configfile: "config/config.yaml"\n'
        "module exosift:\n"
        f'    snakefile: "{repository / "workflow" / "Snakefile"}"\n'
        "    config: config\n"
        "use rule * from exosift\n"
        "rule everything:\n"
        "    default_target: True\n"
        "    input: rules.all.input\n"
    )
    said = snakemake("--dry-run", snakefile=folder / "Snakefile")
    assert said.status == 0, said.text
    assert said.rules == WALK - {"all"} | {"everything"}


def test_counts_alone_leave_the_tests_out(snakemake):
    said = snakemake("--dry-run", "counts")
    assert said.status == 0, said.text
    assert "merge_counts" in said.rules
    assert not said.rules & {"test_contrast", "report_cancer", "multiqc"}


def test_no_contrasts_means_counts_and_quality(snakemake, folder):
    heading = (folder / "config" / "contrasts.tsv").read_text().splitlines()[0]
    (folder / "config" / "contrasts.tsv").write_text(heading + "\n")
    said = snakemake("--dry-run")
    assert said.status == 0, said.text
    of_contrasts = {"test_contrast", "adjust_over_contrasts", "train_panel", "call_candidates"}
    of_contrasts |= {"weigh_confounders", "compare_cancers"}
    assert said.rules == WALK - of_contrasts - {"report_cancer"}


def test_a_run_from_counts_touches_no_fastq(snakemake, folder):
    sheet = (folder / "config" / "samples.tsv").read_text().splitlines()
    names = [line.split("\t")[0] for line in sheet[1:]]
    row = "\t".join(["hsa-let-7a-5p", *["10"] * len(names)])
    (folder / "matrix.tsv").write_text("\t".join(["mirna", *names]) + f"\n{row}\n")
    set_key(folder, counts="matrix.tsv")
    said = snakemake("--dry-run")
    assert said.status == 0, said.text
    assert "import_counts" in said.rules
    assert not said.rules & {
        *("simulate_cohort", "index_transcripts", "count_library", "merge_counts"),
    }


def test_a_genome_adds_its_rules(snakemake, folder):
    (folder / "genome.fa").write_text(">chr1\nACGT\n")
    set_key(folder, references={"genome": "genome.fa"})
    said = snakemake("--dry-run")
    assert said.status == 0, said.text
    assert said.rules == WALK | {"index_genome"}


def test_amounts_of_spike_ins_add_their_rule(snakemake, folder):
    (folder / "amounts.tsv").write_text("spike\tamount\nRC1-01\t1\n")
    set_key(folder, spike_in_amounts="amounts.tsv")
    said = snakemake("--dry-run", "quality")
    assert said.status == 0, said.text
    assert "measure_spike_ins" in said.rules
    set_key(folder, references={"spike_in": "none"})
    said = snakemake("--dry-run")
    assert said.status != 0
    assert "amounts are given, but `references.spike_in` is none" in said.text


def test_the_menu_says_what_each_target_makes(snakemake):
    said = snakemake("--list-target-rules")
    for target in ("all", "quality", "counts", "candidates"):
        assert re.search(rf"^{target} \(", said.text, re.MULTILINE), said.text
