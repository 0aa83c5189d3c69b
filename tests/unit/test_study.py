"""A study: what a user said about a run, checked as a whole before the first job."""

import hashlib
import os

import pytest
from exosift.config import defaults
from exosift.errors import UserError
from exosift.protocols import read_protocols
from exosift.reference_files import SHIPPED, reference_file
from exosift.study import RESOURCES, embedded, open_study, stamp

SAMPLES = "sample\tfastq\tcondition\tprotocol\nm1\ta.fq;b.fq\tmelanoma\t\nh1\tc.fq\thealthy\t{}\n"
KNOWN = SAMPLES.format("truseq")
UNKNOWN = SAMPLES.format("neb")
CONTRASTS = (
    "contrast\tcancer\tcase\tcontrol\tcovariates\n"
    "m_h\tmelanoma\tmelanoma\thealthy\t\n"
    "h_m\thealth\thealthy\tmelanoma\t\n"
    "m_h2\tmelanoma\tmelanoma\thealthy\t\n"
)


@pytest.fixture
def study(tmp_path, monkeypatch):
    """Open a study in an empty folder with three FASTQ files."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    for name in ("a.fq", "b.fq", "c.fq", "matrix.tsv"):
        (tmp_path / name).write_text("x")

    def make(rows=KNOWN, questions=CONTRASTS, **config):
        (tmp_path / "config" / "samples.tsv").write_text(rows)
        (tmp_path / "config" / "contrasts.tsv").write_text(questions)
        return open_study(config)

    return make


def complaint(study, *texts, **config):
    with pytest.raises(UserError) as caught:
        study(*texts, **config)
    return str(caught.value)


def test_a_study_knows_lanes_cancers_contrasts_and_protocols(study):
    opened = study(protocol="nextflex_v3")
    assert opened.lanes("m1") == ["a.fq", "b.fq"]
    assert opened.cancers == ["melanoma", "health"]
    assert [contrast.name for contrast in opened.contrasts_of("melanoma")] == ["m_h", "m_h2"]
    assert opened.protocol("m1") == "nextflex_v3"
    assert opened.protocol("h1") == "truseq"
    assert opened.simulated == []
    assert not opened.from_counts


def test_the_configuration_is_complete(study):
    opened = study(trimming={"minimum_length": 17})
    expected = defaults()
    expected["trimming"]["minimum_length"] = 17
    assert opened.config == expected


def test_a_run_from_counts_asks_for_no_fastq(study):
    text = "sample\tcondition\nm1\tmelanoma\nh1\thealthy\n"
    opened = study(text, counts="matrix.tsv")
    assert opened.from_counts
    assert opened.lanes("m1") == []
    assert opened.simulated == []


def test_spike_ins_of_their_own_belong_to_a_run_from_counts(study):
    assert study(counts="matrix.tsv", spike_in_counts="a.fq").from_counts
    assert "it belongs to `counts`, which is empty" in complaint(study, spike_in_counts="a.fq")
    assert "spike_in_counts: nowhere.tsv" in complaint(
        study, counts="matrix.tsv", spike_in_counts="nowhere.tsv"
    )


def test_a_run_from_counts_ignores_where_the_fastq_files_lie(study):
    assert study(KNOWN.replace("a.fq", "gone.fq"), counts="matrix.tsv")


def test_the_embedded_cohort_is_simulated_and_needs_no_files(study):
    text = KNOWN.replace("c.fq", "simulated/fastq/h1.fastq.gz")
    assert study(text).simulated == ["simulated/fastq/h1.fastq.gz"]
    assert embedded("simulated/fastq/h1.fastq.gz")
    assert not embedded("data/simulated/h1.fastq.gz")


def test_hairpins_come_first_and_classes_that_are_none_stay_away(study):
    sources = study(references={"vector": "none"}).sources
    assert next(iter(sources)) == "miRNA"
    assert "vector" not in sources
    assert "snoRNA" not in sources
    assert "genome" not in sources
    for rna, path in sources.items():
        assert path == str(RESOURCES / SHIPPED[rna])


URL = "https://example.org/hg38.fa.gz"


@pytest.mark.parametrize(
    ("rna", "given", "path"),
    [
        ("tRNA", "none", ""),
        ("tRNA", "shipped", str(RESOURCES / "trnas.fa")),
        ("tRNA", "my/trnas.fa", "my/trnas.fa"),
        ("genome", {"url": URL, "sha256": "0" * 64}, "resources/fetched/genome.fa.gz"),
    ],
)
def test_each_way_to_name_a_reference_leads_to_a_file(rna, given, path):
    assert reference_file(rna, given) == path


def test_everything_that_is_shipped_is_there():
    for rna, name in SHIPPED.items():
        assert (RESOURCES / name).is_file(), rna


def test_a_fetched_genome_needs_no_file_yet(study):
    opened = study(references={"genome": {"url": URL, "sha256": "0" * 64}})
    assert opened.genome == "resources/fetched/genome.fa.gz"


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"protocol": "trueseq"}, "`protocol` of the configuration: found 'trueseq'. Known: "),
        ({"protocols": "mine.tsv"}, "mine.tsv"),
        ({"counts": "gone.tsv"}, "config/config.yaml, counts: gone.tsv does not exist."),
        ({"counts": "config"}, "config/config.yaml, counts: config is a folder."),
        (
            {"references": {"tRNA": "gone.fa"}},
            "config/config.yaml, references.tRNA: gone.fa does not exist. Paths count from this",
        ),
        ({"references": {"snoRNA": "shipped"}}, "references.snoRNA"),
        ({"references": {"tRNA": {"url": "http://a.org/x", "sha256": "0" * 64}}}, "tRNA"),
        ({"references": {"tRNA": {"url": URL}}}, "references.tRNA"),
        ({"samples": "config/sample.tsv"}, "There is no config/sample.tsv."),
        ({"contrasts": "config/contrast.tsv"}, "There is no config/contrast.tsv."),
    ],
)
def test_a_mistake_is_named_with_its_place(study, config, words):
    assert words in complaint(study, **config)


def test_mistakes_of_configuration_and_sheets_are_told_together(study):
    said = complaint(
        study,
        UNKNOWN.replace("c.fq", "gone.fq"),
        protocol="trueseq",
        references={"tRNA": "gone.fa"},
    )
    for words in ("'trueseq'", "gone.fq does not exist", "gone.fa does not exist"):
        assert words in said
    assert "`protocol` is 'neb'" in said


def test_a_table_of_own_protocols_adds_to_the_shipped_ones(study, tmp_path):
    shipped = (RESOURCES / "protocols.tsv").read_text().splitlines()
    heading, row = (line for line in shipped if line.startswith(("protocol\t", "truseq\t")))
    (tmp_path / "mine.tsv").write_text(f"{heading}\n{row.replace('truseq', 'neb', 1)}\n")
    opened = study(UNKNOWN, protocols="mine.tsv")
    assert opened.protocol("h1") == "neb"
    assert set(opened.protocols) == {*read_protocols(RESOURCES / "protocols.tsv"), "neb"}
    assert opened.counting_options["protocols"] == "mine.tsv"
    assert "protocols" not in study().counting_options


def test_a_condition_that_no_contrast_asks_about_is_only_a_warning(study):
    warnings = study(KNOWN + "x1\tsimulated/d.fq\tsarcoma\t\n").warnings
    assert warnings[-1] == "No contrast asks about condition 'sarcoma' (1 libraries)."


def test_no_contrasts_are_a_study_too(study):
    opened = study(questions=CONTRASTS.splitlines()[0] + "\n")
    assert opened.contrasts == ()
    assert opened.cancers == []


def test_a_stamp_changes_with_size_and_time_and_is_empty_for_what_is_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a.fq"
    path.write_text("reads")
    first = stamp(str(path))
    assert first
    os.utime(path, ns=(1, 1))
    older = stamp(str(path))
    path.write_text("more reads")
    os.utime(path, ns=(1, 1))
    assert len({first, older, stamp(str(path))}) == 3
    assert stamp("gone.fq") == ""
    (tmp_path / "simulated").mkdir()
    (tmp_path / "simulated" / "a.fq").write_text("reads")
    assert stamp("simulated/a.fq") == ""


def test_opening_a_study_changes_no_file(study, tmp_path):
    def digests():
        return {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in tmp_path.rglob("*")
            if path.is_file()
        }

    study()
    before = digests()
    study()
    assert digests() == before
