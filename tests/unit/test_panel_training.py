"""A panel from a contrast to its record: what is there, what is left out, and why."""

import json

import numpy as np
import pandas as pd
import pytest
from exosift.contrasts import Contrast
from exosift.design.sections import sections
from exosift.findings import Finding
from exosift.knowledge import Published, Role, published_markers
from exosift.panel.baselines import literature_baseline, warn_of_quality
from exosift.panel.bundle import FrozenPanel
from exosift.panel.libraries import by_person, gather
from exosift.panel.training import TABLES, train_panel
from exosift.sentences.panels import absence_sentences, lack_clause, specificity_sentences
from exosift.sentences.warnings import warning_sentence

from tests.panel_cohort import SETTINGS, made_cohort

CONTRAST = Contrast("ill_vs_well", "none", "ill", "well")


def judged(libraries, verdict="fitted"):
    people = libraries.people
    return {
        "verdict": verdict,
        "sections": sections(people["case"], people["control"], verdict),
    }


def train(libraries, verdict="fitted", contrast=CONTRAST, **more):
    tested = pd.DataFrame({"mirna": list(libraries.counts.columns), "edger_log2fc": 1.0})
    return train_panel(tested, judged(libraries, verdict), libraries, contrast, SETTINGS, **more)


@pytest.fixture(scope="module")
def made():
    said = []
    published = [
        Published("miR-001", "up", ("PMID 1", "PMID 3")),
        Published("miR-050", "down", ("PMID 2",)),
    ]
    return train(made_cohort(), published=published, say=said.append), said


def test_everything_is_there(made):
    trained, said = made
    record = trained.record
    assert record["status"] == "made"
    panel = record["panel"]
    assert panel["auc"]["low"] <= panel["auc"]["auc"] <= panel["auc"]["high"]
    assert panel["auc"]["auc"] <= panel["auc"]["apparent"] + 0.02
    assert panel["permutation"]["p"] == pytest.approx(0.05)
    assert {one["mirna"] for one in panel["features"]} <= {f"miR-{at:03}" for at in range(4)}
    assert len(panel["features"]) <= panel["limit"] == 3
    assert record["batches"] == {"columns": ["batch"], "number": 2}
    assert any(sentence.startswith("permutations: 19 of 19") for sentence in said)


def test_what_lacks_people_says_why(made):
    panel = made[0].record["panel"]
    assert lack_clause(panel["calibration"]) == "it takes 50 in each arm; there are 24"
    assert "3 batches with 5 people" in lack_clause(panel["leave_one_batch_out"])
    assert panel["operating_points"]["points"] == []
    assert [one["facts"]["specificity"] for one in panel["operating_points"]["reasons"]] == [
        *(0.95, 0.98, 0.99),
    ]
    assert specificity_sentences(panel["operating_points"])[0] == (
        "No specificity of 95%: it takes 40 controls; there are 24."
    )


def test_the_baselines_stand_beside(made):
    baselines = made[0].record["baselines"]
    assert list(baselines) == ["age_sex", "quality", "panel_age_sex", "literature"]
    assert abs(baselines["age_sex"]["auc"] - 0.5) < 0.25
    assert baselines["panel_age_sex"]["auc"] > 0.8
    assert baselines["literature"]["mirna"] == "miR-001"
    assert [one["mirna"] for one in baselines["literature"]["others"]] == ["miR-050"]


def test_tables_have_their_columns_and_agree_with_the_record(made):
    trained, _ = made
    for name, columns in TABLES.items():
        assert tuple(trained.tables[name].columns) == columns
        assert len(trained.tables[name])
    assert len(trained.tables["folds"]) == SETTINGS["repeats"] * SETTINGS["outer_folds"]
    assert set(trained.tables["roc"]["model"]) == {"panel", *trained.record["baselines"]}
    assert trained.tables["scores"]["score_batch_left_out"].isna().all()


def test_the_bundle_is_that_of_the_record(made):
    trained, _ = made
    frozen = FrozenPanel(json.loads(json.dumps(trained.bundle)))
    assert frozen.sha256 == trained.record["bundle"]["sha256"]
    assert set(frozen.features) == {one["mirna"] for one in trained.record["panel"]["features"]}
    assert trained.bundle["threshold"]["rule"] == "balanced"


