import numpy as np
import pandas as pd
import pytest
from exosift import quality
from exosift.files import write_table
from exosift.findings import Exclusion

LIMITS = {
    "adapter_share": {"fail_below": 0.20, "warn_below": 0.70},
    "short_insert_share": {"fail_above": 0.80, "warn_above": 0.50},
    "q30_share": {"fail_below": 0.50, "warn_below": 0.75},
    "kept_share": {"fail_below": 0.25, "warn_below": 0.50},
    "mirna_reads": {"fail_below": 30_000, "warn_below": 100_000},
    "transcriptome_reads": {"fail_below": 100_000, "warn_below": 250_000},
    "mirnas_detected": {"fail_below": 75, "warn_below": 150},
    "transcriptome_genome_ratio": {"fail_below": 0.5, "warn_below": 0.6},
    "mirna_share": {"fail_below": 0.01, "warn_below": 0.10},
    "insert_20_25_share": {"fail_below": 0.10, "warn_below": 0.25},
    "rrna_share": {"fail_above": 0.60, "warn_above": 0.30},
    "vector_share": {"fail_above": 0.20, "warn_above": 0.05},
    "top_mirna_share": {"fail_above": 0.60, "warn_above": 0.40},
    "complexity_z": {"warn_below": -3},
    "peer_correlation": {"warn_below": 0.75},
    "trna_yrna_z": {"warn_above": 3},
    "spike_in_z": {"warn_beyond": 3},
    "haemolysis_h1_z": {"warn_above": 2.5, "flag_above": 3.5},
    "haemolysis_h2_z": {"warn_above": 2.5, "flag_above": 3.5},
    "platelet_z": {"warn_above": 2.5},
}
THRESHOLDS = {
    "detection_reads": 5,
    "min_libraries": 8,
    "min_libraries_of_a_median": 3,
    "duplicate_dispersion": 1.2,
    "spike_ins_expected": False,
    **LIMITS,
}
KEPT = 400_000


def summary(**changes):
    good = {
        "status": "ok",
        "reason": "",
        "protocol": "truseq",
        "adapter": "TGGAATTC",
        "reads_in": 500_000,
        "fates": {
            "adapter_dimer": 20_000,
            "no_adapter": 30_000,
            "too_short": 30_000,
            "too_long": 10_000,
            "low_quality": 5_000,
            "low_complexity": 5_000,
        },
        "classes": {"miRNA": 210_000, "tRNA": KEPT - 210_000},
        "insert_lengths": {"0": 20_000, "12": 30_000, "22": 300_000, "32": 100_000, "55": 10_000},
        "q30_share": 0.95,
    }
    return good | changes


def fates(kept=KEPT, **changes):
    return {"fates": summary()["fates"] | changes, "classes": {"miRNA": kept}}


def classes(**changes):
    good = {
        "reads_in": 500_000,
        "adapter_dimer": 20_000,
        "no_adapter": 30_000,
        "too_short": 30_000,
        "too_long": 10_000,
        "low_quality": 5_000,
        "low_complexity": 5_000,
        "spike_in": 0,
        "miRNA": 210_000,
        "tRNA": 40_000,
        "Y_RNA": 20_000,
        "rRNA": 20_000,
        "vector": 4_000,
        "unmapped": 106_000,
    }
    return good | changes


def mirna_counts(samples, seed=7, mirnas=300):
    rng = np.random.default_rng(seed)
    levels = rng.lognormal(4, 1.2, (mirnas, 1)) * rng.lognormal(0, 0.3, (mirnas, len(samples)))
    names = ["hsa-miR-451a", "hsa-miR-23a-3p", *(f"hsa-miR-{3000 + i}-5p" for i in range(mirnas))]
    counts = rng.poisson(levels / levels.sum(axis=0) * 200_000) + 5
    return pd.DataFrame(counts, index=names[:mirnas], columns=samples)


