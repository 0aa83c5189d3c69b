"""Damaged libraries among sound ones: left out and named, while all the others go on."""

import csv
import gzip
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
import yaml
from exosift.files import read_json
from exosift.matrices import read_matrix
from exosift.table_files import read_run_table

from tests.calling import Said, call_exosift, call_snakemake

pytestmark = pytest.mark.end_to_end

CONFIG = {
    "notice": "Simulated libraries, some of them damaged on purpose.",
    "quality": {
        "mirna_reads": {"fail_below": 100, "warn_below": 200},
        "mirnas_detected": {"fail_below": 5, "warn_below": 10},
        "transcriptome_reads": {"fail_below": 300, "warn_below": 500},
    },
    "candidates": {"fewest_per_arm": 3},
}


def cut_in_half(fastq: Path) -> None:
    whole = fastq.read_bytes()
    fastq.write_bytes(whole[: len(whole) // 2])


def flip_a_byte(fastq: Path) -> None:
    stored = bytearray(fastq.read_bytes())
    stored[len(stored) // 2] ^= 0xFF
    fastq.write_bytes(stored)


def empty(fastq: Path) -> None:
    fastq.write_bytes(b"")


def compress_nothing(fastq: Path) -> None:
    fastq.write_bytes(gzip.compress(b"", mtime=0))


def save_a_web_page(fastq: Path) -> None:
    fastq.write_text("<!DOCTYPE html>\n<html><body>404: not found</body></html>\n")


def lose_a_quality(fastq: Path) -> None:
    lines = gzip.decompress(fastq.read_bytes()).splitlines(keepends=True)
    lines[403] = b"F\n"
    fastq.write_bytes(gzip.compress(b"".join(lines), mtime=0))


def decompress(fastq: Path) -> None:
    fastq.write_bytes(gzip.decompress(fastq.read_bytes()))


def split_into_members(fastq: Path) -> None:
    lines = gzip.decompress(fastq.read_bytes()).splitlines(keepends=True)
    pieces = (b"".join(lines[at : at + 401]) for at in range(0, len(lines), 401))
    fastq.write_bytes(b"".join(gzip.compress(piece, mtime=0) for piece in pieces))


DAMAGE: tuple[tuple[Callable[[Path], None], str], ...] = (
    (cut_in_half, "the gzip file is cut off after record"),
    (flip_a_byte, "Copy the file again"),
    (empty, "the file is empty (0 bytes)"),
    (compress_nothing, "the file holds no reads"),
    (save_a_web_page, "a web page"),
    (lose_a_quality, "record 101"),
)
WRONG_PROTOCOL = "The protocol was declared as"
HARMLESS: tuple[Callable[[Path], None], ...] = (decompress, split_into_members)


@dataclass(frozen=True)
class Planted:
    """A finished run, and what was done to its libraries."""

    folder: Path
    said: Said
    damaged: dict[str, str]
    misdeclared: str
    harmless: list[str]
    lanes: str

    @property
    def results(self) -> Path:
        return self.folder / "results"

    @property
    def unreadable(self) -> dict[str, str]:
        return self.damaged | {self.misdeclared: WRONG_PROTOCOL}

    @property
    def quality(self) -> pd.DataFrame:
        path = self.results / "quality" / "samples.tsv"
        return pd.read_csv(path, sep="\t", index_col="sample", keep_default_na=False)


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Simulate a cohort of its own in a folder that is ready to be run."""
    folder = tmp_path_factory.mktemp("libraries")
    said = call_exosift(
        *("simulate", "--output", "data", "--cancers", "lung=8", "--controls", "8"),
        *("--reads", "2000", "3000", "--kits", "truseq", "nextflex_v3"),
        *("--shared", "1", "--specific", "3"),
        cwd=folder,
    )
    assert said.status == 0, said.text
    (folder / "config").mkdir()
    for sheet in ("samples.tsv", "contrasts.tsv"):
        (folder / "data" / sheet).rename(folder / "config" / sheet)
    write_config(folder, CONFIG)
    return folder


def write_config(folder: Path, config: dict) -> None:
    (folder / "config" / "config.yaml").write_text(yaml.safe_dump(config))


def read_sheet(folder: Path) -> list[dict[str, str]]:
    with (folder / "config" / "samples.tsv").open(newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def write_sheet(folder: Path, rows: list[dict[str, str]]) -> None:
    with (folder / "config" / "samples.tsv").open("w", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]), delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def split_into_lanes(folder: Path, row: dict[str, str]) -> None:
    whole = folder / row["fastq"]
    lines = gzip.decompress(whole.read_bytes()).splitlines(keepends=True)
    lanes = [whole.with_name(f"{row['sample']}_L00{lane}.fastq.gz") for lane in (1, 2)]
    for lane, piece in zip(lanes, (lines[:800], lines[800:]), strict=True):
        lane.write_bytes(gzip.compress(b"".join(piece), mtime=0))
    row["fastq"] = ";".join(str(lane.relative_to(folder)) for lane in lanes)


@pytest.fixture(scope="module")
def planted(cohort: Path, tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Planted:
    """Damage seven libraries, write three in another way, and run the workflow."""
    folder = tmp_path_factory.mktemp("planted") / "cohort"
    shutil.copytree(cohort, folder)
    rows = read_sheet(folder)
    arms = {
        condition: [row for row in rows if row["condition"] == condition]
        for condition in ("lung", "healthy")
    }
    # From both arms in turn, so that each keeps libraries enough to be tested.
    mixed = [row for pair in zip(*arms.values(), strict=True) for row in pair]
    misdeclared = next(row for row in mixed if row["protocol"] == "nextflex_v3")
    misdeclared["protocol"] = "illumina_v1.5"
    others = [row for row in mixed if row is not misdeclared]
    damaged = {}
    for (damage, reason), row in zip(DAMAGE, others, strict=False):
        damage(folder / row["fastq"])
        damaged[row["sample"]] = reason
    sound = others[len(DAMAGE) :]
    for rewrite, row in zip(HARMLESS, sound, strict=False):
        rewrite(folder / row["fastq"])
    split_into_lanes(folder, sound[len(HARMLESS)])
    write_sheet(folder, rows)
    return Planted(
        folder,
        call_snakemake(repository / "Snakefile", "--cores", "2", cwd=folder),
        damaged,
        misdeclared["sample"],
        [row["sample"] for row in sound[: len(HARMLESS)]],
        sound[len(HARMLESS)]["sample"],
    )


def left_behind(folder: Path) -> list[Path]:
    """Find what a step that was interrupted or careless would leave."""
    patterns = ("*.part", ".alignment-*", "*.tmp")
    return [path for pattern in patterns for path in (folder / "results").rglob(pattern)]


def test_a_run_with_damaged_libraries_ends_well(planted):
    assert planted.said.status == 0, planted.said.text[-5000:]
    assert "Traceback" not in planted.said.text
    assert left_behind(planted.folder) == []


def test_each_damaged_library_is_named_with_its_reason(planted):
    for sample, reason in planted.unreadable.items():
        assert planted.quality.at[sample, "status"] == "unreadable"
        assert reason in planted.quality.at[sample, "reason"]
    seen = planted.quality.loc[planted.misdeclared]
    assert (seen["protocol_declared"], seen["protocol_called"]) == ("illumina_v1.5", "nextflex_v3")
    others = planted.quality.drop(index=list(planted.unreadable))
    assert others["status"].isin(["pass", "warn"]).all(), others["reason"].to_dict()


@pytest.mark.parametrize("page", ["index", "lung"])
def test_the_pages_name_who_is_left_out_and_why(planted, page):
    text = (planted.results / "reports" / f"{page}.html").read_text()
    for sample, reason in planted.unreadable.items():
        assert sample in text
        assert reason in text


def test_damaged_libraries_are_in_no_matrix_and_no_test(planted):
    counts = planted.results / "counts"
    cpm = read_run_table("cpm", counts / "mirna_cpm.tsv")
    for matrix in (read_matrix(counts / "mirna_counts.tsv"), cpm):
        assert set(matrix.columns) == set(planted.quality.index) - set(planted.unreadable)
    record = read_json(planted.results / "differential_expression" / "lung_vs_healthy.json")
    used = {member["sample"] for member in record["samples"] if member["used"]}
    assert used == set(planted.quality.index) - set(planted.unreadable)
    assert record["verdict"] == "fitted", record["reasons"]
    components = pd.read_csv(planted.results / "quality" / "pca.tsv", sep="\t")
    assert not set(planted.unreadable) & set(components["sample"])


def test_every_read_of_the_others_is_accounted_for(planted):
    path = planted.results / "counts" / "class_counts.tsv"
    table = pd.read_csv(path, sep="\t", index_col="sample")
    assert set(table.index[table["status"] == "failed"]) == set(planted.unreadable)
    counted = table.drop(columns=["status", "reads_in"])
    assert (counted.sum(axis=1) == table["reads_in"]).all()
    table = table[table["status"] == "ok"]
    truth = pd.read_csv(planted.folder / "data/truth/samples.tsv", sep="\t", index_col="sample")
    assert (table["reads_in"] == truth["reads"].reindex(table.index)).all()


def test_a_library_may_come_as_text_in_members_or_in_lanes(planted):
    for sample in (*planted.harmless, planted.lanes):
        summary = read_json(planted.results / "quantified" / f"{sample}.json")
        assert summary["status"] == "ok"
    assert len(summary["fastq"]) == 2
    assert sum(lane["reads"] for lane in summary["fastq"]) == summary["reads_in"]


def test_a_damaged_library_stops_the_run_if_that_is_wanted(planted, tmp_path, repository):
    folder = tmp_path / "cohort"
    shutil.copytree(planted.folder, folder, ignore=shutil.ignore_patterns("results", ".snakemake"))
    write_config(folder, CONFIG | {"on_bad_sample": "stop"})
    (sample, reason), *_ = planted.damaged.items()
    target = f"results/quantified/{sample}.tsv"
    said = call_snakemake(repository / "Snakefile", "--cores", "1", target, cwd=folder)
    assert said.status != 0
    # The log of the failed job is shown: what is wrong with which file, and no traceback.
    assert reason in said.text
    assert f"{sample}.fastq.gz" in said.text
    assert "Traceback" not in said.text
    assert not (folder / target).exists()
    assert left_behind(folder) == []


def test_a_run_in_which_nothing_can_be_read_says_so(cohort, tmp_path, repository):
    folder = tmp_path / "cohort"
    shutil.copytree(cohort, folder)
    rows = read_sheet(folder)
    rows = [row for c in ("lung", "healthy") for row in rows if row["condition"] == c][5:11]
    write_sheet(folder, rows)
    for (damage, _), row in zip(DAMAGE, rows, strict=True):
        damage(folder / row["fastq"])
    said = call_snakemake(repository / "Snakefile", "--cores", "2", cwd=folder)
    assert said.status == 0, said.text[-5000:]
    assert "Traceback" not in said.text
    results = folder / "results"
    quality = pd.read_csv(results / "quality" / "samples.tsv", sep="\t")
    assert (quality["status"] == "unreadable").all()
    assert read_matrix(results / "counts" / "mirna_counts.tsv").shape[1] == 0
    assert (results / "multiqc" / "multiqc_report.html").stat().st_size > 100_000
    for page in ("index", "lung"):
        text = (results / "reports" / f"{page}.html").read_text().casefold()
        assert "not assessable" in text
        assert all(reason.casefold() in text for _, reason in DAMAGE)
