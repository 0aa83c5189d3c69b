"""What a page says of the panel: what to quote, what to mind, and nothing that was not earned."""

import re
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from exosift.findings import SEVERE, Finding, Warning
from exosift.reports import build_index, build_report
from exosift.reports.panel import discrimination
from exosift.reports.panel_comparison import compare
from exosift.reports.panel_figures import smooth_share
from exosift.reports.panel_operating import calibration_in_words, points_of
from exosift.reports.panel_validation import other_cohort, standing
from statsmodels.nonparametric.smoothers_lowess import lowess

from tests.example_findings import example_exclusion
from tests.fake_panel import with_other_cohort, with_panel
from tests.fake_run import Made, Plan, fake_run
from tests.unit.test_reports_page import PAYLOADS, read
from tests.unit.test_reports_words import unearned


@pytest.fixture(scope="module")
def trained():
    """A run with people enough for everything but a specificity of 98%."""
    return with_panel(fake_run(Plan(per_arm=53, mirnas=60, changed=3)))


@pytest.fixture(scope="module")
def made(trained):
    return trained[0]


@pytest.fixture(scope="module")
def whole(made):
    """The same without batches that could be left out."""
    facts = {"needed": 3, "people": 5, "batches": 0}
    reason = {"reason": Finding("too_few_batches", facts).to_dict()}
    return changed(made, lambda one: one["panel"].update(leave_one_batch_out=reason))


@pytest.fixture(scope="module")
def few():
    return with_panel(fake_run(Plan(per_arm=14, mirnas=60)))[0]


@pytest.fixture(scope="module")
def held(trained, tmp_path_factory):
    return with_other_cohort(*trained, tmp_path_factory.mktemp("held"))


def changed(made, change):
    """Give the outcome of a run with another record of its panel."""
    record = deepcopy(dict(made.outcome.panel))
    change(record)
    return replace(made.outcome, panel=record)


def write(folder, made):
    build_report(made.run, "colorectal", [made.outcome], folder / "page.html")
    build_index(made.run, [made.outcome], folder / "index.html")
    return [(folder / name).read_text() for name in ("page.html", "index.html")]


def section(page, name):
    """Cut a section out of a page."""
    start = page.index(f'<h2 id="contrast-colorectal_vs_healthy-{name}"')
    return page[start : page.index("<h2", start + 1)]


def test_the_number_to_quote_comes_first(whole):
    found, record = discrimination(whole), whole.panel["panel"]
    names = [one.name for one in found.merits]
    assert names == [
        "AUC, nested cross-validation",
        "Labels shuffled",
        "Apparent AUC",
        "Spread over repeats",
    ]
    assert found.no_batches.startswith("it takes 3 batches")
    assert found.merits[0].value == f"{record['auc']['auc']:.2f}"
    assert found.merits[0].text.endswith("The number to quote.")
    assert "It is no interval" in found.merits[-1].text
    assert "never to be quoted" in found.merits[2].text


def test_batches_that_were_left_out_are_quoted_before_folds(made):
    left_out = {
        **{"auc": 0.71, "low": 0.58, "high": 0.81},
        "batches": [{"batch": "B1", "n_case": 9, "n_control": 8, "auc": None}],
    }
    outcome = changed(made, lambda one: one["panel"].update(leave_one_batch_out=left_out))
    found = discrimination(outcome)
    assert found.merits[0].name == "AUC, batch left out"
    assert found.merits[0].value == "0.71"
    assert found.comparison.models[0].name == "Panel, batch left out"
    assert "seen no library of their batch tell the two apart 71 times in 100" in found.reading[0]
    assert found.reading[1] == "That is better than chance, and 29 in 100 are still told wrongly."
    assert [one.auc for one in found.batches] == ["–"]


@pytest.mark.parametrize(
    ("low", "p", "words"),
    [
        (0.44, 0.01, ["reaches a coin's 0.5"]),
        (0.55, 0.3, ["shuffled labels may do as well (p = 0.3)"]),
        (0.44, 0.3, ["reaches a coin's 0.5", "shuffled labels may do as well"]),
    ],
)
def test_a_panel_no_better_than_chance_is_no_finding(made, whole, low, p, words):
    def change(record):
        record["panel"]["auc"] |= {"auc": 0.62, "low": low, "high": 0.78}
        record["panel"]["permutation"] |= {"p": p}

    told = discrimination(changed(Made(made.run, whole), change)).reading[1]
    assert told.startswith("Not shown to be better than chance")
    assert all(one in told for one in words)
    assert told.endswith("It is no finding.")


