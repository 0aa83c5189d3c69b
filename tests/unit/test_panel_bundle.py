"""A frozen panel scores as the fitted one, cannot be fitted, and notices what was changed."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from exosift.contrasts import Contrast
from exosift.errors import UserError
from exosift.files import read_json, write_json
from exosift.panel.bundle import FrozenPanel, checksum, freeze, read_bundle
from exosift.panel.libraries import Libraries
from exosift.panel.procedure import panel_procedure
from exosift.panel.validation import COLUMNS, no_panel, validate, validate_once
from exosift.sentences.validation import refusal_sentences

from tests.panel_cohort import SETTINGS, made_cohort, other_cohort

CONTRAST = Contrast("ill_vs_well", "none", "ill", "well")


@pytest.fixture(scope="module")
def libraries() -> Libraries:
    return made_cohort()


@pytest.fixture(scope="module")
def fitted(libraries):
    return panel_procedure(SETTINGS, [1]).fit(
        libraries.counts, libraries.is_case, libraries.subjects
    )


@pytest.fixture
def content(libraries, fitted):
    threshold = {"rule": "balanced", "value": 0.1}
    return freeze(fitted, libraries, CONTRAST, SETTINGS, threshold, {0.95: 1.2})


def test_a_frozen_panel_scores_as_the_fitted_one(content, fitted, tmp_path):
    write_json(content, tmp_path / "bundle.json")
    frozen = read_bundle(tmp_path / "bundle.json")
    counts, _ = other_cohort()
    scores = fitted.decision_function(counts.T, counts.columns.to_numpy(dtype=str))
    assert frozen.score(counts).to_numpy() == pytest.approx(scores, rel=1e-12)
    assert frozen.features == [one["mirna"] for one in content["features"]]


def test_each_library_is_scored_alone(content):
    frozen = FrozenPanel(content)
    counts, _ = other_cohort()
    together = frozen.score(counts)
    alone = pd.concat([frozen.score(counts[[name]]) for name in counts])
    assert (together == alone).all()
    shuffled = frozen.score(counts.sample(frac=1, random_state=1))
    assert (together == shuffled).all()


def test_there_is_no_way_to_fit_it(content):
    frozen = FrozenPanel(content)
    assert not any(hasattr(frozen, name) for name in ("fit", "partial_fit", "fit_transform"))


@pytest.mark.parametrize("key", ["intercept", "prior_cpm"])
def test_a_changed_bundle_is_refused(content, tmp_path, key):
    content[key] += 1e-9
    write_json(content, tmp_path / "bundle.json")
    with pytest.raises(UserError, match="changed after the panel was frozen"):
        read_bundle(tmp_path / "bundle.json")


def test_what_is_no_bundle_is_told(tmp_path):
    path = tmp_path / "bundle.json"
    for text, words in (("{", "is damaged"), ("[]", "is no panel"), ('{"format": 7}', "no panel")):
        path.write_text(text)
        with pytest.raises(UserError, match=words):
            read_bundle(path)
    write_json({"status": "not_made", "reasons": []}, path)
    assert read_bundle(path) is None


def test_the_checksum_is_of_all_that_is_in_it(content):
    assert content["sha256"] == checksum(json.loads(json.dumps(content)))
    assert checksum(content | {"cancer": "other"}) != content["sha256"]


def test_it_does_not_hold_the_names_of_people(content, libraries):
    text = json.dumps(content)
    assert not [name for name in libraries.counts.index if f'"{name}"' in text]


def test_another_cohort_is_judged_at_the_frozen_threshold(content):
    counts, sheet = other_cohort()
    found = validate(FrozenPanel(content), counts, sheet, CONTRAST, SETTINGS)
    record = found.record
    assert record["status"] == "applied"
    assert record["auc"]["auc"] > 0.8
    assert record["auc"]["low"] < record["auc"]["auc"] < record["auc"]["high"]
    above = found.scores["score"] > 0.1
    assert (above == (found.scores["positive"] == "yes")).all()
    hits = int((above & (found.scores["arm"] == "case")).sum())
    assert record["operating_point"]["sensitivity"]["hits"] == hits
    assert list(found.scores.columns) == list(COLUMNS)
    assert record["calibration"]["reason"] == {
        "code": "people_for_calibration",
        "facts": {"needed": 50},
    }


def test_a_direction_that_is_turned_in_another_cohort_stays_turned(content):
    counts, sheet = other_cohort()
    sheet["condition"] = sheet["condition"].map({"ill": "well", "well": "ill"})
    record = validate(FrozenPanel(content), counts, sheet, CONTRAST, SETTINGS).record
    assert record["auc"]["auc"] < 0.2


def reason(content, counts, sheet, contrast=CONTRAST):
    found = validate(FrozenPanel(content), counts, sheet, contrast, SETTINGS)
    assert found.record["status"] == "refused"
    assert "auc" not in found.record
    assert found.scores.empty
    return refusal_sentences(found.record)[0]


def test_libraries_that_were_trained_on_are_known_under_another_name(content, libraries):
    counts, sheet = other_cohort()
    counts["other_s003"] = libraries.counts.iloc[3]
    said = reason(content, counts, sheet)
    assert "was trained on 1, or on their people (other_s003). Known are 1 by its counts." in said
    assert "put the name of the cohort before" not in said
    counts.loc["a miRNA that was too rare for the panel"] = 1
    assert "was trained on 1, or on their people (other_s003)" in reason(content, counts, sheet)


def test_libraries_that_were_counted_again_are_known_by_their_names(content, libraries):
    rng = np.random.default_rng(2)
    again = libraries.counts.T.apply(lambda reads: rng.binomial(reads, 0.9))
    sheet = pd.DataFrame(
        {"condition": np.where(libraries.is_case, "ill", "well")}, index=again.columns
    )
    said = reason(content, again, sheet)
    assert "trained on 48, or on their people (s000, s001, s002, s003, s004 and 43 more)" in said
    assert "48 by its name, 48 by its person" in said
    lowered = sheet.rename(str.upper)
    assert "trained on 48" in reason(content, again.rename(columns=str.upper), lowered)


def test_libraries_that_were_counted_again_are_known_under_other_names(content, libraries):
    rng = np.random.default_rng(2)
    again = libraries.counts.T.apply(lambda reads: rng.binomial(reads, 0.9)).add_prefix("new_")
    sheet = pd.DataFrame(
        {"condition": np.where(libraries.is_case, "ill", "well")}, index=again.columns
    )
    said = reason(content, again, sheet)
    assert "Known are 48 by levels that resemble one such library and no other" in said
    assert "put the name of the cohort before" not in said


def test_people_who_were_trained_on_are_known_by_another_library(content):
    counts, sheet = other_cohort()
    sheet["subject"] = [f"q{at}" for at in range(len(sheet))]
    sheet.loc["other_s003", "subject"] = "s010"
    said = reason(content, counts, sheet)
    assert "trained on 1, or on their people (other_s003). Known are 1 by its person" in said
    assert "put the name of the cohort before its subjects." in said


def test_replicates_that_were_summed_are_known_one_by_one(libraries, fitted):
    half = libraries.counts // 2
    singles = pd.concat([half, (libraries.counts - half).rename(lambda name: f"{name}_b")])
    twice = replace(libraries, singles=singles)
    threshold = {"rule": "balanced", "value": 0.1}
    content = freeze(fitted, twice, CONTRAST, SETTINGS, threshold, {})
    counts, sheet = other_cohort()
    counts["other_s003"] = singles.loc["s010_b"]
    assert "Known are 1 by its counts" in reason(content, counts, sheet)
    counts, sheet = other_cohort()
    renamed = {"other_s003": "s010_b"}
    said = reason(content, counts.rename(columns=renamed), sheet.rename(renamed))
    assert "Known are 1 by its name" in said


def test_a_panel_that_knows_no_names_must_be_trained_again(content):
    old = {key: value for key, value in content.items() if key not in ("samples", "people")}
    old["format"] = 1
    with pytest.raises(UserError, match=r"counted again, would pass .* Train it again"):
        FrozenPanel(old | {"sha256": checksum(old)})


def test_a_cohort_that_cannot_be_scored_is_refused(content):
    counts, sheet = other_cohort()
    feature = content["features"][0]["mirna"]
    assert f"no row for {feature}" in reason(content, counts.drop(index=feature), sheet)
    kept = [one["mirna"] for one in content["features"]]
    assert "of the reference profile" in reason(content, counts.loc[kept] // 50 + 1, sheet)
    few = sheet[(sheet["condition"] == "ill") | (sheet.index < "other_s004")]
    assert "has 2 people with condition 'well'" in reason(content, counts, few)
    other = Contrast("ill_vs_well", "none", "ill", "well", column="diagnosis")
    assert "no column 'diagnosis'" in reason(content, counts, sheet, other)


@pytest.fixture
def once(tmp_path):
    """Apply a panel to a cohort in files, with one ledger."""

    def apply(content, cohort, name="counts.tsv"):
        counts, sheet = cohort
        paths = tmp_path / name, tmp_path / "samples.tsv"
        counts.to_csv(paths[0], sep="\t")
        sheet.to_csv(paths[1], sep="\t")
        ledger = tmp_path / "ledger.json"
        found = validate_once(
            FrozenPanel(content), *paths, counts, sheet, CONTRAST, SETTINGS, ledger
        )
        return found.record, read_json(ledger)

    return apply


def test_the_same_panel_gives_the_same_answer_again(once, content):
    first, ledger = once(content, other_cohort())
    again, after = once(content, other_cohort())
    assert first == again
    assert ledger == after
    assert len(ledger) == 1


@pytest.fixture
def again(content):
    """The panel, trained again to another intercept."""
    changed = content | {"intercept": content["intercept"] + 0.5}
    return changed | {"sha256": checksum(changed)}


def test_a_panel_that_was_trained_again_is_refused(once, content, again):
    once(content, other_cohort())
    record, ledger = once(again, other_cohort())
    assert record["status"] == "refused"
    assert [one["code"] for one in record["reasons"]] == ["another_panel_before"]
    assert refusal_sentences(record)[0].startswith(f"Another panel ({content['sha256'][:12]}) was")
    assert "auc" not in record
    assert len(ledger) == 1
    others = once(again, other_cohort(seed=8))[0]
    assert "needs names of its own" in refusal_sentences(others)[0]
    counts, sheet = other_cohort(seed=8)
    fresh, ledger = once(again, (counts.add_prefix("third_"), sheet.rename("third_{}".format)))
    assert fresh["status"] == "applied"
    assert len(ledger) == 2


def test_once_is_not_undone_by_another_file(once, content, again):
    once(content, other_cohort())
    counts, sheet = other_cohort()
    few = list(counts.columns[::2])[:9] + list(counts.columns[1::2])[:9]
    recounted = np.random.default_rng(1).binomial(counts, 0.9)
    others = {
        "packed": ((counts, sheet), "counts.tsv.gz"),
        "reversed": ((counts.iloc[::-1, ::-1], sheet), "counts.tsv"),
        "a part": ((counts[few], sheet.loc[few]), "counts.tsv"),
        "renamed": ((counts.add_prefix("x"), sheet.rename("x{}".format)), "counts.tsv"),
        "counted again": ((counts * 0 + recounted, sheet), "counts.tsv"),
    }
    for what, (cohort, name) in others.items():
        record, ledger = once(again, cohort, name)
        assert record["status"] == "refused", what
        assert "auc" not in record
        assert len(ledger) == 1


def test_a_panel_that_answers_as_before_is_not_another_one(once, content):
    first, _ = once(content, other_cohort())
    newer = content | {"versions": {"exosift": "9.9.9"}}
    record, ledger = once(newer | {"sha256": checksum(newer)}, other_cohort())
    assert record["auc"] == first["auc"]
    assert len(ledger) == 2


def test_a_ledger_that_knows_files_alone_is_read(once, content, again, tmp_path):
    once(content, other_cohort())
    (entry,) = read_json(tmp_path / "ledger.json")
    write_json(
        [{key: entry[key] for key in ("panel", "counts", "samples")}], tmp_path / "ledger.json"
    )
    assert once(again, other_cohort())[0]["status"] == "refused"


def test_without_a_panel_there_is_nothing_to_apply():
    record = no_panel(CONTRAST).record
    assert record["status"] == "no_panel"
    assert refusal_sentences(record) == ["There is no panel of this contrast."]


def test_a_panel_without_sketches_knows_libraries_by_counts_and_names(content, libraries):
    old = {key: value for key, value in content.items() if key not in ("likeness", "sha256")}
    panel = FrozenPanel(old | {"sha256": checksum(old)})
    sheet = pd.DataFrame({"condition": "ill"}, index=libraries.counts.index)
    assert len(panel.trained_on(libraries.counts.T, sheet).by_counts) == 48
