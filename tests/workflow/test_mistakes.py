"""Each mistake of a user, and the sentence that it earns: before the first job, no traceback."""

import sys

import pytest

from tests.calling import call
from tests.workflow.settings import set_key

pytestmark = pytest.mark.workflow


@pytest.fixture(params=["snakemake", "check"])
def say(request, folder, snakemake):
    """Ask both snakemake and `exosift check`: they must say the same."""
    if request.param == "snakemake":
        return lambda: snakemake("--dry-run")
    return lambda: call(sys.executable, "-m", "exosift", "check", cwd=folder)


def edit(folder, name, old, new):
    path = folder / "config" / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


MISTAKES = {
    "a misspelt key": (
        ("config.yaml", "protocol:", "protocoll:"),
        "there is no key 'protocoll'. Did you mean 'protocol'?",
    ),
    "a misspelt column": (
        ("samples.tsv", "condition", "conditon"),
        "there is no column 'condition'. Rename 'conditon'?",
    ),
    "a sheet that is not there": (
        ("config.yaml", "config/samples.tsv", "config/sample.tsv"),
        "There is no config/sample.tsv.",
    ),
    "a file that is not there": (
        ("samples.tsv", "simulated/", "data/"),
        "does not exist. Paths count from this folder.",
    ),
    "a misspelt control": (
        ("contrasts.tsv", "\thealthy\t", "\thelthy\t"),
        "`control` is 'helthy', but no sample has that `condition`. Did you mean 'healthy'?",
    ),
    "a section of the configuration that stands twice": (
        ("config.yaml", "samples: config/samples.tsv", "panel:\n  seed: 1\n"),
        "config/config.yaml, panel: the section `panel` stands there twice, in lines 8 and",
    ),
    "one file for two libraries": (
        ("samples.tsv", "simulated/fastq/EV002", "./simulated/fastq/EV001"),
        "is the same file as simulated/fastq/EV001.fastq.gz of sample 'EV001' (row 2).",
    ),
    "a year of birth": (
        ("samples.tsv", "\t63\t", "\t1957\t"),
        "`age` is '1957', which looks like a year of birth.",
    ),
    "a person of two sexes": (
        ("samples.tsv", "P015\tplasma", "P030\tplasma"),
        "`subject` P030 cannot be one person: sex male in row 2, female in row 7.",
    ),
    "an unknown protocol": (
        ("samples.tsv", "\ttruseq\t", "\ttrueseq\t"),
        "`protocol` is 'trueseq', which is not known. Did you mean 'truseq'?",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_earns_its_sentence(say, folder, mistake):
    (name, old, new), sentence = MISTAKES[mistake]
    edit(folder, name, old, new)
    said = say()
    assert said.status != 0
    assert sentence in " ".join(said.text.split())
    assert "Traceback" not in said.text


def test_a_section_twice_in_a_file_of_the_command_line_is_refused(folder, snakemake):
    (folder / "more.yaml").write_text("panel:\n  seed: 1\npanel:\n  permutations: 2\n")
    said = snakemake("--dry-run", "--configfile", "more.yaml")
    assert said.status != 0
    assert "panel: the section `panel` stands there twice, in lines 1 and 3." in said.text


def test_problems_of_all_sheets_are_shown_at_once(say, folder):
    edit(folder, "samples.tsv", "\ttruseq\t", "\ttrueseq\t")
    edit(folder, "config.yaml", "protocol: truseq", "protocol: trueseq")
    assert "2 problems" in say().text


def test_a_harmful_name_is_refused_and_nothing_runs(say, folder):
    first = (folder / "config" / "samples.tsv").read_text().splitlines()[1].split("\t")[0]
    edit(folder, "samples.tsv", f"\n{first}\t", "\n$(touch canary)\t")
    said = say()
    assert said.status != 0
    assert "cannot name files safely" in said.text
    assert not (folder / "canary").exists()


def test_a_folder_without_a_config_is_told(tmp_path, repository):
    said = call(
        sys.executable,
        "-m",
        "snakemake",
        "--snakefile",
        repository / "Snakefile",
        "--dry-run",
        cwd=tmp_path,
    )
    assert said.status != 0
    assert "config/config.yaml" in said.text
    assert "Traceback" not in said.text


def test_a_machine_without_bowtie_is_told_before_the_first_job(folder, snakemake, monkeypatch):
    (folder / "empty").mkdir()
    (folder / "genome.fa").write_text(">chr1\nACGT\n")
    set_key(folder, references={"genome": "genome.fa"})
    monkeypatch.setenv("PATH", str(folder / "empty"))
    said = snakemake("--cores", "1")
    assert said.status != 0
    assert "bowtie and bowtie-build are not on the PATH. Install bowtie" in said.text
    assert "Error in rule" not in said.text
    assert "Traceback" not in said.text
    assert not (folder / "results").exists()
    # Planning needs no tools.
    assert snakemake("--dry-run").status == 0
