"""IsomiRs and mirGFF3 against mirtop: its stored words, and mirtop itself where it is installed.

`mirtop.tsv` holds what mirtop 0.4.30 says of isomiRs of miR-21; `make_mirtop.py` made it.
"""

import csv
import gzip
import os
import re
import shutil
import sqlite3
import subprocess
from collections import Counter
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import pytest
from exosift import __version__
from exosift.annotation import read_annotation
from exosift.calling import call
from exosift.features import annotated_places, locate, read_features, write_features
from exosift.inserts import UniqueInserts
from exosift.isomirs import PARTS_OF_MIRNA, find_isomirs, variant, write_isomirs
from exosift.kernel import load_kernel
from exosift.kernel.layout import MIRNA_CLASS
from exosift.matching import match
from exosift.mirgff3 import write_mirgff3
from exosift.protocols import SHIPPED, read_protocols
from exosift.quantification import Quantification
from exosift.references import Source, collect, write_transcripts
from exosift.settings.quantification import IsomirRules
from exosift.simulation.expression import random_weights
from exosift.simulation.layouts import LAYOUTS
from exosift.simulation.library import PLASMA, IsomirRates, simulate_library
from exosift.simulation.sources import References, load_sources, stream
from exosift.transcriptome import build_transcriptome
from exosift.trimming import trim

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def count(repository, tmp_path_factory):
    """Quantify inserts against all human hairpins."""
    folder = tmp_path_factory.mktemp("references")
    resources = repository / "resources"
    features = read_features(resources / "matures.fa", resources / "mirgenedb.gff3.gz")
    transcripts, _ = collect([Source("miRNA", resources / "hairpins.fa")], set(), {})
    write_transcripts(transcripts, folder / "transcripts.fa", folder / "transcripts.tsv")
    locations = locate(features, transcripts, annotated_places(resources / "mirbase.gff3.gz"))
    write_features(features, locations, folder / "features.tsv", folder / "windows.tsv")
    kernel = load_kernel()
    reference = build_transcriptome(((one.label, one.sequence) for one in transcripts), kernel)
    known = read_annotation(folder / "transcripts.tsv", folder / "windows.tsv", reference.names)

    def run(inserts):
        hits = match(inserts, reference)
        rules = IsomirRules()
        calls = call(inserts, hits, known, rules)
        return Quantification(inserts, hits, calls, known, reference, rules)

    return run


def attributes(path):
    """Read the attributes of each line of mirGFF3."""
    told = []
    for line in path.read_text().splitlines():
        if not line.startswith("#"):
            cells = (cell.strip() for cell in line.split("\t")[8].split(";"))
            told.append(dict(cell.split("=") for cell in cells))
    return told


@pytest.fixture(scope="module")
def typed(count, tmp_path_factory):
    """What mirtop says of a read, and what exosift says: parts of the variant, and attributes."""
    with (HERE / "mirtop.tsv").open() as handle:
        told = {row["read"]: row for row in csv.DictReader(handle, delimiter="\t")}
    library = count(UniqueInserts.of([(read, 1) for read in told], load_kernel()))
    isomirs = find_isomirs(library)
    path = tmp_path_factory.mktemp("mirgff3") / "s.gff3"
    write_mirgff3(library, isomirs, path, sample="s")
    ours = {one["Read"]: one for one in attributes(path) if one["Name"] == "hsa-miR-21-5p"}
    reads = library.inserts.sequences(isomirs.inserts)
    columns = (isomirs.shifts_5p, isomirs.shifts_3p, isomirs.tails, isomirs.snvs)
    forms = zip(*(column.tolist() for column in columns), strict=True)
    parts = dict(zip(reads, forms, strict=True))
    return {read: (row, ours[read], parts[read]) for read, row in told.items()}


def test_mirtop_has_the_same_licence_plates(typed):
    assert len(typed) > 150
    assert {len(read) % 5 for read in typed} == set(range(5))
    for mirtop, ours, _ in typed.values():
        assert mirtop["uid"] == ours["UID"]


def test_mirtop_writes_the_same_alignments(typed):
    assert {read: ours["Cigar"] for read, (_, ours, _) in typed.items()} == {
        read: mirtop["cigar"] for read, (mirtop, _, _) in typed.items()
    }


