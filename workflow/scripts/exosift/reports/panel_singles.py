"""The best single miRNAs: their AUC in the people who chose them, and in those who did not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exosift.reports.evidence import Outcome
from exosift.reports.panel_figures import number
from exosift.reports.wording import count, interval, plain, share, short

MOST = 12  # rows; the table in the folder holds all
OUTSTANDING = "above what chance gives to the best of so many in nineteen cohorts of twenty"


@dataclass(frozen=True)
class Single:
    """A miRNA alone."""

    mirna: str
    higher_in: str
    apparent: str
    apparent_interval: str
    out_of_fold: str
    repeats: str
    same_direction: str


@dataclass(frozen=True)
class Singles:
    """The rule "take the best", and the best ones."""

    sentences: tuple[str, ...]
    rows: tuple[Single, ...]
    tested: int


def single_mirnas(outcome: Outcome) -> Singles | None:
    """Put the best single miRNAs side by side; None where none was judged out of fold."""
    best, table = outcome.panel.get("best_single"), outcome.panel_tables.get("markers")
    if not best or table is None or table.empty:
        return None
    rows = table.sort_values(["auc", "mirna"], ascending=[False, True]).head(MOST)
    return Singles(
        _best_of_many(best),
        tuple(
            Single(
                row["mirna"],
                outcome.case if row["direction"] == "up" else outcome.control,
                plain(row["auc"]),
                interval(row["auc_ci_low"], row["auc_ci_high"]),
                plain(row["auc_out_of_fold"]),
                interval(row["out_of_fold_lowest"], row["out_of_fold_highest"]),
                share(row["folds_same_direction"]),
            )
            for _, row in rows.iterrows()
        ),
        len(table),
    )


def _best_of_many(best: Mapping[str, Any]) -> tuple[str, ...]:
    """Say what the best of many is worth: beside chance, and on people who did not choose it."""
    chance = best["by_chance"]
    mean, high, auc = (number(one) for one in (chance["mean"], chance["high"], best["auc"]))
    name, folds = short(best["mirna"]), sum(best["chosen"].values())
    often = best["chosen"].get(best["mirna"], 0)
    return (
        f"The best of {count(chance['mirnas'], 'miRNA')} is {name}, with an apparent AUC of "
        f"{plain(auc)}. Where the arms do not differ at all, the best of as many still reaches "
        f"{plain(mean)} on average and {plain(high)} in one cohort of twenty "
        f"({chance['draws']} shuffles of the labels): this one is "
        + (f"{OUTSTANDING}." if auc > high else "within what chance gives to the best of so many."),
        f"Chosen anew in every training fold, the best miRNA reaches "
        f"{plain(number(best['auc_out_of_fold']))} on the people of the test folds; "
        f"{name} was the choice of {often} of {count(folds, 'fold')}.",
    )
