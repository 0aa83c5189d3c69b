"""The simulator makes what it says it makes; all else is judged by it."""

import argparse
import gzip
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from exosift.errors import UserError
from exosift.simulation import add_arguments, run
from exosift.simulation.cohort import plan_cohort, simulate_cohort
from exosift.simulation.command import EMBEDDED_SEED, design_of
from exosift.simulation.design import (
    EMBEDDED,
    Arm,
    CohortDesign,
    contrast_sheet,
    plan_libraries,
    sample_sheet,
)
from exosift.simulation.expression import RED_CELL, USUAL_NOISE, library_weights, random_weights
from exosift.simulation.layouts import LAYOUTS, NEXTSEQ, NOVASEQ, Layout
from exosift.simulation.library import IsomirRates, simulate_library
from exosift.simulation.sequencing import bin_shares, sequence_reads
from exosift.simulation.sources import References, load_sources, read_fasta, stream

PURE = IsomirRates(end5=0, end3=0, tail=0, snv=0)
ADAPTER = "TGGAATTCTCGGGTGCCAAGG"
HEADER = re.compile(r"@\w+:\d+:\w+:[12]:\d{4,5}:\d{4,5}:\d{4,5} 1:N:0:[ACGT]{6}")


@pytest.fixture(scope="module")
def references(tmp_path_factory):
    """Small references: 80 random hairpins with two matures each, tRNAs, other small RNAs."""
    folder = tmp_path_factory.mktemp("references")
    rng = np.random.default_rng(5)

    def sequence(length):
        return "".join(rng.choice(list("ACGT"), size=length))

    hairpins, matures = [], []
    for number in range(1, 81):
        text = sequence(80)
        hairpins.append(f">hsa-mir-{number} MI{number}\n{text.replace('T', 'U')}\n")
        for arm, begin in (("5p", 10), ("3p", 48)):
            matures.append(f">hsa-miR-{number}-{arm} MIMAT\n{text[begin : begin + 22]}\n")
    copy = f"{sequence(30)}{text[48:70]}{sequence(28)}"
    hairpins.append(f">hsa-mir-900-1 MI\n{copy}\n>hsa-mir-900-2 MI\n{copy[2:]}\n")
    matures.append(f">hsa-miR-900-3p MIMAT\n{copy[30:52]}\n>hsa-miR-901 MIMAT\n{sequence(21)}\n")
    trnas = [f">Homo_sapiens_tRNA-Gly-GCC-{number}\n{sequence(72)}\n" for number in range(6)]
    trnas.append(f">Escherichia_coli_tRNA-Lys\n{sequence(73)}\n")
    others = f">Y_RNA|RNY4\n{sequence(95)}\n>snRNA|U2\n{sequence(190)}\n>rRNA|5S\n{sequence(120)}\n"
    for name, text in {
        "hairpins": "".join(hairpins),
        "matures": "".join(matures),
        "trnas": "".join(trnas),
        "others": others,
    }.items():
        (folder / f"{name}.fa").write_text(text)
    return References(
        folder / "hairpins.fa", folder / "matures.fa", folder / "trnas.fa", (folder / "others.fa",)
    )


@pytest.fixture(scope="module")
def sources(references):
    return load_sources(references)


SMALL = CohortDesign(
    arms=(Arm("lung", "lung", 4), Arm("glioblastoma", "brain", 4)),
    controls=8,
    reads=(2_000, 3_000),
    expressed=150,
    shared=1,
    specific=1,
    faint=1,
    haemolysed=1,
    failing=1,
)