def words(text):
    return sorted(text.split(","))


def test_mirtop_types_other_ends_with_the_same_words(typed):
    plain = {read: told for read, told in typed.items() if told[2][2:] == (0, -1)}
    assert len(plain) > 70
    for mirtop, ours, _ in plain.values():
        assert words(mirtop["variant"]) == words(ours["Variant"])


def test_mirtop_counts_the_places_of_changed_bases_from_zero(typed):
    # The format and the field count from one: the seed is 2 to 7.
    changed = {read: told for read, told in typed.items() if told[2][3] >= 0}
    places = {parts[3] for _, _, parts in changed.values()}
    assert set(range(17)) <= places
    for mirtop, ours, (*ends, tail, snv) in changed.values():
        assert ours["Variant"] == variant(*ends, tail, snv)
        if snv < len(ours["Read"]) - 5:
            assert words(mirtop["variant"]) == words(variant(*ends, tail, snv - 1 if snv else snv))
        else:  # among the last five it takes it for the beginning of a tail
            assert "iso_add3p" in mirtop["variant"] or "iso_snv" in mirtop["variant"]
    assert {name for _, name in PARTS_OF_MIRNA} <= {told[1]["Variant"] for told in changed.values()}


def test_mirtop_counts_a_tail_into_the_shift_of_the_end(typed):
    # The format has the shift of the template: mirtop loses the trimming below a tail (its issue
    # 73), and counts the tail twice behind a longer end. A tail with a base that the hairpin has by
    # chance can be a changed base to it.
    tailed = {read: told for read, told in typed.items() if told[2][2]}
    assert len(tailed) > 40
    different = 0
    for mirtop, ours, (shift_5p, shift_3p, tail, snv) in tailed.values():
        assert snv == -1
        assert ours["Variant"] == variant(shift_5p, shift_3p, tail, -1)
        end = abs(shift_3p + tail) * (1 if shift_3p > 0 else -1) if shift_3p else 0
        if words(mirtop["variant"]) != words(variant(shift_5p, end, tail, -1)):
            different += 1
            assert sum(letter in "ACGT" for letter in ours["Cigar"]) < tail
            assert "iso_snv" in mirtop["variant"]
    assert 0 < different < len(tailed) / 4