def test_a_separation_too_clear_is_doubted(made):
    assert made.outcome.panel["panel"]["auc"]["auc"] > 0.95
    assert "how the libraries of each arm were made" in discrimination(made.outcome).reading[1]


def test_what_does_as_well_as_the_panel_is_named(made):
    def change(record):
        record["panel"]["auc"] |= {"auc": 0.7}
        record["best_single"]["auc_out_of_fold"] = 0.68
        record["baselines"]["age_sex"] = {"columns": ["age"], "auc": 0.6, "low": 0.5, "high": 0.7}
        record["baselines"]["literature"] |= {"auc": 0.73, "low": 0.6, "high": 0.8}
        record["baselines"]["quality"] = {"reason": Finding("nothing_measured").to_dict()}

    found = compare(changed(made, change))
    assert len(found.warnings) == 2
    assert "adds nothing to it that is shown" in found.warnings[0]
    assert "0.73 (0.60 to 0.80)" in found.warnings[0]
    assert "hardly less than the whole panel" in found.warnings[1]
    assert found.missing == (
        "Quality of the libraries: the run measured nothing of the libraries.",
    )
    assert "Quality of the libraries" not in [one.name for one in found.models]


def test_quality_that_explains_the_panel_stands_in_red(made, tmp_path):
    facts = {"quality_auc": 0.93, "panel_auc": 0.91}
    doubt = Warning("quality_separates_as_well", facts, SEVERE).to_dict()
    outcome = changed(made, lambda one: one.update(warnings=[doubt]))
    page = write(tmp_path, Made(made.run, outcome))[0]
    box = page[page.index('class="warnings grave"') :]
    assert box.index("AUC of 0.93, the panel with 0.91") < box.index("</div>")


def test_the_best_of_many_stands_beside_what_chance_gives(few):
    best = few.outcome.panel["best_single"]
    told = discrimination(few.outcome).singles.sentences[0]
    assert f"{best['by_chance']['high']:.2f} in one cohort of twenty" in told
    below = changed(few, lambda one: one["best_single"]["by_chance"].update(high=1.0))
    assert "within what chance gives" in discrimination(below).singles.sentences[0]
    above = changed(few, lambda one: one["best_single"]["by_chance"].update(high=0.2))
    assert "in nineteen cohorts of twenty" in discrimination(above).singles.sentences[0]


def test_single_mirnas_stand_by_their_apparent_auc(few):
    found = discrimination(few.outcome).singles
    apparent = [float(one.apparent) for one in found.rows]
    assert apparent == sorted(apparent, reverse=True)
    assert len(found.rows) == 12 < found.tested
    table = few.outcome.panel_tables["markers"].set_index("mirna")
    for one in found.rows:
        assert one.out_of_fold == f"{table.loc[one.mirna, 'auc_out_of_fold']:.2f}"


def test_the_page_shows_all_of_it(made, tmp_path):
    text = read(section(write(tmp_path, made)[0], "panel")).text
    record = made.outcome.panel
    for title in ("ROC curves", "Shuffled labels", "Stability of the choice", "Calibration"):
        assert title in text
    for name in ("Published miRNA", "Age and sex", "Quality of the libraries"):
        assert name in text
    assert "No specificity of 98%: it takes 100 controls; there are 52." in text
    assert "Cases of stage II found" in text
    assert record["bundle"]["sha256"] in text
    assert "panels/colorectal_vs_healthy/bundle.json" in text
    assert all(one["mirna"] in text for one in record["panel"]["features"])


def test_too_few_people_are_told_and_single_mirnas_shown(few, tmp_path):
    assert discrimination(few.outcome).absent == (
        "No panel: it takes 20 in each arm; there are 13.",
    )
    text = read(section(write(tmp_path, few)[0], "panel")).text
    assert "No panel: it takes 20 in each arm" in text
    assert "The best single miRNAs" in text
    assert "ROC" not in text


def test_fewer_still_have_sentences_and_no_number():
    tiny = with_panel(fake_run(Plan(per_arm=7, mirnas=60, shallow=0, unreadable=0)))[0]
    found = discrimination(tiny.outcome)
    assert found.absent
    assert found.singles is None
    assert found.merits == ()


