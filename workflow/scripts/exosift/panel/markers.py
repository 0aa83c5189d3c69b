"""Single miRNAs: their AUC in the libraries that chose them, and in those that did not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.preprocessing import StandardScaler

from exosift.discrimination import areas, discriminate
from exosift.panel.folds import split
from exosift.panel.intervals import fold_auc
from exosift.panel.levels import FrozenLevels
from exosift.panel.libraries import Libraries, by_person
from exosift.panel.parallel import Say, run
from exosift.panel.permutation import best_by_chance
from exosift.panel.seeds import Stream

COLUMNS = (
    *("mirna", "direction", "auc", "auc_ci_low", "auc_ci_high"),
    *("auc_out_of_fold", "out_of_fold_lowest", "out_of_fold_highest"),
    *("folds_measured", "folds_same_direction"),
)


@dataclass(frozen=True)
class Markers:
    """Single miRNAs, judged.

    Attributes
    ----------
    table
        One row per miRNA that was tested; see `COLUMNS`.
    best
        The rule "take the best miRNA": `mirna` (the best here), `auc` (apparent),
        `auc_out_of_fold` (each training fold takes its own best), `chosen` (how often each was
        taken), and `by_chance`, the largest AUC to expect where nothing differs.
    levels : DataFrame, shape (libraries, miRNAs)
        Standardised by the training folds, averaged over repeats.
    """

    table: pd.DataFrame
    best: dict[str, Any]
    levels: pd.DataFrame


def judge_markers(
    tested: pd.DataFrame,
    libraries: Libraries,
    settings: Mapping[str, Any],
    *,
    jobs: int = 1,
    say: Say | None = None,
) -> Markers:
    """Give the AUC of each tested miRNA, apparent and out of fold.

    Out of fold, a training fold decides the direction of a miRNA and the scale of its levels; the
    levels of its test fold are then scores. Folds are those of the panel. A miRNA that a training
    fold does not measure well enough says nothing about its test fold.

    Parameters
    ----------
    tested
        `differential_expression/{contrast}.tsv`: `mirna` and `edger_log2fc`.
    settings
        Section `panel` of the configuration.
    """
    names = [name for name in tested["mirna"] if name in libraries.counts.columns]
    effects = tested.set_index("mirna").loc[names, "edger_log2fc"]
    levels = _whole(libraries, names)
    values, is_case, _ = by_person(levels, libraries.is_case, libraries.subjects)
    apparent = [
        discriminate(row[is_case], row[~is_case], np.sign(effect))
        for row, effect in zip(values, effects, strict=True)
    ]
    found = run(
        _one_repeat,
        [(libraries, names, settings, repeat) for repeat in range(settings["repeats"])],
        jobs=jobs,
        what="single miRNAs",
        say=say,
    )
    aucs = np.array([one.aucs for one in found])
    signs = np.sign(effects.to_numpy(dtype=float))
    ways = np.concatenate([one.directions for one in found])
    table = pd.DataFrame(
        {
            "mirna": names,
            "direction": np.where(signs > 0, "up", "down"),
            "auc": [one.auc for one in apparent],
            "auc_ci_low": [one.low for one in apparent],
            "auc_ci_high": [one.high for one in apparent],
            "auc_out_of_fold": aucs.mean(axis=0),
            "out_of_fold_lowest": aucs.min(axis=0),
            "out_of_fold_highest": aucs.max(axis=0),
            "folds_measured": (ways != 0).mean(axis=0),
            "folds_same_direction": (ways == signs).mean(axis=0),
        },
        columns=list(COLUMNS),
    )
    chosen = pd.Series([name for one in found for name in one.best]).value_counts()
    top = table.loc[table["auc"].idxmax()]
    best = {
        "mirna": str(top["mirna"]),
        "auc": float(top["auc"]),
        "auc_out_of_fold": float(np.mean([one.best_auc for one in found])),
        "chosen": {
            str(name): int(chosen[name])
            for name in sorted(chosen.index, key=lambda name: (-chosen[name], name))
        },
        "by_chance": best_by_chance(levels, libraries, settings["null_draws"], settings["seed"]),
    }
    z = np.mean([one.levels for one in found], axis=0)
    return Markers(table, best, pd.DataFrame(z, index=libraries.counts.index, columns=names))


def _whole(libraries: Libraries, names: list[str]) -> np.ndarray:
    """Give the levels of all libraries on the scale of all; shape (miRNAs, libraries)."""
    levels = FrozenLevels().fit(libraries.counts, libraries.is_case)
    values = pd.DataFrame(levels.transform(libraries.counts), columns=levels.mirnas_)
    # What is tested but not used here has the same levels everywhere.
    found: np.ndarray = values.reindex(columns=names, fill_value=0.0).to_numpy().T
    return found


@dataclass(frozen=True)
class _Repeat:
    aucs: np.ndarray
    directions: np.ndarray
    best: list[str]
    best_auc: float
    levels: np.ndarray


def _one_repeat(
    libraries: Libraries, names: list[str], settings: Mapping[str, Any], repeat: int
) -> _Repeat:
    is_case, subjects, counts = libraries.is_case, libraries.subjects, libraries.counts
    place = {name: at for at, name in enumerate(names)}
    scores, z = np.zeros((len(counts), len(names))), np.zeros((len(counts), len(names)))
    best_score, fold_of = np.zeros(len(counts)), np.zeros(len(counts), dtype=int)
    directions, best = [], []
    seed = [settings["seed"], Stream.OUTER, repeat]
    outer = split(is_case, subjects, settings["outer_folds"], seed, libraries.batches)
    for fold, (train, test) in enumerate(outer):
        levels, scale = FrozenLevels(), StandardScaler()
        trained = scale.fit_transform(levels.fit_transform(counts.iloc[train], is_case[train]))
        tested = scale.transform(levels.transform(counts.iloc[test]))
        used = [at for at, name in enumerate(levels.mirnas_) if name in place]
        there = np.array([place[levels.mirnas_[at]] for at in used], dtype=np.intp)
        trained, tested = trained[:, used], tested[:, used]
        case = is_case[train]
        way = np.sign(trained[case].mean(axis=0) - trained[~case].mean(axis=0))
        z[np.ix_(test, there)] = tested
        scores[np.ix_(test, there)] = tested * way
        top = int(np.argmax(areas((trained * way).T, case)))
        best.append(names[there[top]])
        best_score[test] = tested[:, top] * way[top]
        fold_of[test] = fold
        row = np.zeros(len(names))
        row[there] = way
        directions.append(row)
    together = np.column_stack([scores, best_score]).T
    aucs = fold_auc(together, fold_of, is_case, subjects)
    return _Repeat(aucs[:-1], np.array(directions), best, float(aucs[-1]), z)