@pytest.fixture(scope="module")
def mirtop():
    """Run mirtop, and give what it says."""
    program = shutil.which("mirtop")
    if not program:
        pytest.skip("mirtop is not on the PATH: it is no part of exosift's environment")

    def run(*arguments, cwd):
        done = subprocess.run(
            [str(argument) for argument in arguments],
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            env=os.environ | {"PYTHONWARNINGS": "ignore"},
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    return program, run


@pytest.fixture(scope="module")
def simulated(count, repository, tmp_path_factory):
    """A simulated library, counted: its folder, with `s1.gff3`, `s1.tsv` and miRBase's places."""
    folder = tmp_path_factory.mktemp("simulated")
    resources = repository / "resources"
    sources, rng = load_sources(References.shipped(resources)), stream(3, "mirtop")
    fastq = folder / "s1.fastq.gz"
    simulate_library(
        fastq,
        sources=sources,
        layout=LAYOUTS["truseq"],
        weights=random_weights(sources, rng),
        reads=20_000,
        rng=rng,
        shares=PLASMA,
        isomirs=IsomirRates(mixed=0.5),
    )
    _, counted = trim([fastq], read_protocols(SHIPPED)["truseq"], sample="s1")
    library = count(counted.ranked())
    isomirs = find_isomirs(library)
    write_mirgff3(library, isomirs, folder / "s1.gff3", sample="s1")
    write_isomirs(library, isomirs, folder / "s1.tsv")
    mirbase = gzip.decompress((resources / "mirbase.gff3.gz").read_bytes())
    (folder / "hsa.gff3").write_bytes(mirbase)
    return folder, library


def read_reads(library):
    """Sum the miRNA reads whose bases were all read."""
    chosen = (library.inserts.words[:, 2] == 0) & (library.calls.winners == MIRNA_CLASS)
    return int(library.inserts.reads[chosen].sum())


VALIDATE = """
import sys
from mirtop.gff import validator
from mirtop.libs.logger import initialize_logger
initialize_logger(".", False, False)
validator.check_multiple(type("Files", (), {"files": sys.argv[1:]}))
"""


def test_mirtop_finds_no_fault(mirtop, simulated):
    # Not by `mirtop validate`, which checks nothing in 0.4.30: it is called by another name than it
    # listens to.
    program, run = mirtop
    folder, _ = simulated
    python = Path(program).parent / "python"
    said = run(python, "-c", VALIDATE, "s1.gff3", cwd=folder)
    assert "HEADER CHECKED" in said
    assert not re.search("ERROR|WARNING", said), said
    broken = (folder / "s1.gff3").read_text().replace("Variant=iso_3p", "Variant=long_3p")
    (folder / "broken.gff3").write_text(broken)
    assert "INCORRECT VARIANT" in run(python, "-c", VALIDATE, "broken.gff3", cwd=folder)


def test_mirtop_sums_the_reads_of_the_library(mirtop, simulated):
    program, run = mirtop
    folder, library = simulated
    run(program, "stats", "s1.gff3", "-o", ".", cwd=folder)
    with (folder / "mirtop_stats.txt").open() as handle:
        next(handle)
        sums: dict[str, float] = {}
        for row in csv.DictReader(handle):  # some come again, as 0
            sums.setdefault(row["category"], float(row["counts"]))
    assert sums["ref_miRNA_sum"] + sums["isomiR_sum"] == read_reads(library) > 8_000


def test_mirtop_counts_each_mature_as_exosift_does(mirtop, simulated, repository):
    program, run = mirtop
    folder, library = simulated
    where = ("--hairpin", repository / "resources" / "hairpins.fa", "--gtf", folder / "hsa.gff3")
    words = ("counts", "--add-extra", "--gff", "s1.gff3", "-o", "counts", "--sps", "hsa")
    run(program, *words, *where, cwd=folder)
    with (folder / "counts" / "s1.tsv").open() as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    assert len(rows) == len(attributes(folder / "s1.gff3"))
    features = {
        name: feature
        for name, (feature, *_) in zip(
            library.annotation.matures, library.annotation.windows.tolist(), strict=True
        )
    }
    theirs: Counter[str] = Counter()
    for row in rows:
        theirs[library.annotation.feature_names[features[row["miRNA"]]]] += int(row["s1"])
    unread = Counter()
    isomirs = find_isomirs(library)
    for insert, feature, reads in zip(
        isomirs.inserts.tolist(), isomirs.features.tolist(), isomirs.reads.tolist(), strict=True
    ):
        if library.inserts.words[insert, 2]:
            unread[library.annotation.feature_names[feature]] += reads
    ours: Counter[str] = Counter()
    with (folder / "s1.tsv").open() as handle:
        for row in csv.DictReader(handle, delimiter="\t"):
            ours[row["mirna"]] += Fraction(row["reads"])
    assert len(ours) > 400
    for name, reads in ours.items():
        assert abs(reads - unread[name] - theirs[name]) < 1.5


def test_mirtop_finds_the_changed_bases(mirtop, simulated, repository):
    program, run = mirtop
    folder, _ = simulated
    where = ("--hairpin", repository / "resources" / "hairpins.fa", "--gtf", folder / "hsa.gff3")
    words = ("export", "--format", "vcf", "-o", "vcf", "--sps", "hsa")
    run(program, *words, *where, "s1.gff3", cwd=folder)
    lines = (folder / "vcf" / "s1.vcf").read_text().splitlines()
    changes = [line.split("\t")[3:5] for line in lines if not line.startswith("#")]
    assert len(changes) > 100
    assert all(reference != other for reference, other in changes)


def test_mirtop_takes_the_file_into_its_database(mirtop, simulated):
    program, run = mirtop
    folder, _ = simulated
    run(program, "sql", "--create", "--gff", "s1.gff3", "-o", ".", "--db", "s1.db", cwd=folder)
    with closing(sqlite3.connect(folder / "s1.db")) as base:
        rows = base.execute("SELECT UID, Variant, Filter FROM data_sets").fetchall()
        ((version, tools),) = base.execute("SELECT version, tools FROM summary").fetchall()
    told = attributes(folder / "s1.gff3")
    assert rows == [(one["UID"], one["Variant"], one["Filter"]) for one in told]
    assert (version, tools) == ("1.2", f"exosift-{__version__}")
