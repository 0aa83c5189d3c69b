"""Copies of libraries pair off with those that were trained on; other people do not."""

import json

import numpy as np
import pandas as pd
import pytest
from exosift.panel.levels import FrozenLevels, frozen_levels
from exosift.panel.likeness import describe, pairing_off

from tests.panel_cohort import made_cohort


class Training:
    """Half of the people of a study, sketched."""

    def __init__(self, counts):
        self.frozen = FrozenLevels()
        levels = self.frozen.fit_transform(counts, np.arange(len(counts)) % 2 == 0)
        self.mirnas = list(self.frozen.mirnas_)
        self.known = describe(levels, self.mirnas, self.frozen.reference_)

    def pairs(self, counts):
        reads = counts[self.mirnas].to_numpy(dtype=float)
        levels = frozen_levels(reads, self.frozen.reference_, self.frozen.prior_)
        return pairing_off(levels, self.mirnas, self.known)


@pytest.fixture(scope="module")
def study(shared_data):
    path = shared_data / "counts" / "GSE71008_CRC_vs_NC_hsa_miRNA_counts.tsv.gz"
    return pd.read_csv(path, sep="\t", index_col=0).T


def copies(counts, rng):
    """Count libraries again: fewer reads, and two programs that see miRNAs differently."""
    thinned = counts * 0 + rng.binomial(counts, 0.5)
    mild, wild = (
        counts
        * 2 ** rng.normal(0, shift, counts.shape[1])
        * 2 ** rng.normal(0, noise, counts.shape)
        for shift, noise in ((0.5, 0.1), (1.0, 0.2))
    )
    return {"half of the reads": thinned, "a program": mild, "another program": wild}


@pytest.mark.parametrize("people", [20, 40, 75])
def test_copies_pair_off_and_other_people_do_not(study, people):
    for seed in range(4):
        rng = np.random.default_rng([people, seed])
        order = rng.permutation(len(study))
        own, others = study.iloc[order[:people]], study.iloc[order[people : 2 * people]]
        training = Training(own)
        assert training.pairs(others) == []
        moved = others * np.exp(rng.normal(0, 1.2, study.shape[1]))
        assert training.pairs(moved) == []
        for what, again in copies(own, rng).items():
            assert len(training.pairs(again)) > people / 2, (seed, what)


def test_people_of_two_kits_do_not_pair_off(study):
    rng = np.random.default_rng(7)
    kit = np.exp(rng.normal(0, 1.2, study.shape[1]))
    made = study.astype(float)
    made.iloc[::2] *= kit
    made = made.iloc[rng.permutation(len(made))]
    training = Training(made[:75])
    assert training.pairs(made[75:]) == []
    assert len(training.pairs(made[:75] * 0.5)) == 75


def test_a_half_that_was_trained_on_is_enough(study):
    mixed = study.iloc[30:110]
    assert len(Training(study[:75]).pairs(mixed)) >= 45


def test_sketches_hold_no_order_and_are_the_same_everywhere():
    counts = made_cohort().counts
    known = Training(counts).known
    assert known["sketches"] == sorted(known["sketches"])
    assert {len(one) for one in known["sketches"]} == {256}
    assert json.loads(json.dumps(known)) == known
    few = made_cohort(mirnas=20).counts
    assert Training(few).known == {"mirnas": [], "sketches": []}
    assert Training(few).pairs(few) == []