def test_the_record_is_plain_json_that_is_documented(made, repository):
    trained, _ = made
    json.dumps(trained.record, allow_nan=False)
    text = (repository / "docs" / "outputs.md").read_text(encoding="utf-8")
    section = text.partition("## Panels")[2].partition("## Validation")[0]
    unknown = []

    def walk(value, place=""):
        if isinstance(value, list):
            for one in value[:1]:
                walk(one, place)
        elif isinstance(value, dict) and place not in ("settings", "versions", "chosen", "facts"):
            for key, one in value.items():
                if f"`{key}`" not in section:
                    unknown.append(f"{place}.{key}")
                walk(one, key)

    walk(trained.record)
    walk(trained.bundle)
    assert unknown == []
    for columns in TABLES.values():
        assert [name for name in columns if f"`{name}`" not in section] == []


def test_the_order_of_libraries_and_mirnas_changes_nothing():
    libraries = made_cohort()
    sheet = pd.DataFrame(
        {"condition": np.where(libraries.is_case, "ill", "well"), "batch": libraries.batches},
        index=libraries.counts.index,
    )
    used = [
        {"sample": name, "unit": name, "arm": "case" if case else "control", "used": True}
        for name, case in zip(libraries.counts.index, libraries.is_case, strict=True)
    ]

    def record(order):
        rng = np.random.default_rng(order)
        counts = libraries.counts.T.iloc[rng.permutation(60), rng.permutation(48)]
        shuffled = sheet.loc[counts.columns]
        told = {"samples": list(rng.permutation(used)), "covariates": ["batch"]}
        quality = pd.DataFrame({"mirna_reads": counts.sum()})
        gathered = gather(counts, shuffled, quality, told)
        settings = SETTINGS | {"repeats": 1}
        tested = pd.DataFrame({"mirna": sorted(counts.index), "edger_log2fc": 1.0})
        found = train_panel(tested, judged(gathered), gathered, CONTRAST, settings)
        return json.dumps([found.record, found.bundle]), found.tables["scores"].to_csv()

    assert record(1) == record(2)


def test_a_contrast_that_was_refused_has_no_number():
    trained = train(made_cohort(), verdict="refused")
    assert trained.record["status"] == "not_made"
    assert trained.record["best_single"] is trained.record["panel"] is None
    assert absence_sentences(trained.record) == [
        "No AUC outside the libraries that chose a miRNA: the contrast was not tested."
    ]
    assert all(table.empty for table in trained.tables.values())
    assert trained.bundle["status"] == "not_made"


def test_nineteen_in_an_arm_have_single_mirnas_and_no_panel():
    trained = train(made_cohort(per_arm=19))
    facts = {"needed": 20, "of": "each_arm", "people": 19}
    because = {"code": "more_people_needed", "facts": facts}
    assert trained.record["reasons"] == [
        {"code": "too_few_for_a_panel", "facts": {"because": because}}
    ]
    assert absence_sentences(trained.record) == ["No panel: it takes 20 in each arm; there are 19."]
    assert trained.record["best_single"]["auc_out_of_fold"] > 0.5
    assert len(trained.tables["markers"]) == 60
    assert trained.tables["folds"].empty


def test_nine_in_an_arm_have_neither():
    trained = train(made_cohort(per_arm=9))
    assert trained.record["best_single"] is None
    assert trained.tables["markers"].empty


@pytest.mark.parametrize(
    ("design", "words"),
    [("trend", "a trend orders levels"), ("change", "a change compares two of each person")],
)
def test_designs_without_two_arms_say_why_they_have_no_panel(design, words):
    contrast = Contrast("stages", "none", "ill", "well", design=design, levels=("a", "b", "c"))
    made = train(made_cohort(), contrast=contrast)
    assert made.record["status"] == "not_made"
    (said,) = absence_sentences(made.record)
    assert words in said
    assert "can have one as a contrast of their own" in said
    assert made.bundle["reasons"] == made.record["reasons"]


