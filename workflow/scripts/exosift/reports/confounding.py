"""Reasons to doubt: what else than the disease may explain the miRNAs of a contrast."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from exosift.confounding.weighing import ALL_BLOOD, EXPLAINS, MATCHED, UNCLEAR
from exosift.consensus import significant
from exosift.contrasts import Contrast
from exosift.reports.candidate_cards import shown_mirnas
from exosift.reports.evidence import Outcome, Run
from exosift.reports.roles import Citation, cite
from exosift.reports.wording import (
    count,
    interval,
    listed,
    plain,
    probability,
    share,
    short,
    signed,
)
from exosift.sentences.names import covariate_name

MOST_ROWS = 30
MARKS = {EXPLAINS: "▲", UNCLEAR: "△"}
SYMBOLS = {"rho": "ρ", "eta2": "η²", "": ""}
HEADS = {
    "mirna_share": "miRNA share",
    "haemolysis_h1": "haemolysis (451a)",
    "haemolysis_h2": "haemolysis (20)",
    "platelet": "platelets",
    ALL_BLOOD: "all blood cells",
    "storage_time": "storage time",
}
"""Covariates in few words, for the heads of columns."""


@dataclass(frozen=True)
class Looked:
    """A covariate that was looked at.

    Attributes
    ----------
    control, case
        How many miRNAs follow it within the arm.
    explains
        How many effects it explains, and how many it leaves unclear.
    note
        Why there is no number.
    """

    name: str
    in_model: bool
    control: str
    case: str
    explains: str
    note: str


@dataclass(frozen=True)
class Cell:
    """What one covariate does to one miRNA: what it takes, and how closely it is followed."""

    name: str
    symbol: str
    taken: str
    followed: str
    mark: str


@dataclass(frozen=True)
class Row:
    """A miRNA against all covariates."""

    mirna: str
    effect: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Presence:
    """In how many people of each arm a miRNA is found, where not all have it."""

    mirna: str
    case: str
    control: str
    at_depth: str


@dataclass(frozen=True)
class Confounding:
    """The section of a contrast.

    Attributes
    ----------
    lead
        What came of it, in a sentence or two.
    looked
        All covariates.
    rows, more
        miRNAs that differ or have a card, and how many more differ.
    presence
        Those of them that not everyone has.
    pairs
        How matched pairs were made, or why not.
    origin
        The grade of the evidence for vesicles: `ev_origin` of the record.
    of_origin
        Sentences on it.
    literature, bias, sources
        How the contrast stands to what is published, what that is worth, and where it was seen.
    """

    lead: tuple[str, ...]
    looked: tuple[Looked, ...]
    rows: tuple[Row, ...]
    more: int
    presence: tuple[Presence, ...]
    pairs: str
    origin: Mapping[str, Any]
    of_origin: tuple[str, ...]
    literature: tuple[str, ...]
    bias: str
    source: Citation | None


def weigh(run: Run, outcome: Outcome) -> Confounding | None:
    """Gather what is said of confounders; None where nothing was weighed."""
    told = outcome.confounding
    if not told or outcome.weighed.empty:
        return None
    differ = _differing(run, outcome)
    chosen = list(dict.fromkeys([*shown_mirnas(outcome)["mirna"], *differ]))
    mirnas = chosen[:MOST_ROWS]
    weighed = outcome.weighed.set_index("mirna")
    bias, _, source = str(told["literature"]["bias"]).partition(" (doi:")
    doi, _, rest = source.partition(")")
    return Confounding(
        lead=tuple(_lead(outcome, differ, weighed)),
        looked=tuple(_looked(one) for one in told["covariates"]),
        rows=tuple(_rows(outcome, mirnas, weighed)),
        more=len(chosen) - len(mirnas),
        presence=tuple(_presence(mirnas, weighed, outcome)),
        pairs=_pairs(told["pairs"]),
        origin=told["ev_origin"],
        of_origin=tuple(_of_origin(run, outcome, mirnas, weighed)),
        literature=tuple(_literature(told["literature"], outcome.contrast)),
        bias=f"{bias}{rest}",
        source=cite(f"doi:{doi}") if doi else None,
    )


def _differing(run: Run, outcome: Outcome) -> list[str]:
    table = outcome.candidates
    differ = significant(table, run.rules.q, effect="log2fc")
    return [str(name) for name in table.loc[differ, "mirna"]]


def _lead(outcome: Outcome, differ: Sequence[str], weighed: pd.DataFrame) -> list[str]:
    if not len(differ):
        return ["No miRNA differs in both engines, so that there is nothing to explain."]
    found = []
    for column, words in (
        ("explained_by", "explained by something else"),
        ("unclear_with", "no longer significant beside something else, though most of it stays"),
    ):
        cells = [cell for cell in weighed.loc[list(differ), column] if cell]
        if cells:
            number = Counter(one for cell in cells for one in cell.split(";"))
            names = [f"{covariate_name(name)} ({n})" for name, n in number.most_common()]
            found.append(
                f"{len(cells)} of the {count(len(differ), 'miRNA')} that differ "
                f"{'is' if len(cells) == 1 else 'are'} {words}: {listed(names)}."
            )
    if not found:
        which = "The miRNA that differs is not" if len(differ) == 1 else ""
        which = which or f"None of the {len(differ)} miRNAs that differ is"
        found.append(f"{which} explained by what is known of people and libraries.")
    found[-1] += " What nobody wrote down cannot be looked at."
    strongest = max(
        (one for one in outcome.confounding["covariates"] if one.get("follow_control")),
        key=lambda one: one["follow_control"],
        default=None,
    )
    if strongest is not None:
        n = strongest["follow_control"]
        found.append(
            f"Within {outcome.control} alone, {count(n, 'miRNA')} of {len(weighed)} "
            f"{'follows' if n == 1 else 'follow'} {covariate_name(strongest['covariate'])}; "
            "nothing else that was looked at is followed by more."
        )
    return found


def _looked(one: Mapping[str, Any]) -> Looked:
    def number(key: str) -> str:
        return "–" if one.get(key) is None else str(one[key])

    note = str(one["reason"])
    if one["in_model"] and not note:
        note = "in the model"
    return Looked(
        _head(str(one["covariate"])),
        bool(one["in_model"]),
        number("follow_control"),
        number("follow_case"),
        _explains(one),
        note,
    )


def _head(covariate: str) -> str:
    """Name a covariate in words between which a line may break."""
    return HEADS.get(covariate, covariate.replace("_", " "))


def _explains(one: Mapping[str, Any]) -> str:
    if one.get("explains") is None:
        return "–"
    verdicts = {EXPLAINS: one["explains"], UNCLEAR: one["unclear"]}
    return " ".join(f"{n} {MARKS[verdict]}" for verdict, n in verdicts.items() if n) or "0"


def _rows(outcome: Outcome, mirnas: Sequence[str], weighed: pd.DataFrame) -> list[Row]:
    by_mirna = dict(tuple(outcome.covariates.groupby("mirna", sort=False)))
    effects = outcome.table.set_index("mirna")["limma_log2fc"]
    rows = []
    for mirna in mirnas:
        cells = [_cell(one) for one in by_mirna[mirna].to_dict("records")]
        if not outcome.confounding["pairs"].get("reason"):
            cells.append(_matched(weighed.loc[mirna]))
        rows.append(Row(mirna, signed(effects[mirna]), tuple(cells)))
    return rows


def _cell(one: Mapping[str, Any]) -> Cell:
    symbol = SYMBOLS[one["measure"]]
    values = (one["association_control"], one["association_case"])
    followed = ""
    if symbol and not np.isnan(values).all():
        write = signed if one["measure"] == "rho" else plain
        followed = f"{write(values[0])} / {write(values[1])}"
    return Cell(
        _head(str(one["covariate"])),
        symbol,
        _percent(one["attenuation"]),
        followed,
        MARKS.get(one["explains"], ""),
    )


def _matched(row: pd.Series) -> Cell:
    values = (row["matched_log2fc"], row["matched_ci_low"], row["matched_ci_high"])
    return Cell(
        "matched pairs",
        "",
        signed(values[0]),
        interval(*values[1:], sign=True),
        MARKS[EXPLAINS] if MATCHED in str(row["explained_by"]).split(";") else "",
    )


def _percent(taken: float) -> str:
    """Write a share that may be negative, with a real minus sign."""
    return "–" if np.isnan(taken) else f"{taken:.0%}".replace("-0%", "0%").replace("-", "−")


def _presence(mirnas: Sequence[str], weighed: pd.DataFrame, outcome: Outcome) -> list[Presence]:
    rates = outcome.table.set_index("mirna")
    found = []
    for mirna in mirnas:
        row = weighed.loc[mirna]
        if np.isnan(row["presence_p"]):
            continue
        case, control = (
            f"{share(rates.at[mirna, f'detected_{arm}'])} "
            f"({share(row[f'detected_{arm}_low'])} to {share(row[f'detected_{arm}_high'])})"
            for arm in ("case", "control")
        )
        told = (
            f"odds ratio {plain(row['presence_odds_ratio'])}, p = "
            f"{probability(row['presence_depth_p'])}"
            if not np.isnan(row["presence_depth_p"])
            else "cannot be told from depth"
        )
        found.append(Presence(mirna, case, control, told))
    return found


def _pairs(told: Mapping[str, Any]) -> str:
    if told.get("reason"):
        return f"Matched pairs: none. {told['reason']}"
    within = "" if told["caliper"] is None else f", at most {plain(told['caliper'], 1)} years apart"
    return (
        f"Matched pairs: {told['pairs']} of a case and a control alike in "
        f"{listed(told['matched_on'])}{within}; limma's log₂ fold change among them with its 95% "
        "interval."
    )


def _of_origin(
    run: Run, outcome: Outcome, mirnas: Sequence[str], weighed: pd.DataFrame
) -> list[str]:
    told = outcome.confounding["ev_origin"]
    total = sum(told["libraries"].values())
    lower = {grade: n for grade, n in told["libraries"].items() if n < total}
    found = []
    if lower:
        each = listed([f"{n} of {grade}" for grade, n in told["libraries"].items()])
        found.append(f"The libraries differ in it: {each}; the lowest counts.")
    if told["sentence"]:
        found.append(
            f"{told['sentence']} That holds for every miRNA here. {_outside(run, outcome)}"
        )
    else:
        above = [name for name in mirnas if weighed.at[name, "ev_ci_low"] > 0]
        text = (
            f"In {count(told['pairs'], 'person', 'people')} vesicles and depleted fraction were "
            "both sequenced. More frequent among the miRNAs of the vesicles"
        )
        ratios = [
            f"{short(name)} (log₂ ratio {signed(weighed.at[name, 'ev_log2_ratio'])}, "
            f"{interval(*weighed.loc[name, ['ev_ci_low', 'ev_ci_high']], sign=True)})"
            for name in above
        ]
        found.append(f"{text}: {listed(ratios)}." if above else f"{text} is none of those shown.")
    if told["wanted"]:
        found.append(
            f"To raise the grade, the sample sheet needs {told['wanted'].replace('`', '')}."
        )
    return found


def _outside(run: Run, outcome: Outcome) -> str:
    """Say what else than vesicles is known to hold miRNA in the fluid of the libraries."""
    fluids = {str(cell).strip().casefold() for cell in run.cells("biofluid", outcome.used)}
    shown = "doi:10.1073/pnas.1019055108"
    if fluids == {"plasma"}:
        return f"Plasma also holds miRNA that is bound to Argonaute2 outside vesicles ({shown})."
    return f"Outside vesicles miRNA is bound to proteins, too, as was shown in plasma ({shown})."


def _literature(told: Mapping[str, Any], contrast: Contrast) -> list[str]:
    cancer = contrast.cancer
    if not told["published"]:
        return [f"Our table has no published role in vesicles for {cancer} and a tested miRNA."]
    found = [
        f"{told['published']} of the {told['tested']} tested miRNAs have a published role in "
        f"vesicles for {cancer}."
    ]
    if told["p"] is not None:
        many = "more than" if told["p"] <= 0.05 else "not shown to be more than"
        found.append(
            f"{told['both']} of them {'is' if told['both'] == 1 else 'are'} among the "
            f"{told['significant']} that differ, {many} chance would put there "
            f"({plain(told['expected'], 1)} expected; hypergeometric p = "
            f"{probability(told['p'])}, the tested miRNAs as background)."
        )
    if not contrast.of_the_disease:
        found.append(
            "Published directions are those of patients against others, and this contrast asks "
            "another question: whether signs agree is not told."
        )
    if told["assessed"]:
        found.append(
            f"Of {count(told['assessed'], 'published direction')} {told['agree']} "
            f"{'agrees' if told['agree'] == 1 else 'agree'} with the sign here, significant or "
            f"not (p = {probability(told['sign_p'])})."
        )
    for key, words in (("agreements", "as published"), ("disagreements", "against the papers")):
        if told[key]:
            names = listed([short(name) for name in told[key]], most=8)
            found.append(f"Significant and {words}: {names}.")
    return found
