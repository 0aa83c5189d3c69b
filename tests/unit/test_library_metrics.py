import math

import pandas as pd
import pytest
from exosift.library_metrics import (
    CLASS_METRICS,
    COUNT_METRICS,
    PROTOCOL_TEXTS,
    READ_METRICS,
    class_metrics,
    count_metrics,
    protocol_texts,
    read_metrics,
    umi_metrics,
)

SUMMARY = {
    "adapter": "TGGAATTCTCGG",
    "reads_in": 1000,
    "fates": {
        "adapter_dimer": 100,
        "no_adapter": 200,
        "too_short": 50,
        "too_long": 0,
        "low_quality": 10,
        "low_complexity": 0,
    },
    "classes": {"miRNA": 400, "unmapped": 240},
    "insert_lengths": {"0": 100, "10": 50, "18": 100, "22": 450, "23": 50, "32": 50},
    "q30_share": 0.9,
    "gc_share": 0.52,
}


def test_read_metrics_are_shares_of_the_right_whole():
    metrics = read_metrics(SUMMARY)
    assert list(metrics) == list(READ_METRICS)
    assert metrics["adapter_share"] == pytest.approx(800 / 1000)
    assert metrics["dimer_share"] == pytest.approx(0.1)
    assert metrics["short_insert_share"] == pytest.approx(0.15)
    assert metrics["kept_share"] == pytest.approx(0.64)
    assert metrics["insert_20_25_share"] == pytest.approx(500 / 650)
    assert metrics["insert_length_mode"] == 22
    lengths = {18: 100, 22: 450, 23: 50, 32: 50}
    assert metrics["insert_length_mean"] == pytest.approx(
        sum(nt * n for nt, n in lengths.items()) / 650
    )
    assert metrics["gc_share"] == 0.52


def test_copies_of_a_molecule_are_kept_by_the_trimming_and_are_no_class():
    fates = SUMMARY["fates"] | {"umi_duplicate": 40}
    summary = SUMMARY | {"fates": fates, "classes": {"miRNA": 400, "unmapped": 200}}
    assert read_metrics(summary)["kept_reads"] == 640
    counted = CLASSES | {"status": "ok", "umi_duplicate": 40}
    assert class_metrics(counted) == pytest.approx(class_metrics(CLASSES), nan_ok=True)


def test_a_library_without_an_adapter_has_no_adapter_share():
    assert math.isnan(read_metrics(SUMMARY | {"adapter": ""})["adapter_share"])


def test_a_library_without_reads_is_not_assessable_and_no_crash():
    metrics = read_metrics({"reads_in": 0, "fates": {}, "insert_lengths": {}, "adapter": "TGGAAT"})
    assert metrics["reads_in"] == 0
    assert all(
        math.isnan(metrics[name]) for name in READ_METRICS if name not in ("reads_in", "kept_reads")
    )


CLASSES = {
    "reads_in": 1000,
    "adapter_dimer": 100,
    "spike_in": 20,
    "miRNA": 300,
    "tRNA": 100,
    "Y_RNA": 50,
    "rRNA": 80,
    "vector": 30,
    "unmapped": 220,
}


def test_class_metrics_are_shares_of_kept_reads():
    metrics = class_metrics(CLASSES)
    assert list(metrics) == list(CLASS_METRICS)
    assert metrics["mirna_share"] == pytest.approx(300 / 800)
    assert metrics["trna_yrna_share"] == pytest.approx(150 / 800)
    assert metrics["transcriptome_reads"] == 450
    assert metrics["spike_in_reads"] == 20
    assert math.isnan(metrics["transcriptome_genome_ratio"])


def test_the_genome_gives_the_ratio_of_the_exrna_gate():
    metrics = class_metrics(CLASSES | {"genome": 50})
    assert metrics["transcriptome_genome_ratio"] == pytest.approx(450 / 500)


def test_count_metrics_name_the_first_of_equal_tops():
    counts = pd.Series({"miR-b": 50, "miR-a": 50, "miR-c": 4, "miR-d": 5})
    metrics = count_metrics(counts, detection_reads=5)
    assert list(metrics) == list(COUNT_METRICS)
    assert metrics["mirna_reads"] == 109
    assert metrics["mirnas_detected"] == 3
    assert metrics["top_mirna"] == "miR-a"
    assert metrics["top_mirna_share"] == pytest.approx(50 / 109)


@pytest.mark.parametrize("counts", [pd.Series(dtype=int), pd.Series({"miR-a": 0})])
def test_no_mirna_reads_are_no_crash(counts):
    metrics = count_metrics(counts, detection_reads=5)
    assert metrics["mirna_reads"] == 0
    assert metrics["top_mirna"] == ""
    assert math.isnan(metrics["top_mirna_share"])


CALL = {
    **{"declared": "auto", "called": "truseq", "confidence": "high", "evidence": "Seen."},
    **{"kits": ["truseq", "cleantag"], "contradiction": ""},
}


def test_how_a_library_was_made_is_told_as_declared_and_as_seen():
    told = protocol_texts({"protocol": "truseq", "protocol_call": CALL})
    assert tuple(told) == PROTOCOL_TEXTS
    assert list(told.values()) == [
        "truseq",
        "auto",
        "truseq",
        "high",
        "truseq;cleantag",
        "Seen.",
        "",
    ]
    assert set(protocol_texts({}).values()) == {""}


def test_umis_are_measured_where_molecules_were_counted():
    umi = {"reads": 75, "reads_without": 25, "saturation": 0.4, "highest_occupancy": 0.2}
    told = umi_metrics({"umi": umi | {"molecules": 45}})
    assert told == {"umi_share": 0.75, "umi_saturation": 0.4, "umi_occupancy": 0.2}
    for summary in ({}, {"umi": None}, {"umi": {"removed": 0}}):
        assert all(math.isnan(value) for value in umi_metrics(summary).values())
