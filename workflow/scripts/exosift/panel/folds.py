"""Who is trained on and who is tested: folds, halves and shuffled labels, people kept whole."""

from collections.abc import Hashable, Iterable, Iterator, Sequence

import numpy as np
import pandas as pd

from exosift.sheet_columns import technical


class LeakageError(RuntimeError):
    """A library or a person is about to be tested that was trained on; a fault of ours."""


def refuse_overlap(trained: Iterable[Hashable], tested: Iterable[Hashable], what: str) -> None:
    """Stop if anything that is tested was trained on.

    Raises
    ------
    LeakageError
        Naming what was in both.
    """
    both = sorted(str(one) for one in set(trained) & set(tested))
    if both:
        raise LeakageError(f"{what} in the training and in the test set: {', '.join(both[:5])}.")


def split(
    is_case: np.ndarray,
    subjects: np.ndarray,
    folds: int,
    seed: Sequence[int],
    batches: np.ndarray | None = None,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Deal people to folds, so that each fold gets its share of each arm and batch.

    All libraries of a person go to one fold. Batches are dealt out too, since a training fold that
    holds more cases of a batch leaves fewer of them to its test fold, and what differs between
    batches would be learnt the wrong way round: without it, shuffled labels of 99 cases and 50
    controls in eight batches had a mean AUC of 0.47, with it of 0.49. (scikit-learn's folds are
    stratified by one column, and fail where a stratum is smaller than the number of folds.)

    Parameters
    ----------
    is_case : ndarray of bool, shape (libraries,)
    subjects : ndarray, shape (libraries,)
    folds
        How many; fewer if an arm has fewer people.
    seed
        The same seed gives the same folds.
    batches : ndarray of str, shape (libraries,), optional
        Of a person that of the first library counts.

    Yields
    ------
    Places of the training and of the test libraries, sorted.
    """
    people, first, place = np.unique(subjects, return_index=True, return_inverse=True)
    cases = np.bincount(place, weights=is_case, minlength=len(people)) > 0
    controls = np.bincount(place, weights=~is_case, minlength=len(people)) > 0
    number = max(2, min(folds, int(cases.sum()), int(controls.sum())))
    arm = cases + 2 * controls
    batch = np.zeros(len(people)) if batches is None else _codes(batches[first])
    chance = np.random.default_rng(seed).permutation(len(people))
    fold_of = np.empty(len(people), dtype=int)
    fold_of[np.lexsort([chance, batch, arm])] = np.arange(len(people)) % number
    for fold in range(number):
        test = fold_of[place] == fold
        refuse_overlap(subjects[~test], subjects[test], "Subjects")
        yield np.flatnonzero(~test), np.flatnonzero(test)


def _codes(names: np.ndarray) -> np.ndarray:
    codes: np.ndarray = np.unique(names, return_inverse=True)[1]
    return codes


def halves(
    is_case: np.ndarray, subjects: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Cut the people of each arm into two random halves; gives the places of the libraries."""
    first = np.zeros(len(is_case), dtype=bool)
    drawn: set[str] = set()
    for arm in (True, False):
        people = [one for one in np.unique(subjects[is_case == arm]) if one not in drawn]
        for one in rng.permutation(people)[: len(people) // 2]:
            first |= subjects == one
        drawn.update(people)
    return np.flatnonzero(first), np.flatnonzero(~first)


def shuffled_labels(
    is_case: np.ndarray, subjects: np.ndarray, batches: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Shuffle who is a case, within batches and between people.

    All libraries of a person change together. A person with libraries in both arms (before and
    after) exchanges the arms of these instead. Batches of a person are those of the first library.
    """
    people, first, place = np.unique(subjects, return_index=True, return_inverse=True)
    both = np.array([len(np.unique(is_case[place == at])) == 2 for at in range(len(people))])
    label = is_case[first].copy()
    own_batch = batches[first]
    for batch in np.unique(own_batch[~both]):
        members = np.flatnonzero((own_batch == batch) & ~both)
        label[members] = rng.permutation(label[members])
    exchange = rng.random(len(people)) < 0.5
    shuffled: np.ndarray = np.where(both[place], is_case ^ exchange[place], label[place])
    return shuffled


def batches_of(sheet: pd.DataFrame, covariates: Iterable[str]) -> tuple[np.ndarray, list[str]]:
    """Name the batch of each library: its values in all columns that say how it was made.

    Parameters
    ----------
    sheet : DataFrame of str
        The sample sheet, only the libraries of the contrast.
    covariates
        Covariates of the contrast; those of them that describe how a library was made count, and
        so do the columns `protocol` and `batch` even if they are not listed.

    Returns
    -------
    The batches, shape (libraries,), and the columns that they come from.
    """
    wanted = [*(one for one in covariates if technical(one)), "protocol", "batch"]
    columns = [
        column
        for column in dict.fromkeys(wanted)
        if column in sheet.columns and 1 < sheet[column].nunique() <= len(sheet) / 2
    ]
    if not columns:
        return np.full(len(sheet), ""), []
    return sheet[columns].agg(" / ".join, axis=1).to_numpy(dtype=str), columns
