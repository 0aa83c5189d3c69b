"""The section on confounders: what it says of causes that are there, and of none."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from exosift.caveats import confounding_caveats, explained_beside_blood
from exosift.confounding.ev_origin import NOT_SHOWN
from exosift.reports import confounding
from exosift.sentences.caveats import caveat_sentence

from tests.fake_run import Plan, fake_run, write_pages


@pytest.fixture(scope="module")
def made():
    return fake_run()


def weigh(made, **changes):
    found = confounding.weigh(made.run, replace(made.outcome, **changes))
    assert found is not None
    return found


def first(made):
    """The leading miRNA that differs."""
    return confounding._differing(made.run, made.outcome)[0]


def with_cause(made, covariate="age", verdict="yes"):
    """Let something explain the leading miRNA."""
    mirna, column = first(made), {"yes": "explained_by", "unclear": "unclear_with"}[verdict]
    covariates, weighed = made.outcome.covariates.copy(), made.outcome.weighed.copy()
    here = (covariates["mirna"] == mirna) & (covariates["covariate"] == covariate)
    covariates.loc[here, ["attenuation", "explains", "log2fc_with"]] = 0.71, verdict, 0.4
    weighed.loc[weighed["mirna"] == mirna, column] = covariate
    return covariates, weighed


def test_the_section_stands_on_the_page_of_a_contrast_that_was_tested(made, tmp_path):
    page, _ = write_pages(tmp_path, made)
    assert "Reasons to doubt: confounding" in page
    assert NOT_SHOWN in page
    assert "Evidence E1" in page
    assert 'href="#contrast-colorectal_vs_healthy-confounding"' in page


def test_a_refused_contrast_has_no_section(tmp_path):
    made = fake_run(Plan(confounded=True))
    assert confounding.weigh(made.run, made.outcome) is None
    page, _ = write_pages(tmp_path, made)
    assert "Reasons to doubt" not in page


def test_every_mirna_that_differs_is_held_against_every_covariate(made):
    found = weigh(made)
    names = [cell.name for cell in found.rows[0].cells]
    assert {"batch", "age", "sex", "protocol", "depth", "miRNA share"} <= set(names)
    assert all([cell.name for cell in row.cells] == names for row in found.rows)
    differ = confounding._differing(made.run, made.outcome)
    assert [row.mirna for row in found.rows][: len(differ)] == differ[: confounding.MOST_ROWS]
    assert {one.name: one.note for one in found.looked}["batch"] == "in the model"


def test_a_cause_is_named_first_and_marked(made):
    covariates, weighed = with_cause(made)
    found = weigh(made, covariates=covariates, weighed=weighed)
    assert "explained by something else: age (1)" in found.lead[0]
    (cell,) = (one for one in found.rows[0].cells if one.name == "age")
    assert (cell.taken, cell.mark) == ("71%", "▲")
    covariates, weighed = with_cause(made, verdict="unclear")
    found = weigh(made, covariates=covariates, weighed=weighed)
    assert "no longer significant beside something else" in found.lead[0]
    (cell,) = (one for one in found.rows[0].cells if one.name == "age")
    assert cell.mark == "△"


@pytest.mark.parametrize(
    ("explains", "unclear", "shown"), [(0, 0, "0"), (2, 3, "2 ▲ 3 △"), (0, 1, "1 △")]
)
def test_a_property_is_marked_by_what_it_explains(made, explains, unclear, shown):
    counted = {"explains": explains, "unclear": unclear}
    told = [one | counted for one in made.outcome.confounding["covariates"]]
    found = weigh(made, confounding=made.outcome.confounding | {"covariates": told})
    assert {one.explains for one in found.looked} == {shown}


def test_nothing_that_differs_is_said_to_need_no_explanation(made):
    rows = made.outcome.candidates.assign(edger_q=0.9)
    found = weigh(made, candidates=rows)
    assert found.lead == ("No miRNA differs in both engines, so that there is nothing to explain.",)


def test_fractions_of_the_same_people_tell_which_are_of_vesicles(made):
    mirna = first(made)
    weighed = made.outcome.weighed.copy()
    columns = ["ev_log2_ratio", "ev_ci_low", "ev_ci_high"]
    weighed.loc[weighed["mirna"] == mirna, columns] = 1.5, 0.8, 2.2
    origin = {"grade": "E4", "meaning": "both", "libraries": {"E3": 30}, "pairs": 5}
    told = made.outcome.confounding | {"ev_origin": origin | {"wanted": "", "sentence": ""}}
    (text,) = weigh(made, weighed=weighed, confounding=told).of_origin
    assert f"{mirna.removeprefix('hsa-')} (log₂ ratio +1.50, +0.80 to +2.20)" in text


def test_rates_are_shown_where_not_everyone_has_the_mirna(made):
    weighed = made.outcome.weighed.copy()
    columns = ["presence_p", "presence_odds_ratio", "presence_depth_p"]
    weighed[columns] = np.nan
    assert weigh(made, weighed=weighed).presence == ()
    weighed.loc[weighed["mirna"] == first(made), columns] = 0.01, 4.2, 0.03
    (row,) = weigh(made, weighed=weighed).presence
    assert row.at_depth == "odds ratio 4.20, p = 0.03"


def test_long_lists_end(made, monkeypatch):
    monkeypatch.setattr(confounding, "MOST_ROWS", 2)
    found = weigh(made)
    assert len(found.rows) == 2
    assert found.more > 0


def test_doubts_are_sentences_with_numbers(made):
    covariates, weighed = with_cause(made)
    record = made.outcome.confounding
    mirna = first(made)
    (doubt,) = confounding_caveats(covariates, weighed, record)[mirna]
    assert doubt.code == "confounded"
    assert "Adjusting for age removes 71% of its effect" in caveat_sentence(doubt)
    assert not doubt.artefact
    assert explained_beside_blood(weighed)[mirna] == {"explained_by": ["age"]}
    covariates, weighed = with_cause(made, "depth", "unclear")
    (doubt,) = confounding_caveats(covariates, weighed, record)[mirna]
    assert doubt.code == "unclear_adjusted"
    assert "With sequencing depth in the model it is no longer significant" in caveat_sentence(
        doubt
    )
    assert explained_beside_blood(weighed)[mirna] == {"unclear_with": ["depth"]}


def test_blood_cells_are_named_once_and_left_to_the_gate_of_their_own(made):
    mirna = first(made)
    covariates = pd.DataFrame(
        [
            {"mirna": mirna, "covariate": name, "explains": "yes", "attenuation": share}
            for name, share in (("haemolysis_h2", 0.6), ("blood_cells", 1.2))
        ]
    ).reindex(columns=made.outcome.covariates.columns)
    weighed = made.outcome.weighed.copy()
    weighed.loc[weighed["mirna"] == mirna, "explained_by"] = "haemolysis_h2;blood_cells"
    (doubt,) = confounding_caveats(covariates, weighed, made.outcome.confounding)[mirna]
    assert caveat_sentence(doubt) == (
        "Adjusting for blood cells (haemolysis and platelets) removes all of its effect and "
        "reverses it."
    )
    assert mirna not in explained_beside_blood(weighed)


def test_matching_that_takes_an_effect_is_a_doubt(made):
    mirna = first(made)
    weighed = made.outcome.weighed.copy()
    columns = ["matched_log2fc", "matched_ci_low", "matched_ci_high", "matched_attenuation"]
    weighed.loc[weighed["mirna"] == mirna, columns] = 0.2, -0.5, 0.9, 0.8
    weighed.loc[weighed["mirna"] == mirna, "explained_by"] = "matched_pairs"
    told = made.outcome.confounding | {"pairs": {"pairs": 12, "matched_on": ["age", "sex"]}}
    (doubt,) = confounding_caveats(made.outcome.covariates.iloc[:0], weighed, told)[mirna]
    assert caveat_sentence(doubt) == (
        "Among 12 pairs of like age and sex limma's log2 fold change is +0.20 (-0.50 to +0.90), "
        "80% less than among all people."
    )
