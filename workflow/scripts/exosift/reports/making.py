"""How the libraries of a contrast were made, and what of their miRNAs was counted."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from exosift.isomir_kinds import ISOMIR_METRICS
from exosift.isomirs import commonest_ends
from exosift.reports.evidence import Outcome, Run
from exosift.reports.wording import DASH, listed, short
from exosift.reports.wording import share as percent

ISOMIR_TITLES = dict(
    zip(
        ISOMIR_METRICS,
        (
            "miRNA reads as annotated",
            "with another 3' end",
            "with a non-templated 3' tail",
            "with another 5' end, hence seed",
            "with a changed base",
        ),
        strict=True,
    )
)
UMI_TITLES = {
    "umi_share": "Reads with a whole UMI",
    "umi_saturation": "Copies of a molecule among them",
    "umi_occupancy": "UMIs that one insert takes at most",
}
NAMED_FRAGMENTS = 8
LEAST_SHARE = 0.0001  # of the miRNA reads; below it a fragment is named without its number


@dataclass(frozen=True)
class Line:
    """One property of the libraries, told for each arm in one or several texts."""

    name: str
    case: tuple[str, ...]
    control: tuple[str, ...]


def making(run: Run, outcome: Outcome) -> list[Line]:
    """Tell protocol, isomiRs and molecules of the libraries used; nothing in a run from counts."""
    if "protocol_called" not in run.quality or not outcome.used:
        return []
    case, control = (run.quality.loc[outcome.arm(arm)] for arm in ("case", "control"))
    lines = [Line("Protocol in the reads (confidence)", _layouts(case), _layouts(control))]
    for name, words in (ISOMIR_TITLES | UMI_TITLES).items():
        if case[name].notna().any() or control[name].notna().any():
            lines.append(Line(words, _span(case[name]), _span(control[name])))
    return lines


def told_of_kits(run: Run, outcome: Outcome) -> str:
    """Say which kits the reads of the libraries cannot tell apart."""
    if "protocol_kits" not in run.quality:
        return ""
    cells = sorted({cell for cell in run.quality.loc[outcome.used, "protocol_kits"] if ";" in cell})
    if not cells:
        return ""
    alike = "; ".join(listed(cell.split(";")) for cell in cells)
    return (
        f"Reads cannot tell apart kits of one layout, here {alike}: the kit comes from the sheet."
    )


def told_of_umis(run: Run, outcome: Outcome) -> str:
    """Say in how many libraries molecules were counted, where that is not all or none."""
    if "umi_share" not in run.quality:
        return ""
    used = run.quality.loc[outcome.used, "umi_share"]
    with_umis = int(used.notna().sum())
    if not 0 < with_umis < len(used):
        return ""
    return (
        f"Molecules were counted in {with_umis} of the {len(used)} libraries, reads in the others: "
        "compare the kits before the arms."
    )


def told_of_fragments(run: Run, outcome: Outcome) -> str:
    """Name the miRNAs that are counted as fragments of another RNA, with their share."""
    used = [name for name in outcome.used if name in run.fragment_counts]
    reads = run.fragment_counts[used].sum(axis=1) if used else pd.Series(dtype=float)
    reads = reads[reads > 0].sort_values(ascending=False, kind="stable")
    if reads.empty:
        return ""
    whole = float(reads.sum() + run.counts[used].to_numpy().sum())
    seen = {short(str(name)): n / whole for name, n in reads.items()}
    named = [f"{name} ({part:.2%})" for name, part in seen.items() if part >= LEAST_SHARE]
    rest = [name for name, part in seen.items() if part < LEAST_SHARE]
    parts = [listed(named, NAMED_FRAGMENTS)] if named else []
    if rest:
        parts.append(f"{listed(rest, NAMED_FRAGMENTS)} (each below {LEAST_SHARE:.2%})")
    limit = run.config["matrices"]["fragment_share"]
    return (
        f"Not tested, as more than {limit:.0%} of their reads over all libraries fit another RNA "
        f"as well, with their share of the miRNA reads here: {'; '.join(parts)}."
    )


def five_prime_ends(run: Run, mirna: str, samples: Sequence[str]) -> str:
    """Tell how alike the 5' ends of a miRNA are, and whether they are as annotated; "" if unknown.

    Where fewer than half of the reads begin at one place, the RNA was hardly cut by Drosha and
    Dicer; see `commonest_ends`.
    """
    seeds = run.seed_counts
    if seeds.empty:
        return ""
    own = seeds[(seeds.index == mirna) | seeds.index.str.startswith(f"{mirna}|")]
    reads = own.reindex(columns=list(samples)).sum(axis=1)
    ends = commonest_ends(
        (mirna, int(name.partition("iso_5p:")[2] or 0), float(n)) for name, n in reads.items()
    )
    if mirna not in ends:
        return ""
    shift, alike = ends[mirna]
    where = f"{abs(shift)} nt {'behind' if shift > 0 else 'before'} the annotated one"
    return f"{percent(alike)} alike, {where if shift else 'as annotated'}"


def _layouts(rows: pd.DataFrame) -> tuple[str, ...]:
    words = rows["protocol_called"] + " (" + rows["protocol_confidence"] + ")"
    counted = words[rows["protocol_called"] != ""].value_counts().sort_index()
    told = [f"{name}: {number}" for name, number in counted.items()]
    missing = len(rows) - int(counted.sum())
    return tuple([*told, f"not told: {missing}"] if missing else told)


def _span(values: pd.Series) -> tuple[str, ...]:
    values = values.dropna()
    if values.empty:
        return (DASH,)
    return (f"{values.median():.1%} [{values.min():.1%}{DASH}{values.max():.1%}]",)
