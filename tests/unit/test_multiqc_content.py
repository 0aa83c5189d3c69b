import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from exosift.errors import UserError
from exosift.isomir_kinds import ISOMIR_METRICS
from exosift.library_metrics import PROTOCOL_TEXTS, UMI_METRICS
from exosift.matrices import FATES
from exosift.multiqc_content import Overview, sections, write_multiqc_content
from exosift.multiqc_making import FRAGMENT_TITLES
from exosift.trna_fragments import KINDS

ORDER = [
    "General Statistics",
    "Which libraries are used",
    "How the libraries were made",
    "What became of the reads",
    "How long the inserts are",
    "What the kept reads are",
    "IsomiRs",
    "Fragments of tRNA",
    "miRNAs detected, by depth",
    "Haemolysis",
    "Principal components",
]
PAYLOAD = "<img src=x onerror=alert(1)>"


def cohort(samples=12, failed=(3,)):
    names = [f"S{i:02d}_counts" for i in range(samples)]
    bad = [names[i] for i in failed]
    rng = np.random.default_rng(3)
    sheet = pd.DataFrame(
        {"condition": ["case & kin", PAYLOAD] * (samples // 2) + ["case & kin"] * (samples % 2)},
        index=pd.Index(names, name="sample"),
    )
    quality = pd.DataFrame(
        {
            "status": ["pass", "warn"] * (samples // 2) + ["pass"] * (samples % 2),
            "reason": "written for a reader; never read",
            "outside_limits": "warn:q30_share:0.5:0.8;warn:mirna_share:0.07:0.1",
            "flags": "",
            "reads_in": 1000,
            "kept_share": 0.8,
            "mirna_reads": rng.integers(1000, 5000, samples),
            "mirnas_detected": rng.integers(100, 300, samples),
            "top_mirna": "hsa-miR-486-5p",
            "haemolysis_h1_z": rng.normal(size=samples),
            "haemolysis_h2_z": rng.normal(size=samples),
            "peer_group": "truseq / 1",
            **dict(
                zip(
                    PROTOCOL_TEXTS,
                    ["truseq"] * 3 + ["high", "truseq;lexogen", "", ""],
                    strict=False,
                )
            ),
            **dict(zip(ISOMIR_METRICS, (0.4, 0.3, 0.15, 0.1, 0.05), strict=False)),
            **dict.fromkeys(UMI_METRICS, np.nan),
        },
        index=sheet.index,
    ).astype({"reads_in": "Int64", "mirna_reads": "Int64", "mirnas_detected": "Int64"})
    quality.loc[quality["status"] == "pass", ["reason", "outside_limits"]] = ""
    quality.loc[bad, "status"] = "unreadable"
    quality.loc[bad, "protocol_kits"] = PAYLOAD
    quality.loc[bad, "outside_limits"] = ""
    quality.loc[bad, "reason"] = f"{PAYLOAD}.fastq.gz, record 7: no quality line"
    quality.loc[bad, ["reads_in", "mirna_reads", "mirnas_detected"]] = pd.NA
    missing = ["kept_share", "haemolysis_h1_z", "haemolysis_h2_z", *ISOMIR_METRICS]
    quality.loc[bad, missing] = np.nan
    fates = dict(zip(FATES, (90, 40, 30, 20, 15, 5), strict=True))
    classes = {"miRNA": 500, "tRNA": 100, "unmapped": 200}
    told = {"fates": fates, "classes": classes, "insert_lengths": {"0": 90, "22": 700, "32": 100}}
    summaries = {name: {"status": "ok", **told} for name in names}
    for name in bad:
        summaries[name] = {"status": "failed", "fates": dict.fromkeys(fates, 0), "classes": {}}
    read = [name for name in names if name not in bad]
    class_counts = pd.DataFrame({"reads_in": 1000, **classes, **fates}, index=read)
    trna = pd.DataFrame(
        {name: [60, 30, 10] if name in read else 0 for name in names},
        index=pd.Index(["tRNA-Gly-GCC-2|5p_half", "tRNA-Gly-GCC-2", "tRNA-Val-1|5p_half"]),
    )
    components = pd.DataFrame(
        rng.normal(size=(len(read), 2)), columns=["pc1", "pc2"], index=pd.Index(read, name="sample")
    )
    explained = {"explained": [0.4, 0.2] if read else [], "reason": "" if read else "0 usable"}
    return Overview(
        sheet=sheet,
        quality=quality,
        components=components,
        explained=explained,
        summaries=summaries,
        class_counts=class_counts,
        trna_counts=trna,
        versions={"bowtie": "1.3.1"},
        thresholds={"haemolysis_h1_z": {"warn_above": 2.5}},
        notes=("mirna_reads fails below 5000, not 30000",),
    )


def section(shown, name):
    return next(one for one in sections(shown) if one["id"] == name)


def test_the_fates_of_a_library_sum_to_its_reads():
    data = section(cohort(), "read_fate")["data"]
    assert len(data) == 11
    assert {sum(fates.values()) for fates in data.values()} == {1000}


def test_copies_of_molecules_have_a_bar_where_a_library_has_umis():
    shown = cohort()
    first, *others = section(shown, "read_fate")["data"]
    assert "umi_duplicate" not in section(shown, "read_fate")["data"][first]
    shown.summaries[first]["fates"] = {**shown.summaries[first]["fates"], "umi_duplicate": 7}
    data = section(shown, "read_fate")["data"]
    assert [data[name]["umi_duplicate"] for name in (first, others[0])] == [7, 0]


def test_the_classes_of_a_library_sum_to_the_reads_kept():
    data = section(cohort(), "rna_classes")["data"]
    assert {sum(classes.values()) for classes in data.values()} == {800}


def test_the_kinds_of_isomirs_of_a_library_sum_to_a_hundred_percent():
    data = section(cohort(), "isomirs")["data"]
    assert len(data) == 11
    assert [sum(kinds.values()) for kinds in data.values()] == pytest.approx([100] * 11)
    assert data["S00_counts"]["isomir_5p_share"] == 10


def test_fragments_of_trna_are_summed_by_their_kind():
    data = section(cohort(), "trna_fragments")["data"]
    assert len(data) == 11
    assert data["S00_counts"] == {"5p_half": 70, "unplaced": 30}
    assert set(FRAGMENT_TITLES) == set(KINDS)


def test_molecules_are_told_where_a_library_has_umis():
    shown = cohort()
    assert "molecules" not in [one["id"] for one in sections(shown)]
    quality = shown.quality.copy()
    quality.loc["S01_counts", list(UMI_METRICS)] = [0.9, 0.5, 0.02]
    told = section(replace(shown, quality=quality), "molecules")
    assert told["data"] == {
        "S01_counts": {"umi_share": 90, "umi_saturation": 50, "umi_occupancy": 2}
    }
    assert set(told["headers"]) == set(UMI_METRICS)


def test_libraries_that_were_made_alike_share_a_row():
    told = section(cohort(), "protocols")["data"]
    assert told.count("<tr>") == 3
    assert ">truseq, lexogen</td>" in told
    assert ">11: S00_counts, S01_counts, " in told
    assert "S06_counts …" in told
    assert "S07_counts" not in told
    assert "No library contradicts its protocol." in told


def test_libraries_with_a_doubtful_protocol_are_named():
    shown = cohort()
    quality = shown.quality.copy()
    quality.loc["S07_counts", "protocol_contradiction"] = f"declared x, seen y {PAYLOAD}"
    silent = ["protocol_confidence", "protocol_evidence"]
    quality.loc["S08_counts", silent] = ["none", "no adapter repeats"]
    told = section(replace(shown, quality=quality), "protocols")["data"]
    contradicted, unknown = told.split("do not tell")
    assert "S07_counts" in contradicted
    assert "declared x, seen y &lt;img" in contradicted
    assert "S08_counts" in unknown
    assert "no adapter repeats" in unknown
    assert "No library contradicts" not in told


def test_insert_lengths_are_shares_in_ascending_order():
    for line in section(cohort(), "insert_lengths")["data"].values():
        lengths, shares = zip(*line, strict=True)
        assert list(lengths) == list(range(10, 51))
        assert sum(shares) == pytest.approx(100)
        assert shares[12] == pytest.approx(87.5)


def test_every_section_says_what_to_look_for():
    for one in sections(cohort())[1:]:
        assert len(one["description"].split(". ")) >= 3, one["id"]


def test_texts_of_users_and_files_are_escaped():
    told = section(cohort(), "library_status")["data"]
    assert "&lt;img" in told
    assert PAYLOAD not in json.dumps(sections(cohort()))


def test_each_finding_of_a_library_has_a_line_of_its_own():
    """The line of a name with a semicolon was broken, as the reason was split at semicolons."""
    shown = cohort()
    quality = shown.quality.copy()
    quality["twins"] = ""
    quality.loc["S01_counts", "twins"] = "S02; again"
    quality.loc["S03_counts", "reason"] = "run 1; lane 2.fastq.gz, record 7: no quality line"
    told = section(replace(shown, quality=quality), "library_status")["data"]
    assert "run 1; lane 2.fastq.gz, record 7: no quality line</td>" in told
    lines = re.search(r"S01_counts.*?anywhere'>(.*?)</td>", told)[1].split("<br>")
    assert lines == [
        "50.0% of the bases have a quality of 30 or more (warns below 80%)",
        "7.0% of the kept reads are miRNA (warns below 10%)",
        "looks like the same library as S02; again",
    ]
    assert "written for a reader" not in told


def test_a_name_that_is_none_of_the_sheet_s_is_refused(tmp_path):
    shown = cohort()
    odd = replace(shown, quality=shown.quality.rename(index={"S00_counts": PAYLOAD}))
    with pytest.raises(UserError, match="cannot be shown"):
        write_multiqc_content(odd, tmp_path)


def test_the_limits_of_the_run_are_told_and_drawn():
    shown = cohort()
    assert "mirna_reads fails below 5000" in section(shown, "library_status")["data"]
    drawn = section(shown, "haemolysis")["pconfig"]
    assert [line["value"] for line in drawn["x_lines"]] == [2.5]
    assert drawn["y_lines"] == []


def test_a_run_from_counts_has_no_sections_on_reads():
    shown = replace(cohort(), summaries={}, class_counts=pd.DataFrame())
    names = [one["id"] for one in sections(shown)]
    assert not {"read_fate", "insert_lengths", "rna_classes", "protocols", "isomirs"} & set(names)
    assert {"library_status", "mirnas_detected", "principal_components"} <= set(names)


def test_missing_scores_are_said_and_not_drawn():
    shown = cohort()
    quality = shown.quality.assign(haemolysis_h1_z=np.nan)
    assert "Not assessable" in section(replace(shown, quality=quality), "haemolysis")["data"]


def test_sections_of_an_earlier_run_are_gone(tmp_path):
    write_multiqc_content(cohort(), tmp_path)
    assert (tmp_path / "read_fate_mqc.json").exists()
    shown = replace(cohort(), summaries={}, class_counts=pd.DataFrame(), versions={})
    written = write_multiqc_content(shown, tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted(written)


@pytest.mark.workflow
@pytest.mark.parametrize(
    ("samples", "failed"),
    [(12, (3,)), (2, (0, 1)), (1, ())],
    ids=["one failed", "all failed", "one library"],
)
def test_multiqc_prints_our_sections_in_our_order(tmp_path, repository, samples, failed):
    shown = cohort(samples, failed)
    write_multiqc_content(shown, tmp_path / "content")
    ran = subprocess.run(
        [
            *(Path(sys.executable).with_name("multiqc"), "--strict", "--no-version-check"),
            *("-c", repository / "workflow" / "report" / "multiqc_config.yaml"),
            *("-n", "multiqc_report.html", "-o", tmp_path, tmp_path / "content"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert ran.returncode == 0, ran.stderr
    page = (tmp_path / "multiqc_report.html").read_text(encoding="utf-8")
    headings = [re.sub(r"<[^>]+>", "", h).strip() for h in re.findall(r"<h2.*?</h2>", page, re.S)]
    assert [heading for heading in headings if heading in ORDER] == ORDER
    assert PAYLOAD not in page
    assert str(tmp_path) not in page
    assert 'class="ai-generate-button-wrapper"' not in page
    markup = re.sub(r"(<script[^>]*>).*?</script>", r"\1", page, flags=re.S)
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)=[\"']?(https?:)?//", markup)
    for sample in shown.quality.index:
        assert sample in page
