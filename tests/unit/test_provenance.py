"""Provenance: what a run used and made, and whether it is still so."""

import json

import pytest
from exosift import __version__
from exosift.errors import UserError
from exosift.files import read_json, sha256, write_json
from exosift.provenance import DAMAGED, verify, versions, write_record


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Make a finished run of two files with its record."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("exosift.provenance.bowtie_version", lambda: "1.3.1")
    for name, text in {
        "lane.fastq.gz": "reads",
        "config/samples.tsv": "sample\n",
        "results/counts/mirna_counts.tsv": "mirna\ts1\n",
        "results/reports/index.html": "<html>",
        "results/references/features.tsv": "mirna\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    lane = {"path": "lane.fastq.gz", "sha256": sha256("lane.fastq.gz"), "bytes": 5, "reads": 1}
    write_json({"sample": "s1", "fastq": [lane]}, tmp_path / "results/quantified/s1.json")
    results = tmp_path.joinpath("results").relative_to(tmp_path)
    record = results / "run.json"
    write_record(
        record,
        config={"protocol": "truseq"},
        sheets=[tmp_path.joinpath("config/samples.tsv").relative_to(tmp_path)],
        inputs=[results / "quantified/s1.json"],
        references=[results / "references/features.tsv"],
        outputs=[results / "reports/index.html", results / "counts/mirna_counts.tsv"],
        genome=True,
    )
    return record


def test_the_record_tells_versions_configuration_inputs_and_outputs(run):
    told = read_json(run)
    assert told["versions"]["exosift"] == __version__
    assert told["versions"]["bowtie"] == "1.3.1"
    assert told["config"] == {"protocol": "truseq"}
    assert [lane["path"] for lane in told["inputs"]] == ["config/samples.tsv", "lane.fastq.gz"]
    assert told["references"] == [
        {"path": "features.tsv", "sha256": sha256("results/references/features.tsv")}
    ]
    assert told["outputs"] == {
        name: sha256(f"results/{name}")
        for name in ("counts/mirna_counts.tsv", "reports/index.html")
    }


def test_the_record_holds_no_time_and_no_place(run, tmp_path):
    first = run.read_bytes()
    assert str(tmp_path).encode() not in first
    told = read_json(run)
    assert set(told) == {"versions", "config", "inputs", "references", "outputs"}


def test_a_run_that_nobody_touched_verifies(run, capsys):
    assert verify(run) == 0
    assert capsys.readouterr().out == "All 2 files are as the run left them.\n"


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("results/reports/index.html", "<HTML>", "results/reports/index.html was changed after"),
        ("results/reports/index.html", None, "results/reports/index.html is gone."),
        ("lane.fastq.gz", "Reads", "lane.fastq.gz, an input, is not the file that the run read."),
        ("config/samples.tsv", "sample\ns2\n", "config/samples.tsv, an input, is not the file"),
    ],
)
def test_what_differs_is_named_and_the_status_is_three(run, tmp_path, capsys, name, text, sentence):
    if text is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_text(text)
    assert verify(run) == DAMAGED == 3
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith(sentence)
    assert len(said) == 2
    assert "run snakemake again" in said[1]


def test_an_input_that_was_put_away_is_no_damage(run, tmp_path):
    (tmp_path / "lane.fastq.gz").unlink()
    assert verify(run) == 0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "There is no results/run.json. Name the run.json of a finished run."),
        ('{"outputs": ', "results/run.json is damaged: "),
        ("\x00\x01", "results/run.json is damaged: "),
        ("[]", "results/run.json is no record. Name the run.json of a finished run."),
        ('{"explained": [0.4]}', "results/run.json is no record."),
    ],
)
def test_a_record_that_is_none_is_told(run, text, sentence):
    run.unlink()
    if text is not None:
        run.write_text(text)
    with pytest.raises(UserError) as caught:
        verify(run)
    assert str(caught.value).startswith(sentence)


def test_a_run_without_a_genome_asks_for_no_bowtie(tmp_path, monkeypatch):
    def absent():
        raise AssertionError("bowtie was asked for")

    monkeypatch.setattr("exosift.provenance.bowtie_version", absent)
    record = tmp_path / "run.json"
    write_record(record, config={}, sheets=[], inputs=[], references=[], outputs=[])
    assert "bowtie" not in json.loads(record.read_text())["versions"]


def test_versions_name_the_engines_of_this_environment():
    told = versions(bowtie=False)
    assert {"python", "pandas", "edgepython", "pylimma", "snakemake"} <= set(told)
    assert all(told.values())