def test_a_refused_contrast_has_no_such_section(tmp_path):
    refused = with_panel(fake_run(Plan(confounded=True, covariates=(), mirnas=60)))[0]
    page = write(tmp_path, refused)[0]
    assert "REFUSED" in page
    assert "-panel" not in page
    assert "AUC" not in page[page.index("<main") : page.index('id="published"')]


def test_names_from_sheets_stay_text(made, tmp_path):
    tables = {
        name: table.replace({"hsa-miR-21-5p": PAYLOADS[0]}) if "mirna" in table else table
        for name, table in made.outcome.panel_tables.items()
    }

    def change(record):
        facts = {"there": [PAYLOADS[1]], "training": []}
        record["warnings"] = [Warning("kits_not_recorded", facts).to_dict()]
        record["panel"]["features"][0]["mirna"] = PAYLOADS[2]
        record["baselines"]["age_sex"]["columns"] = [PAYLOADS[3]]
        record["baselines"]["literature"]["mirna"] = PAYLOADS[0]
        record["best_single"]["mirna"] = PAYLOADS[4]

    outcome = replace(changed(made, change), panel_tables=tables)
    page = write(tmp_path, Made(made.run, outcome))[0]
    reader = read(page)
    assert not [1 for tag, _ in reader.tags if tag == "img"]
    assert not [name for _, found in reader.tags for name in found if name.startswith("on")]
    assert page.count("<script>") == 1


def test_a_page_with_a_panel_has_the_same_bytes_each_time(held, tmp_path):
    assert write(tmp_path, held) == write(tmp_path, held)


def test_a_panel_alone_earns_no_word(made, tmp_path):
    for page in write(tmp_path, made):
        assert unearned(page) == []
        assert "no second cohort was asked" in page


def test_another_cohort_earns_the_word(held, tmp_path):
    assert held.outcome.validation["status"] == "applied"
    page, index = write(tmp_path, held)
    found = section(page, "other-cohort")
    assert "Validated in another cohort" in found
    assert len(unearned(page)) == 1
    assert unearned(index) == []
    for text in (page, index):
        assert "no second cohort was asked" not in text
        assert "A second cohort was asked about the panel of colorectal_vs_healthy" in text
    assert "No second, independent cohort was examined" not in page
    verdict = page[page.index('class="figures-of-merit"') :].partition("</dl>")[0]
    assert "Panel in another cohort, AUC" in verdict
    assert held.outcome.validation["panel"] in found
    assert held.outcome.validation["cohort"]["counts"] in found


def test_a_panel_that_does_not_hold_is_not_called_so(trained, tmp_path):
    lost = with_other_cohort(*trained, tmp_path, shuffled=True)
    assert lost.outcome.validation["auc"]["low"] < 0.5
    found = other_cohort(lost.outcome)
    assert found.title == "Another cohort: the panel is not shown to hold"
    assert "not shown to hold" in found.sentences[0]
    assert unearned(write(tmp_path, lost)[0]) == []


def test_a_panel_that_points_the_wrong_way_is_told_so(held):
    record = {**held.outcome.validation, "auc": {"auc": 0.3, "low": 0.2, "high": 0.41}}
    found = other_cohort(replace(held.outcome, validation=record))
    assert "worse than a coin" in found.sentences[0]
    assert "points the wrong way" in found.title


@pytest.mark.parametrize(
    ("target", "high", "told"),
    [
        ("specificity 0.95", 0.91, True),
        ("specificity 0.95", 0.97, False),
        ("balanced", 0.5, False),
    ],
)
def test_a_threshold_that_does_not_hold_is_told(held, target, high, told):
    record = deepcopy(dict(held.outcome.validation))
    record["operating_point"]["target"] = target
    record["operating_point"]["specificity"] |= {"share": 0.4, "high": high}
    found = other_cohort(replace(held.outcome, validation=record))
    assert any("which did not hold: 40% here" in text for text in found.sentences) == told


def test_what_weakens_another_cohort_stands_beside_its_answer(held, tmp_path):
    kit = {"libraries": 12, "scored": 50, "column": "protocol", "value": "<b>truseq</b>"}
    kit["trained"] = ["nebnext"]
    record = {
        **held.outcome.validation,
        "warnings": [Warning("kit_never_seen", kit).to_dict()],
        "left_out": [
            {"sample": name, "exclusion": example_exclusion("outside_limit").to_dict()}
            for name in ("o1", "o2")
        ],
    }
    outcome = replace(held.outcome, validation=record)
    text = read(section(write(tmp_path, Made(held.run, outcome))[0], "other-cohort")).text
    assert "12 of the 50 libraries are of protocol <b>truseq</b>, which the panel never" in text
    assert "Libraries left out: 2 × reads of mature miRNAs (fails below 30,000)." in text