def cohort(samples=24):
    names = [f"S{i:02d}" for i in range(samples)]
    sheet = pd.DataFrame(
        {"condition": ["case", "control"] * (samples // 2) + ["case"] * (samples % 2)},
        index=pd.Index(names, name="sample"),
    )
    sheet["batch"] = ["1" if i < samples / 2 else "2" for i in range(samples)]
    rng = np.random.default_rng(8)
    class_counts = pd.DataFrame(
        [classes(tRNA=40_000 + t, unmapped=106_000 - t) for t in rng.integers(0, 9000, samples)],
        index=sheet.index,
    )
    return sheet, {name: summary() for name in names}, mirna_counts(names), class_counts


def assess_one(changed_summary=None, changed_classes=None, counts=None, thresholds=THRESHOLDS):
    """Assess a library called 'odd' beside three good ones."""
    sheet, summaries, good, class_counts = cohort(4)
    sheet.index = ["odd", *sheet.index[1:]]
    good.columns = class_counts.index = sheet.index
    summaries["odd"] = summary(**(changed_summary or {}))
    class_counts.loc["odd"] = pd.Series(classes(**(changed_classes or {})))
    if changed_classes and "genome" in changed_classes:
        class_counts["genome"] = [changed_classes["genome"], 0, 0, 0]
    if counts is not None:
        good["odd"] = counts
    return quality.assess(sheet, summaries, good, class_counts, thresholds).loc["odd"]


def test_good_libraries_pass_without_a_reason():
    table = quality.assess(*cohort(), THRESHOLDS)
    passed = table[table["status"] == "pass"]
    assert len(passed) > 20
    assert set(passed["reason"]) == {""}
    assert set(table["status"]) <= {"pass", "warn"}


@pytest.mark.parametrize(
    ("changes", "in_classes", "status", "sentence"),
    [
        ({"insert_lengths": {"22": 5_000}}, {}, "fail", "adapter is in 14.3% of the reads"),
        ({"insert_lengths": {"22": 50_000}}, {}, "warn", "adapter is in 62.5% of the reads"),
        (fates(adapter_dimer=400_000, kept=50_000), {}, "fail", "86.0% of the reads are adapter"),
        (fates(adapter_dimer=230_000, kept=190_000), {}, "warn", "52.0% of the reads are adapter"),
        ({"q30_share": 0.4}, {}, "fail", "40.0% of the bases have a quality of 30 or more"),
        ({"q30_share": 0.74}, {}, "warn", "(warns below 75%)"),
        (fates(kept=100_000), {}, "fail", "20.0% of the reads were kept"),
        ({}, {"miRNA": 40_000}, "fail", "100,000 reads of the transcriptome"),
        ({}, {"miRNA": 40_001}, "warn", "100,001 reads of the transcriptome"),
        ({}, {"genome": 270_000}, "fail", "0.50 transcriptome reads per genome read"),
        ({}, {"genome": 269_000}, "warn", "0.50 transcriptome reads per genome read"),
        ({}, {"miRNA": 2_000, "mRNA": 300_000}, "fail", "of the kept reads are miRNA"),
        ({"insert_lengths": {"22": 30, "32": 970}}, {}, "fail", "3.0% of the inserts are 20 to 25"),
        ({}, {"rRNA": 700_000}, "fail", "of the kept reads are rRNA (fails above 60%)"),
        ({}, {"vector": 120_000}, "fail", "of the kept reads are vector"),
        ({}, {"vector": 30_000}, "warn", "(warns above 5%)"),
    ],
)
def test_limits(changes, in_classes, status, sentence):
    row = assess_one(changes, in_classes)
    assert row["status"] == status
    assert sentence in row["reason"]


@pytest.mark.parametrize(
    ("reads", "detected", "status", "sentence"),
    [
        (29_999, 300, "fail", "29,999 reads of mature miRNAs (fails below 30,000)"),
        (30_000, 300, "warn", "30,000 reads of mature miRNAs (warns below 100,000)"),
        (200_000, 74, "fail", "74 miRNAs detected (fails below 75)"),
        (200_000, 149, "warn", "149 miRNAs detected (warns below 150)"),
        (0, 0, "fail", "0 reads of mature miRNAs"),
    ],
)
def test_depth(reads, detected, status, sentence):
    counts = np.zeros(300, dtype=int)
    if detected:
        counts[:detected] = reads // detected
        counts[0] += reads - counts.sum()
    row = assess_one(counts=counts)
    assert (row["mirna_reads"], row["mirnas_detected"]) == (reads, detected)
    assert row["status"] == status
    assert sentence in row["reason"]


def test_the_worst_reason_comes_first_and_causes_before_effects():
    row = assess_one(
        fates(adapter_dimer=420_000, kept=30_000) | {"q30_share": 0.7},
        {"vector": 30_000},
        counts=np.r_[np.full(100, 10), np.zeros(200, dtype=int)],
    )
    assert row["flags"].split(";") == [
        "short_insert_share",
        "kept_share",
        "mirna_reads",
        "q30_share",
        "mirnas_detected",
        "vector_share",
    ]
    assert row["reason"].startswith("90.0% of the reads are adapter dimers")
    assert row["reason"].count("; ") == 5


def test_a_number_is_told_with_the_digits_that_set_it_apart_from_its_limit():
    assert "49.9998% of the bases" in assess_one({"q30_share": 0.499998})["reason"]


def test_a_limit_can_be_switched_off():
    off = THRESHOLDS | {"q30_share": {"fail_below": None, "warn_below": None}}
    assert assess_one({"q30_share": 0.1}, thresholds=off)["status"] == "pass"


def test_expected_spike_ins_must_be_seen():
    expected = THRESHOLDS | {"spike_ins_expected": True}
    assert assess_one(thresholds=expected)["status"] == "fail"
    assert assess_one({}, {"spike_in": 500}, thresholds=expected)["status"] == "pass"


def test_one_mirna_that_holds_most_reads_is_named():
    counts = np.r_[np.full(299, 300), 250_000]
    row = assess_one(counts=counts)
    assert row["status"] == "fail"
    assert f"one miRNA ({row['top_mirna']}) holds 73.6% of the reads" in row["reason"]


def test_a_failed_library_is_unreadable_with_its_own_reason():
    sheet, summaries, counts, class_counts = cohort()
    summaries["S03"] = summary(status="failed", reason="record 17 has no quality line", reads_in=0)
    del counts["S03"]
    table = quality.assess(sheet, summaries, counts, class_counts, THRESHOLDS)
    assert table.loc["S03", ["status", "reason"]].tolist() == [
        "unreadable",
        "record 17 has no quality line",
    ]
    assert (
        table.loc["S03"]
        .drop(["status", "reason", "flags", "outside_limits", "peer_group", "protocol"])
        .replace("", None)
        .isna()
        .all()
    )
    assert quality.exclusions(table)["S03"] == Exclusion(
        "unreadable", {"error": "record 17 has no quality line"}
    )
    assert "S01" not in quality.exclusions(table)


def test_all_libraries_failed():
    sheet, summaries, counts, class_counts = cohort(5)
    failed = {name: summary(status="failed", reason="no reads") for name in summaries}
    table = quality.assess(sheet, failed, counts.iloc[:, :0], class_counts.iloc[:0], THRESHOLDS)
    assert set(table["status"]) == {"unreadable"}
    assert {one.facts["error"] for one in quality.exclusions(table).values()} == {"no reads"}


def test_a_sheet_without_samples_gives_an_empty_table():
    sheet, _, counts, class_counts = cohort(2)
    table = quality.assess(
        sheet.iloc[:0], {}, counts.iloc[:, :0], class_counts.iloc[:0], THRESHOLDS
    )
    assert table.empty


def test_one_library_alone():
    table = quality.assess(*cohort(1), THRESHOLDS)
    assert table.loc["S00", "status"] == "pass"
    assert np.isnan(table.loc["S00", "haemolysis_h1_z"])


def test_a_run_from_counts_has_only_metrics_of_counts():
    sheet, _, counts, _ = cohort()
    table = quality.assess(sheet, None, counts.drop(columns="S02"), None, THRESHOLDS)
    assert not {"reads_in", "rrna_share", "adapter_share", "trna_yrna_share"} & set(table.columns)
    assert table.loc["S00", "mirna_reads"] == counts["S00"].sum()
    assert table.loc["S02", "status"] == "unreadable"
    assert "no column" in table.loc["S02", "reason"]


def test_z_scores_are_within_protocol_and_batch():
    sheet, summaries, counts, class_counts = cohort()
    plain = quality.assess(sheet, summaries, counts, class_counts, THRESHOLDS)
    shifted = counts.copy()
    second = sheet.index[sheet["batch"] == "2"]
    shifted.loc["hsa-miR-451a", second] *= 50
    table = quality.assess(sheet, summaries, shifted, class_counts, THRESHOLDS)
    first = sheet.index.difference(second)
    pd.testing.assert_series_equal(
        table.loc[first, "haemolysis_h1_z"], plain.loc[first, "haemolysis_h1_z"]
    )
    assert (table.loc[second, "haemolysis_h1"] > plain.loc[second, "haemolysis_h1"] + 4).all()
    assert table["haemolysis_h1_z"].abs().max() < 4


def test_a_haemolysed_library_warns_and_stays_in():
    sheet, summaries, counts, class_counts = cohort()
    counts.loc["hsa-miR-451a", "S05"] *= 60
    table = quality.assess(sheet, summaries, counts, class_counts, THRESHOLDS)
    assert table.loc["S05", "status"] == "warn"
    assert "possible haemolysis" in table.loc["S05", "reason"]
    assert {"haemolysis_h1_z", "haemolysed"} <= set(table.loc["S05", "flags"].split(";"))
    assert table["flags"].str.contains("haemolysed").sum() == 1
    assert "S05" not in quality.exclusions(table)


def test_failed_libraries_do_not_move_the_medians_of_their_peers():
    sheet, summaries, counts, class_counts = cohort()
    bad = list(sheet.index[:3])
    for name in bad:
        summaries[name] = summary(q30_share=0.1)
    reference = quality.assess(
        sheet.drop(index=bad), summaries, counts.drop(columns=bad), class_counts, THRESHOLDS
    )
    table = quality.assess(sheet, summaries, counts, class_counts, THRESHOLDS)
    assert table.loc[bad, "haemolysis_h1_z"].isna().all()
    pd.testing.assert_series_equal(table["haemolysis_h1_z"].drop(bad), reference["haemolysis_h1_z"])


def test_a_library_under_two_names_names_its_twin():
    sheet, summaries, counts, class_counts = cohort()
    counts["S20"] = counts["S02"]
    table = quality.assess(sheet, summaries, counts, class_counts, THRESHOLDS)
    assert "looks like the same library as S20" in table.loc["S02", "reason"]
    assert "looks like the same library as S02" in table.loc["S20", "reason"]
    sheet["subject"] = [f"P{i}" for i in range(len(sheet))]
    sheet.loc["S20", "subject"] = sheet.loc["S02", "subject"]
    table = quality.assess(sheet, summaries, counts, class_counts, THRESHOLDS)
    assert table["twins"].eq("").all()


def test_the_judgement_is_blind_to_the_condition():
    sheet, summaries, counts, class_counts = cohort()
    table = quality.assess(sheet, summaries, counts, class_counts, THRESHOLDS)
    permuted = sheet.assign(condition=np.random.default_rng(1).permutation(sheet["condition"]))
    again = quality.assess(permuted, summaries, counts, class_counts, THRESHOLDS)
    pd.testing.assert_frame_equal(table, again)


def test_the_order_of_samples_changes_nothing(tmp_path):
    sheet, summaries, counts, class_counts = cohort()
    table = quality.assess(sheet, summaries, counts, class_counts, THRESHOLDS)
    turned = quality.assess(
        sheet[::-1], summaries, counts.iloc[:, ::-1], class_counts[::-1], THRESHOLDS
    )
    write_table(table, tmp_path / "one.tsv", index=True)
    write_table(turned[::-1], tmp_path / "other.tsv", index=True)
    assert (tmp_path / "one.tsv").read_bytes() == (tmp_path / "other.tsv").read_bytes()


def test_the_table_survives_its_file(tmp_path):
    sheet, summaries, counts, class_counts = cohort()
    summaries["S03"] = summary(status="failed", reason="no reads")
    names = {"S00": "NA", "S01": "007"}
    sheet, counts, class_counts = (
        sheet.rename(index=names),
        counts.rename(columns=names),
        class_counts.rename(index=names),
    )
    summaries = {names.get(name, name): content for name, content in summaries.items()}
    table = quality.assess(sheet, summaries, counts, class_counts, THRESHOLDS)
    write_table(table, tmp_path / "samples.tsv", index=True)
    pd.testing.assert_frame_equal(quality.read_quality(tmp_path / "samples.tsv"), table, rtol=1e-5)
    text = (tmp_path / "samples.tsv").read_text()
    assert "\t500000\t" in text
    assert text.startswith("sample\tstatus\treason\tflags\treads_in\t")


def test_a_table_of_classes_with_a_sample_column_is_the_same():
    sheet, summaries, counts, class_counts = cohort()
    pd.testing.assert_frame_equal(
        quality.assess(sheet, summaries, counts, class_counts, THRESHOLDS),
        quality.assess(sheet, summaries, counts, class_counts.reset_index(), THRESHOLDS),
    )


def test_a_contradicted_protocol_and_cut_umis_are_warned_of():
    sheet, summaries, counts, class_counts = cohort()
    summaries["S03"] |= {"protocol_call": {"contradiction": "The reads show another adapter."}}
    umi = {"reads": 10, "reads_without": 90, "saturation": 0, "highest_occupancy": 0.3}
    summaries["S04"] |= {"umi": umi | {"molecules": 10}}
    limits = {"umi_share": {"warn_below": 0.9}, "umi_occupancy": {"warn_above": 0.1}}
    table = quality.assess(sheet, summaries, counts, class_counts, THRESHOLDS | limits)
    assert "protocol" in table.loc["S03", "flags"].split(";")
    assert "The reads show another adapter" in table.loc["S03", "reason"]
    assert {"umi_share", "umi_occupancy"} <= set(table.loc["S04", "flags"].split(";"))
    assert "10.0% of the kept reads hold a whole UMI" in table.loc["S04", "reason"]