@pytest.fixture(scope="module")
def cohort(references, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cohort")
    simulate_cohort(folder, design=SMALL, references=references, seed=3, processes=1)
    return folder


def records(path):
    lines = gzip.decompress(Path(path).read_bytes()).decode().splitlines()
    return list(zip(lines[::4], lines[1::4], lines[2::4], lines[3::4], strict=True))


def table(path, index):
    return pd.read_csv(path, sep="\t", keep_default_na=False).set_index(index)


def all_files(folder):
    return {
        path.relative_to(folder): path.read_bytes()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file()
    }


def make(path, sources, layout=LAYOUTS["truseq"], reads=4_000, seed=1, **options):
    weights = np.zeros(len(sources.names))
    weights[sources.distinct()[:100]] = np.geomspace(1, 0.01, 100)
    options = {"isomirs": PURE, "error_rate": 0.0, "run": NEXTSEQ} | options
    return simulate_library(
        path,
        sources=sources,
        layout=layout,
        weights=weights,
        reads=reads,
        rng=stream(seed, "library"),
        **options,
    )


# --- the molecules


def test_fasta_is_read_as_dna_in_upper_case(tmp_path):
    path = tmp_path / "some.fa.gz"
    path.write_bytes(gzip.compress(b">one first\nacgu\nUU\n>two\nGG\n"))
    assert list(read_fasta(path)) == [("one first", "ACGTTT"), ("two", "GG")]


def test_a_file_that_is_not_fasta_is_named(tmp_path):
    path = tmp_path / "table.tsv"
    path.write_text("a\tb\n")
    with pytest.raises(UserError, match=r"table\.tsv is not a FASTA file"):
        list(read_fasta(path))


def test_every_placement_holds_the_mature(sources):
    letters = np.array(list("ACGT"))
    for row, sequence in enumerate(sources.sequences):
        for place in range(sources.first[row], sources.first[row] + sources.many[row]):
            start = sources.start[place]
            found = "".join(letters[sources.bases[start : start + len(sequence)]])
            assert found == sequence
            assert sources.low[place] <= start
            assert start + len(sequence) <= sources.high[place]


def test_a_mature_is_cut_from_the_hairpins_of_its_name(sources):
    many = dict(zip(sources.names, sources.many, strict=True))
    assert many["hsa-miR-900-3p"] == 2  # mir-900-1 and -2, though mir-80 holds the sequence too
    assert many["hsa-miR-80-3p"] == 1
    assert many["hsa-miR-901"] == 1  # in no hairpin: a molecule of its own


def test_matures_of_one_sequence_are_drawn_under_one_name(sources):
    names = {sources.names[row] for row in sources.distinct()}
    assert len({"hsa-miR-80-3p", "hsa-miR-900-3p"} & names) == 1


def test_decoys_are_sorted_into_classes_without_bacteria(sources):
    assert {kind: len(spans) for kind, spans in sources.fragments.items()} == {
        "tRNA": 6,
        "Y_RNA": 1,
        "snRNA": 1,
        "rRNA": 1,
        "unknown": 1,
    }


def test_the_shipped_references_have_all_classes(repository):
    sources = load_sources(References.shipped(repository / "resources"))
    assert set(sources.fragments) == {"tRNA", "Y_RNA", "snRNA", "rRNA", "unknown"}
    assert len(sources.names) == 2656
    assert len(sources.distinct()) == 2632


# --- the reads of one library


def test_there_is_a_layout_for_every_shipped_protocol(repository):
    protocols = pd.read_csv(
        repository / "resources" / "protocols.tsv", sep="\t", comment="#", keep_default_na=False
    )
    for kit in protocols.itertuples():
        layout = LAYOUTS[kit.protocol]
        assert (layout.random5, layout.random3) == (kit.clip5, kit.clip3)
        assert layout.umi_length == kit.umi_length
        assert bool(layout.poly_a[1]) == (kit.poly_a == "yes")
        assert layout.poly_a[1] or layout.adapter3 == kit.adapter3


@pytest.mark.parametrize(
    ("kit", "pattern"),
    [
        ("truseq", rf"^(.{{15,48}}){ADAPTER}AACTCCAGTCAC"),
        ("nextflex_v3", rf"^[ACGT]{{4}}(.{{15,48}})[ACGT]{{4}}{ADAPTER}"),
        ("nebnext", "^(.{15,48})AGATCGGAAGAGCACACGTCT"),
        ("qiaseq", "^(.{15,40})AACTGTAGGCACCATCAAT[ACGT]{12}AGATCGGAAG"),
        ("smarter", "^[ACGT]{3}(.{15,40}?)A{10,}AGATCGGAAGAG"),
    ],
)
def test_reads_are_built_as_the_kit_builds_them(kit, pattern, sources, tmp_path):
    path = tmp_path / "library.fastq.gz"
    truth = make(path, sources, LAYOUTS[kit], shares={}, run=replace(NEXTSEQ, read_length=100))
    inserts = [re.match(pattern, sequence) for _, sequence, _, _ in records(path)]
    assert all(inserts)
    if kit != "smarter":  # an A at the end of an insert cannot be told from the poly-A tail
        found = Counter(match.group(1) for match in inserts if match)
        by_name = dict(zip(sources.names, sources.sequences, strict=True))
        assert found == Counter({by_name[name]: reads for name, reads in truth.counts.items()})


def test_random_ends_and_umis_are_random(sources, tmp_path):
    path = tmp_path / "library.fastq.gz"
    make(path, sources, LAYOUTS["nextflex_v3"], shares={})
    starts = Counter(sequence[:4] for _, sequence, _, _ in records(path))
    assert len(starts) == 256
    assert max(starts.values()) < 60


def test_a_random_half_of_the_matures_is_absent(sources):
    weights = random_weights(sources, stream(1, "weights"))
    assert (weights > 0).sum() == round(len(sources.distinct()) / 2)
    assert (
        random_weights(sources, stream(1, "weights"), present=1.0)[sources.distinct()] > 0
    ).all()


def test_any_layout_can_be_made(sources, tmp_path):
    path = tmp_path / "library.fastq.gz"
    layout = Layout("CTGTAGGCACC", random5=2, random3=6, umi_length=8, after_umi="TTTTT")
    make(path, sources, layout, shares={})
    pattern = re.compile("^.{2}.{21,22}.{6}CTGTAGGCACC.{8}TTTTTACTGAT")
    assert all(pattern.match(sequence) for _, sequence, _, _ in records(path))


def test_the_truth_accounts_for_every_read(sources, tmp_path):
    path = tmp_path / "library.fastq.gz"
    truth = make(path, sources, isomirs=IsomirRates(), error_rate=0.001, antisense=0.1)
    assert sum(truth.classes.values()) == truth.reads == len(records(path)) == 4_000
    assert sum(truth.counts.values()) == truth.classes["miRNA"] == (truth.origins >= 0).sum()
    assert min(truth.classes.values()) > 0


def test_truth_classes_are_what_the_reads_show(sources, tmp_path):
    path = tmp_path / "library.fastq.gz"
    truth = make(path, sources, run=replace(NOVASEQ, read_length=60))
    at = [sequence.find(ADAPTER[:10]) for _, sequence, _, _ in records(path)]
    assert sum(place == 0 for place in at) == truth.classes["adapter_dimer"]
    assert sum(0 < place < 15 for place in at) == truth.classes["too_short"]
    assert sum(place < 0 for place in at) == truth.classes["no_adapter"]


def test_origins_name_the_mature_of_each_read(sources, tmp_path):
    path = tmp_path / "library.fastq.gz"
    truth = make(path, sources)
    for origin, (_, sequence, _, _) in zip(truth.origins, records(path), strict=True):
        if origin >= 0:
            assert sequence.startswith(sources.sequences[origin] + ADAPTER)


@pytest.mark.parametrize("kit", ["truseq", "nextflex_v3", "trimmed"])
def test_insert_lengths_say_where_each_insert_ends(kit, sources, tmp_path):
    path = tmp_path / "library.fastq.gz"
    layout = LAYOUTS[kit]
    truth = make(path, sources, layout, isomirs=IsomirRates(snv=0), shares={"too_short": 0.1})
    for number, (_, sequence, _, qualities) in enumerate(records(path)):
        length = truth.insert_lengths[number]
        assert len(sequence) == len(qualities)
        if layout.adapter3:
            begin = layout.random_bases + length
            assert sequence[begin:].startswith(ADAPTER[: NEXTSEQ.read_length - begin])
        else:
            assert len(sequence) == length
    assert truth.insert_lengths.min() < 15


def test_antisense_reads_are_the_other_strand_and_no_mirna(sources, tmp_path):
    path = tmp_path / "library.fastq.gz"
    truth = make(path, sources, antisense=1.0, shares={})
    assert truth.counts == {}
    assert truth.classes["antisense"] == 4_000
    flipped = str.maketrans("ACGT", "TGCA")
    known = {sequence[::-1].translate(flipped) for sequence in sources.sequences}
    assert all(sequence.split(ADAPTER)[0] in known for _, sequence, _, _ in records(path))


def test_isomirs_come_at_their_rates(sources, tmp_path):
    path = tmp_path / "library.fastq.gz"
    truth = make(path, sources, reads=40_000, shares={}, isomirs=IsomirRates())
    whole = canonical = 0
    for origin, (_, sequence, _, _) in zip(truth.origins, records(path), strict=True):
        mature = sources.sequences[origin]
        whole += mature in sequence
        canonical += sequence.startswith(mature + ADAPTER)
    # 0.93 keep the 5' end, 0.5 the 3' end, 0.86 have no tail, 0.99 no variant.
    assert canonical / 40_000 == pytest.approx(0.93 * 0.5 * 0.86 * 0.99, abs=0.015)
    assert whole > canonical


def test_tails_and_variants_are_where_they_are_said_to_be(sources, tmp_path):
    path = tmp_path / "library.fastq.gz"
    rates = IsomirRates(end5=0, end3=0, tail=1, snv=0)
    truth = make(path, sources, shares={}, isomirs=rates)
    tails = Counter()
    for origin, (_, sequence, _, _) in zip(truth.origins, records(path), strict=True):
        mature = sources.sequences[origin]
        tail = sequence[len(mature) : sequence.index(ADAPTER)]
        assert sequence.startswith(mature)
        assert 1 <= len(tail) <= 3
        assert len(set(tail)) == 1
        tails[tail[0]] += 1
    assert tails["A"] > tails["T"] > tails["C"] + tails["G"]

    truth = make(path, sources, shares={}, isomirs=replace(rates, mixed=1))
    tails = Counter()
    for origin, (_, sequence, _, _) in zip(truth.origins, records(path), strict=True):
        mature = sources.sequences[origin]
        tails[sequence[len(mature) : sequence.index(ADAPTER)]] += 1
    assert tails["AT"] + tails["TA"] > tails["AA"] > 0

    truth = make(path, sources, shares={}, isomirs=replace(rates, tail=0, snv=1))
    for origin, (_, sequence, _, _) in zip(truth.origins, records(path), strict=True):
        mature = sources.sequences[origin]
        differ = [one != other for one, other in zip(mature, sequence, strict=False)]
        assert sum(differ) == 1


def test_amplified_molecules_share_their_umi(sources, tmp_path):
    path = tmp_path / "library.fastq.gz"
    truth = make(path, sources, LAYOUTS["qiaseq"], reads=6_000, shares={}, amplification=4.0)
    pattern = re.compile("^(.*?)AACTGTAGGCACCATCAAT(.{12})")
    pairs = {pattern.match(sequence).groups() for _, sequence, _, _ in records(path)}
    assert len(pairs) == sum(truth.molecules.values())
    assert 1_350 < len(pairs) <= 1_500
    assert sum(truth.counts.values()) == 6_000


def test_reads_shorter_than_the_kit_needs_are_refused(sources, tmp_path):
    with pytest.raises(UserError, match="too short for this kit"):
        make(tmp_path / "a.fastq.gz", sources, run=replace(NOVASEQ, read_length=20))


# --- the sequencer


@pytest.mark.parametrize("scores", [NEXTSEQ.scores, NOVASEQ.scores])
@pytest.mark.parametrize("error_rate", [0.0005, 0.001, 0.005, 0.01])
def test_qualities_promise_the_error_rate(scores, error_rate):
    shares, chance = bin_shares(error_rate, scores)
    assert shares.sum() == pytest.approx(1)
    assert shares.min() >= 0
    assert shares @ chance == pytest.approx(error_rate)
    assert chance == pytest.approx([10 ** (-score / 10) for score in scores])


def test_errors_happen_as_often_as_the_qualities_say():
    rng = np.random.default_rng(2)
    before = rng.integers(0, 4, size=(60_000, 60), dtype=np.uint8)
    reads = before.copy()
    qualities, wrong = sequence_reads(reads, rng, NOVASEQ.scores, 0.001)
    changed = (reads != before) & (reads < 4)
    unread = reads == 4
    assert changed.mean() == pytest.approx(0.001, rel=0.1)
    assert abs(int(changed.sum()) - wrong) <= unread.sum()
    for score in NOVASEQ.scores:
        rate = changed[qualities == score + 33].mean()
        assert rate == pytest.approx(10 ** (-score / 10), rel=0.2)
    assert unread.any(axis=1).mean() == pytest.approx(0.001, rel=0.5)
    assert set(qualities[unread]) == {2 + 33}


def test_headers_are_those_of_the_run(cohort):
    truth = table(cohort / "truth" / "samples.tsv", "sample")
    for sample in truth.index[:4]:
        run_ = {"B1": NEXTSEQ, "B2": NOVASEQ}[truth.at[sample, "batch"]]
        found = records(cohort / "fastq" / f"{sample}.fastq.gz")
        assert all(HEADER.fullmatch(header) for header, _, _, _ in found)
        assert all(
            header.startswith(f"@{run_.instrument}:{run_.number}:{run_.flowcell}:")
            for header, _, _, _ in found
        )
        assert len({header for header, _, _, _ in found}) == len(found)
        assert {len(sequence) for _, sequence, _, _ in found} == {run_.read_length}
        assert all(len(sequence) == len(quality) for _, sequence, _, quality in found)


# --- the cohort


def test_bytes_do_not_depend_on_the_number_of_processes(cohort, references, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first, second = Path("first/cohort"), Path("second/cohort")
    for folder, processes in ((first, 1), (second, 3)):
        simulate_cohort(folder, design=SMALL, references=references, seed=3, processes=processes)
    one, other = all_files(first), all_files(second)
    assert len(one) == 16 + 2 + 3
    sheet = Path("samples.tsv")
    assert one.pop(sheet) == other.pop(sheet).replace(b"second/", b"first/")
    assert one == other
    kept = all_files(cohort)
    del kept[sheet]
    assert one == kept


def test_another_seed_makes_another_cohort(cohort, references, tmp_path):
    design = replace(SMALL, failing=0)
    simulate_cohort(tmp_path, design=design, references=references, seed=4, processes=1)
    one, other = all_files(cohort / "fastq"), all_files(tmp_path / "fastq")
    assert not set(one.values()) & set(other.values())


def test_truth_of_the_cohort_agrees_with_its_files(cohort):
    samples = table(cohort / "truth" / "samples.tsv", "sample")
    counts = table(cohort / "truth" / "counts.tsv", "mirna")
    classes = samples.loc[:, "miRNA":"unknown"]
    assert (classes.sum(axis=1) == samples["reads"]).all()
    assert (counts.sum() == samples["miRNA"]).all()
    assert len(counts) == 150
    for sample in samples.index:
        assert len(records(cohort / "fastq" / f"{sample}.fastq.gz")) == samples.at[sample, "reads"]


def test_the_failing_library_is_adapter_dimers(cohort):
    samples = table(cohort / "truth" / "samples.tsv", "sample")
    (failing,) = samples.index[samples["state"] == "failing"]
    assert samples.at[failing, "adapter_dimer"] / samples.at[failing, "reads"] > 0.9


def test_a_damaged_file_ends_halfway(references, tmp_path):
    design = replace(SMALL, failing=0, haemolysed=0, damaged=1)
    simulate_cohort(tmp_path, design=design, references=references, seed=3, processes=1)
    samples = table(tmp_path / "truth" / "samples.tsv", "sample")
    (damaged,) = samples.index[samples["state"] == "damaged"]
    with pytest.raises(EOFError):
        gzip.decompress((tmp_path / "fastq" / f"{damaged}.fastq.gz").read_bytes())


def test_planted_fold_changes_are_realised(references):
    design = replace(SMALL, noise=USUAL_NOISE.times(0), expressed=100, shared=2, specific=2)
    sources, expression, effects = plan_cohort(references, design, 1)

    def proportions(condition):
        weights = library_weights(
            expression,
            effects,
            condition=condition,
            protocol="truseq",
            batch="B1",
            female=False,
            age=60,
            haemolysis=0.0,
            noise=design.noise,
            rng=stream(1, "any"),
            matures=len(sources.names),
        )
        return weights / weights.sum()

    for arm in design.arms:
        planted = {e.mirna: e.log2fc for e in effects if e.condition == arm.condition}
        reads = [
            stream(2, who).multinomial(2_000_000, proportions(who))[expression.rows]
            for who in (arm.condition, "healthy")
        ]
        log2fc = np.log2((reads[0] + 0.5) / (reads[1] + 0.5))
        error = np.sqrt(1 / (reads[0] + 1) + 1 / (reads[1] + 1)) / np.log(2)
        log2fc -= np.median(log2fc)  # what a few changes do to the shares of all others
        for name, found, sd in zip(expression.names, log2fc, error, strict=True):
            assert found == pytest.approx(planted.get(name, 0.0), abs=5 * sd + 0.02)


def test_planted_fold_changes_are_shared_or_specific(references):
    design = replace(SMALL, reads=(20_000, 20_000), shared=3, specific=4, faint=0)
    _, _, effects = plan_cohort(references, design, 1)
    found = {
        arm.condition: {
            (e.mirna, e.log2fc, e.scope) for e in effects if e.condition == arm.condition
        }
        for arm in design.arms
    }
    both = found["lung"] & found["glioblastoma"]
    assert {scope for _, _, scope in both} == {"shared"}
    assert len(both) == 3
    assert [len(changes) for changes in found.values()] == [7, 7]
    assert all(0.8 <= abs(effect.log2fc) <= 3.0 for effect in effects)
    assert {np.sign(effect.log2fc) for effect in effects} == {-1, 1}


def test_too_many_differences_are_refused(references):
    with pytest.raises(UserError, match="fewer differences"):
        plan_cohort(references, replace(SMALL, specific=1_000), 1)


def test_haemolysis_raises_red_cell_mirnas(repository):
    references = References.shipped(repository / "resources")
    sources, expression, _ = plan_cohort(references, EMBEDDED, 1)
    row = {name: which for which, name in enumerate(sources.names)}
    weights = {
        haemolysis: library_weights(
            expression,
            [],
            condition="healthy",
            protocol="truseq",
            batch="B1",
            female=False,
            age=60,
            haemolysis=haemolysis,
            noise=EMBEDDED.noise,
            rng=stream(1, "same"),
            matures=len(sources.names),
        )
        for haemolysis in (0.0, 1.0)
    }
    rise = {
        name: np.log2(weights[1.0][row[name]] / weights[0.0][row[name]])
        for name in row
        if weights[0.0][row[name]]
    }
    assert rise["hsa-miR-451a"] == pytest.approx(RED_CELL["hsa-miR-451a"])
    assert rise["hsa-miR-23a-3p"] == 0


# --- the embedded cohort


def test_kit_batch_and_sex_are_balanced_in_every_arm():
    sheet = sample_sheet(plan_libraries(EMBEDDED, EMBEDDED_SEED), "simulated/fastq")
    sizes = sheet["condition"].value_counts().to_dict()
    assert sizes == {
        "healthy": 24,
        "colorectal": 24,
        "melanoma": 12,
        "lung": 12,
        "glioblastoma": 12,
    }
    cells = sheet.groupby(["condition", "protocol", "batch"]).size()
    assert all(cells[name].tolist() == [size // 4] * 4 for name, size in sizes.items())
    for column in ("protocol", "batch"):
        crossed = sheet.groupby(["condition", column, "sex"]).size().unstack()
        assert (crossed["female"] == crossed["male"]).all()


def test_every_contrast_of_the_embedded_cohort_has_full_rank():
    libraries = plan_libraries(EMBEDDED, EMBEDDED_SEED)
    sheet = sample_sheet([one for one in libraries if one.state != "failing"], "fastq")
    for contrast in contrast_sheet(EMBEDDED).itertuples():
        used = sheet[sheet["condition"].isin([contrast.case, contrast.control])]
        covariates = used[contrast.covariates.split(",")]
        design = pd.get_dummies(covariates, columns=["protocol", "batch", "sex"], drop_first=True)
        design["case"] = used["condition"] == contrast.case
        design["intercept"] = 1
        assert np.linalg.matrix_rank(design.astype(float)) == design.shape[1] == 6


def test_bad_libraries_of_the_embedded_cohort_are_spread():
    libraries = plan_libraries(EMBEDDED, EMBEDDED_SEED)
    bad = Counter((one.state, one.condition) for one in libraries if one.state != "good")
    assert sorted(state for state, _ in bad.elements()) == ["failing"] + ["haemolysed"] * 3
    assert len({arm for state, arm in bad if state == "haemolysed"}) == 3


def test_preparation_order_says_nothing_about_the_condition():
    conditions = [one.condition for one in plan_libraries(EMBEDDED, EMBEDDED_SEED)]
    places = np.flatnonzero(np.array(conditions) == "healthy")
    assert abs(places.mean() - 41.5) < 3 * np.sqrt(84**2 / 12 / 24)


def test_committed_sheets_are_those_of_the_embedded_cohort(repository, tmp_path):
    from exosift.files import write_table

    sheets = {
        "samples.tsv": sample_sheet(plan_libraries(EMBEDDED, EMBEDDED_SEED), "simulated/fastq"),
        "contrasts.tsv": contrast_sheet(EMBEDDED),
    }
    for name, sheet in sheets.items():
        write_table(sheet, tmp_path / name)
        assert (repository / "config" / name).read_bytes() == (tmp_path / name).read_bytes()


# --- the command


def parsed(*words):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(words)


def test_without_options_the_command_makes_the_embedded_cohort():
    assert design_of(parsed()) == EMBEDDED
    assert parsed().seed == EMBEDDED_SEED


def test_options_make_another_cohort():
    words = "--cancers lung=3 glioma --per-arm 5 --reads 1000 2000 --kits qiaseq --noise 0"
    design = design_of(parsed(*words.split()))
    assert design.arms == (Arm("lung", "lung", 3), Arm("glioma", "brain", 5))
    assert design.controls == 5
    assert design.reads == (1000, 2000)
    assert design.protocols == ("qiaseq",)
    assert design.noise.subject == 0
    assert design.haemolysed == design.failing == 0


@pytest.mark.parametrize(
    ("words", "folder"),
    [
        ("", "simulated"),
        ("--seed 5", "cohort"),
        ("--cancers lung=3", "cohort"),
        ("--output mine", "mine"),
    ],
)
def test_a_cohort_goes_to_a_folder_of_its_own(words, folder, monkeypatch):
    made = {}
    monkeypatch.setattr(
        "exosift.simulation.cohort.simulate_cohort", lambda output, **_: made.update(to=output)
    )
    run(parsed(*words.split()))
    assert made["to"] == Path(folder)


def test_the_folder_of_the_embedded_cohort_is_kept_for_it():
    with pytest.raises(UserError, match="where the workflow simulates the embedded cohort"):
        run(parsed("--output", "simulated", "--cancers", "lung=3"))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--cancers lung=x", "--cancers has 'lung=x'"),
        ("--kits trueseq", "The simulator has no kit 'trueseq'"),
        ("--reads 50 20", "fewest and the most reads"),
        ("--cancers lung lung", "Two arms have one name"),
        ("--per-arm 0", "one sample or more"),
        ("--processes 0", "--processes is 0"),
        ("--effect 2 1", "smallest and the largest"),
        ("--haemolysed 500", "More libraries are to be bad"),
    ],
)
def test_mistakes_in_options_are_told(words, sentence, references, tmp_path):
    given = parsed(
        *words.split(),
        *("--output", str(tmp_path), "--hairpins", str(references.hairpins)),
        *("--matures", str(references.matures), "--trnas", str(references.trnas)),
    )
    with pytest.raises(UserError, match=re.escape(sentence)):
        run(given)
    assert not list(tmp_path.iterdir())


def test_the_command_writes_a_cohort(references, tmp_path, capsys):
    run(
        parsed(
            *("--output", str(tmp_path / "made"), "--cancers", "lung=2", "--controls", "2"),
            *("--reads", "1500", "1500", "--shared", "0", "--specific", "0", "--processes", "1"),
            *("--keep-sheets", "--expressed", "80"),
            *("--hairpins", str(references.hairpins), "--matures", str(references.matures)),
            *("--trnas", str(references.trnas), "--ncrnas"),
        )
    )
    made = {path.name for path in (tmp_path / "made").iterdir()}
    assert made == {"fastq", "truth"}
    assert "The cohort is in" in capsys.readouterr().out