def test_a_weak_design_of_another_cohort_earns_no_word(held, tmp_path):
    record = {**held.outcome.validation, "design": {"outcome": "cap", "checks": []}}
    outcome = replace(held.outcome, validation=record)
    assert other_cohort(outcome).title == "Another cohort: its design is too weak to tell"
    assert unearned(write(tmp_path, Made(held.run, outcome))[0]) == []


def test_a_refused_cohort_shows_no_number(held, tmp_path):
    reason = Finding("no_column", {"column": "condition"}).to_dict()
    record = {"status": "refused", "reasons": [reason], "panel": "0" * 64}
    outcome = replace(held.outcome, validation=record, validated=pd.DataFrame())
    page, index = write(tmp_path, Made(held.run, outcome))
    text = read(section(page, "other-cohort")).text
    assert text.startswith(
        "Another cohort: not asked The sheet of the other cohort has no column 'condition'."
    )
    assert not re.search(r"\d", text)
    assert unearned(page) == unearned(index) == []
    assert standing([outcome]).endswith("a second cohort was named, but nothing asked of it.")


def test_without_a_panel_nothing_is_asked_of_the_other_cohort(few, tmp_path):
    made = with_other_cohort(few, None, tmp_path)
    assert other_cohort(made.outcome).sentences == ("There is no panel of this contrast.",)


def test_the_smooth_curve_is_loess_without_rounds():
    rng = np.random.default_rng(4)
    chance = np.sort(rng.uniform(0.1, 0.9, 120))
    is_case = rng.uniform(size=120) < chance
    places, shares = smooth_share(chance, is_case)
    assert places[0] == pytest.approx(np.quantile(chance, 0.05))
    # The oracle leaves out people whose weight is below a thousandth, hence the tolerance.
    known = lowess(is_case.astype(float), chance, frac=0.75, it=0, xvals=places)
    assert shares == pytest.approx(np.clip(known, 0, 1), abs=2e-3)


def test_equal_chances_have_a_smooth_curve_too():
    _, shares = smooth_share(np.full(50, 0.5), np.arange(50) < 20)
    assert shares == pytest.approx(np.full(len(shares), 0.4))


@pytest.mark.parametrize(
    ("intercept", "slope", "words"),
    [
        ((0, -0.2, 0.2), (1, 0.8, 1.2), "Nothing speaks against"),
        ((0, -0.2, 0.2), (0.5, 0.3, 0.8), "too extreme"),
        ((0, -0.2, 0.2), (1.8, 1.3, 2.4), "too cautious"),
        ((0.6, 0.3, 0.9), (1, 0.8, 1.2), "too low"),
        ((-0.6, -0.9, -0.3), (1, 0.8, 1.2), "too high"),
    ],
)
def test_calibration_in_words(intercept, slope, words):
    def told(numbers):
        return dict(zip(("value", "low", "high"), numbers, strict=True))

    record = {"intercept": told(intercept), "slope": told(slope)}
    record |= {"brier": 0.2, "scaled_brier": 0.1, "prevalence": 0.5}
    assert words in calibration_in_words(record)


def test_an_operating_point_counts_people():
    nobody = {"hits": 0, "of": 0, "share": None, "low": None, "high": None}
    some = {"hits": 3, "of": 4, "share": 0.75, "low": 0.19, "high": 0.99}
    values = [
        {"prevalence": 0.005, "value": 0.1, "low": 0.01, "high": None},
        {"prevalence": 0.125, "value": None, "low": None, "high": None},
    ]
    point = {"target": "specificity 0.95", "sensitivity": some, "specificity": nobody}
    found = points_of([point | {"stages": {"IV": some}, "predictive_values": values}])[0]
    assert found.title == "Threshold set to 95% specificity"
    assert [one.counted for one in (*found.shares, *found.stages)] == ["3 of 4", "nobody", "3 of 4"]
    assert [one.prevalence for one in found.populations] == ["5 in 1,000", "125 in 1,000"]
    assert found.populations[0].interval == "1% to –"
    assert found.populations[1].ill == "nobody is positive"
