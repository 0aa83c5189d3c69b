"""What must not be found, and a leak that must be: the conscience of the panel.

tests/benchmarks/panel.py has the same with more seeds.
"""

import numpy as np
import pandas as pd
import pytest
from exosift.panel.crossvalidation import cross_validate, one_repeat
from exosift.panel.folds import LeakageError
from exosift.panel.permutation import permute
from exosift.panel.procedure import panel_procedure
from exosift.panel.stability import select_from_halves

from tests.panel_cohort import (
    SETTINGS,
    leaky_procedure,
    made_cohort,
    make_counts,
    make_libraries,
)


def labelled_at_random(seed, per_arm=20, mirnas=150):
    rng = np.random.default_rng([seed, 77])
    is_case = rng.permutation(np.arange(2 * per_arm) < per_arm)
    return make_libraries(make_counts(rng, is_case, mirnas), is_case)


def nested_auc(libraries, procedure=None):
    """Give the AUC of one repeat of nested cross-validation."""
    procedure = procedure or panel_procedure(SETTINGS, [1])
    return one_repeat(procedure, libraries.counts, libraries, libraries.is_case, SETTINGS, 0).auc


def mean_auc(seeds, leak=False):
    cohorts = [labelled_at_random(seed) for seed in seeds]
    return np.mean([nested_auc(one, leaky_procedure(one) if leak else None) for one in cohorts])


def is_blind(auc):
    """Tell whether a mean AUC is that of labels at random."""
    return 0.45 <= auc <= 0.55


def test_random_labels_give_an_auc_of_a_half():
    assert is_blind(mean_auc(range(20)))


def test_the_same_test_catches_a_selection_that_saw_the_test_people():
    leaky = mean_auc(range(6), leak=True)
    assert not is_blind(leaky)
    assert leaky >= 0.70


@pytest.fixture(scope="module")
def replicates():
    """Four libraries of each of 24 people, who differ from each other, and not by disease."""
    cohorts = []
    for seed in range(6):
        rng = np.random.default_rng([seed, 5])
        person = np.repeat(np.arange(24), 4)
        own = rng.normal(0, 1, (24, 60))[person]
        is_case = person % 2 == 0
        counts = make_counts(rng, is_case, 60, own=own)
        cohorts.append((counts, is_case, [f"p{at:02}" for at in person]))
    return cohorts


def test_replicates_of_a_person_are_no_evidence(replicates):
    aware = [
        nested_auc(make_libraries(counts, is_case, people))
        for counts, is_case, people in replicates
    ]
    assert np.mean(aware) <= 0.60


def test_replicates_taken_for_people_would_look_like_evidence(replicates):
    blind = [nested_auc(make_libraries(counts, is_case)) for counts, is_case, _ in replicates]
    assert np.mean(blind) >= 0.75


def test_planted_miRNAs_are_found():  # noqa: N802
    assert nested_auc(made_cohort()) >= 0.85


def test_wild_test_libraries_leave_the_training_as_it_was():
    libraries = made_cohort()
    is_case, subjects = libraries.is_case, libraries.subjects
    rng = np.random.default_rng(2)
    wild = libraries.counts.copy() * 0 + rng.integers(0, 10**6, libraries.counts.shape)
    wild.index = [f"wild{at}" for at in range(len(wild))]

    def fitted(tested):
        """Train on the first 36 and then score others."""
        procedure = panel_procedure(SETTINGS, [1])
        procedure.fit(libraries.counts.iloc[:36], is_case[:36], subjects[:36])
        scores = procedure.decision_function(tested, tested.index.to_numpy(dtype=str))
        return procedure, scores

    plain, scores = fitted(libraries.counts.iloc[36:])
    beside, with_wild = fitted(pd.concat([libraries.counts.iloc[36:], wild]))
    assert plain.coefficients.tobytes() == beside.coefficients.tobytes()
    assert (
        plain.model_["levels"].reference_.tobytes() == beside.model_["levels"].reference_.tobytes()
    )
    assert plain.intercept == beside.intercept
    assert scores.tobytes() == with_wild[: len(scores)].tobytes()


def test_who_was_trained_on_is_never_scored():
    libraries = made_cohort()
    counts, subjects = libraries.counts, libraries.subjects
    procedure = panel_procedure(SETTINGS, [1])
    procedure.fit(counts.iloc[:30], libraries.is_case[:30], subjects[:30])
    with pytest.raises(LeakageError, match="Libraries in the training and in the test set: s029"):
        procedure.decision_function(counts.iloc[29:], subjects[29:])
    other_name = counts.iloc[[0]].set_axis(["s999"])
    with pytest.raises(LeakageError, match="Subjects in the training and in the test set: s000"):
        procedure.decision_function(other_name, subjects[:1])
    assert procedure.model_["levels"].seen_ == procedure.seen_ == set(counts.index[:30])
    with pytest.raises(ValueError, match="not the libraries"):
        procedure.apparent(counts.iloc[:29])


def test_nothing_depends_on_the_number_of_processes():
    libraries = made_cohort()
    procedure = panel_procedure(SETTINGS, [1])

    def everything(jobs):
        found = cross_validate(procedure, libraries.counts, libraries, SETTINGS, jobs=jobs)
        settings = SETTINGS | {"permutations": 4}
        null = permute(procedure, libraries.counts, libraries, settings, 0.5, jobs=jobs)
        stability = select_from_halves(libraries, SETTINGS, jobs=jobs)
        return found.scores.tobytes(), null.null.tobytes(), stability.frequency.to_csv()

    assert everything(1) == everything(2)


def test_folds_are_drawn_anew_in_each_repeat_and_by_the_seed():
    libraries = made_cohort()
    procedure = panel_procedure(SETTINGS, [1])
    found = cross_validate(procedure, libraries.counts, libraries, SETTINGS)
    assert (found.fold_of[0] != found.fold_of[1]).any()
    other = cross_validate(procedure, libraries.counts, libraries, SETTINGS | {"seed": 2})
    assert (found.fold_of[0] != other.fold_of[0]).any()
    tested = [row["samples"].split(";") for row in found.folds if row["repeat"] == 1]
    names = [name for fold in tested for name in fold]
    assert sorted(names) == list(libraries.counts.index)