def test_each_batch_is_tested_by_a_model_of_the_others():
    cohort = made_cohort(per_arm=30)
    batches = np.array([f"B{at // 2 % 3}" for at in range(60)])
    trained = train(type(cohort)(**{**vars(cohort), "batches": batches}))
    found = trained.record["panel"]["leave_one_batch_out"]
    assert [one["batch"] for one in found["batches"]] == ["B0", "B1", "B2"]
    assert found["low"] < found["auc"] < found["high"] or found["auc"] == found["high"] == 1
    assert found["auc"] > 0.8
    assert trained.tables["scores"]["score_batch_left_out"].notna().all()


def test_replicates_are_summed_and_counted_once():
    counts = pd.DataFrame({"a1": [20, 1], "a2": [30, 2], "b1": [40, 3]}, index=["m1", "m2"])
    sheet = pd.DataFrame({"subject": ["A", "A", "B"], "sex": ["f", "f", "m"]}, index=list(counts))
    told = {
        "covariates": [],
        "samples": [
            {"sample": "a1", "unit": "a1", "arm": "case", "used": True},
            {"sample": "a2", "unit": "a1", "arm": "case", "used": True},
            {"sample": "b1", "unit": "b1", "arm": "control", "used": True},
            {"sample": "c1", "unit": "", "arm": "control", "used": False},
        ],
    }
    found = gather(counts, sheet, pd.DataFrame(index=list(counts)), told)
    assert found.counts.loc["a1"].to_dict() == {"m1": 50}  # m2 has too few reads for any filter
    assert found.people == {"case": 1, "control": 1}
    assert list(found.clinical.columns) == ["sex=m"]


def test_libraries_of_a_person_are_averaged_but_not_over_both_arms():
    values, case, people = by_person(
        np.array([[1.0, 3, 5, 7]]), np.array([True, True, True, False]), np.array(list("aaba"))
    )
    assert sorted(zip(people, case, values[0], strict=True)) == [
        ("a", False, 7),
        ("a", True, 2),
        ("b", True, 5),
    ]


def role(direction, paper):
    words = dict.fromkeys(Role.__dataclass_fields__, "na")
    return Role(**(words | {"direction": direction, "pmid": paper}))


def test_published_mirnas_are_those_with_an_undisputed_direction():
    found = published_markers(
        {
            "miR-1": [role("up", "1"), role("up", "1"), role("na", "9")],
            "miR-2": [role("up", "1"), role("down", "2")],
            "miR-3": [role("down", "3"), role("down", "4"), role("up", "5")],
        }
    )
    assert [(one.mirna, one.direction, len(one.papers)) for one in found] == [
        ("miR-3", "down", 2),
        ("miR-1", "up", 1),
    ]


def test_a_published_direction_that_is_wrong_here_is_below_a_half():
    libraries = made_cohort()
    levels = pd.DataFrame(np.log2(libraries.counts + 1.0))
    wrong = [Published("miR-000", "down", ("PMID 1",))]
    found = literature_baseline(wrong, levels, libraries, SETTINGS)
    assert found.record["high"] < 0.5
    nobody = literature_baseline([Published("x", "up", ("PMID 1",))], levels, libraries, SETTINGS)
    assert nobody.record == {
        "reason": {"code": "too_few_reads_of_published", "facts": {"mirnas": ["x"]}}
    }
    assert lack_clause(nobody.record) == "too few reads of every published miRNA: x"


@pytest.mark.parametrize(
    ("panel", "quality", "low", "warned"),
    [
        (0.9, 0.6, 0.4, False),
        (0.9, 0.75, 0.6, True),
        (0.62, 0.58, 0.4, True),
        (0.5, 0.4, 0.3, False),
    ],
)
def test_quality_that_explains_the_panel_is_warned_of(panel, quality, low, warned):
    said = warn_of_quality({"auc": panel}, {"auc": quality, "low": low})
    assert bool(said) == warned
    for one in said:
        found = f"with an AUC of {quality:.2f}, the panel with {panel:.2f}"
        assert found in warning_sentence(one)
    assert warn_of_quality({"auc": panel}, {"reason": Finding("nothing_measured").to_dict()}) == []
