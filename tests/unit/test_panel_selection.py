"""Stability, permutations and single miRNAs."""

import numpy as np
import pandas as pd
import pytest
from exosift.panel.markers import COLUMNS, judge_markers
from exosift.panel.permutation import Permutations, best_by_chance, permute
from exosift.panel.procedure import panel_procedure
from exosift.panel.stability import Stability, select_from_halves

from tests.panel_cohort import SETTINGS, made_cohort, make_counts, make_libraries


@pytest.fixture(scope="module")
def libraries():
    return made_cohort()


@pytest.fixture(scope="module")
def unchanged():
    return made_cohort(changed=0)


def effects(libraries, signs=1.0):
    return pd.DataFrame({"mirna": list(libraries.counts.columns), "edger_log2fc": signs})


def test_planted_mirnas_are_stable_and_others_are_not(libraries):
    found = select_from_halves(libraries, SETTINGS | {"stability_halves": 40})
    assert set(found.stable(0.8)) == {"miR-000", "miR-001", "miR-002", "miR-003"}
    assert found.halves == 40
    assert found.selected <= 10


def test_what_is_stable_where_nothing_differs_keeps_to_the_bound():
    found = [
        select_from_halves(made_cohort(changed=0, seed=seed), SETTINGS | {"stability_halves": 20})
        for seed in range(5)
    ]
    bound = np.mean([one.false_selections(0.8) for one in found])
    assert np.mean([len(one.stable(0.8)) for one in found]) <= bound < 4


@pytest.mark.parametrize(("candidates", "bound"), [(150, 1.11), (300, 0.56)])
def test_the_bound_on_false_selections(candidates, bound):
    found = Stability(pd.Series(dtype=float), 100, 10, candidates)
    assert found.false_selections(0.8) == pytest.approx(bound, abs=5e-3)


def test_the_p_value_counts_the_true_labels_as_one_more():
    null = Permutations(0.7, np.array([0.5] * 198 + [0.7, 0.8]))
    assert null.p == pytest.approx(3 / 201)
    assert null.p_of(0.9) == pytest.approx(1 / 201)


def test_shuffled_labels_know_nothing_and_true_ones_do(libraries):
    procedure = panel_procedure(SETTINGS, [1])
    null = permute(procedure, libraries.counts, libraries, SETTINGS, 0.9)
    assert 0.4 < null.null.mean() < 0.6
    assert null.p == pytest.approx(1 / 20)


def test_the_best_of_many_mirnas_looks_good_by_chance():
    rng = np.random.default_rng(1)
    is_case = np.arange(24) < 12
    libraries = make_libraries(make_counts(rng, is_case, 20), is_case)
    few = best_by_chance(rng.normal(size=(20, 24)), libraries, 50, 1)
    many = best_by_chance(rng.normal(size=(400, 24)), libraries, 50, 1)
    assert 0.6 < few["mean"] < many["mean"] < many["high"] < 1
    assert many["mean"] > 0.8


def test_out_of_fold_a_planted_mirna_keeps_its_auc(libraries):
    found = judge_markers(effects(libraries), libraries, SETTINGS)
    table = found.table.set_index("mirna")
    assert list(found.table.columns) == list(COLUMNS)
    assert table["auc_out_of_fold"]["miR-000"] == pytest.approx(table["auc"]["miR-000"], abs=0.06)
    assert table["auc_out_of_fold"]["miR-000"] > 0.8
    assert table["folds_same_direction"]["miR-000"] == 1
    assert found.levels.shape == libraries.counts.shape


def test_the_direction_of_the_effect_is_not_turned(libraries):
    up = judge_markers(effects(libraries), libraries, SETTINGS).table
    down = judge_markers(effects(libraries, -1.0), libraries, SETTINGS).table
    assert (up["auc"] + down["auc"]).to_numpy() == pytest.approx(1)
    assert set(down["direction"]) == {"down"}
    assert (up["auc_out_of_fold"] == down["auc_out_of_fold"]).all()


def test_the_best_mirna_of_a_null_cohort_is_optimistic(unchanged):
    found = judge_markers(effects(unchanged), unchanged, SETTINGS)
    table, best = found.table, found.best
    assert best["auc"] == table["auc"].max()
    assert best["auc_out_of_fold"] < best["auc"] - 0.1
    assert abs(best["auc_out_of_fold"] - 0.5) < 0.2
    assert best["auc"] <= best["by_chance"]["high"] + 0.05
    assert sum(best["chosen"].values()) == SETTINGS["repeats"] * SETTINGS["outer_folds"]
