"""What the data of a run cannot show, in words."""

from collections.abc import Sequence

from exosift.confounding.ev_origin import is_depleted
from exosift.multiqc_content import CLASS_TITLES
from exosift.reports.evidence import Run
from exosift.reports.wording import listed


def limits(run: Run, answered: Sequence[str] = (), *, several: bool = False) -> list[str]:
    """Tell what these data cannot show.

    Parameters
    ----------
    answered
        The contrasts whose panel was applied to another cohort.
    several
        Whether several cohorts of the cancer are in the run.
    """
    found = [
        f"{_origin(run)} preparations of vesicles also hold miRNA bound to proteins and "
        "lipoproteins.",
        "The AUC of each miRNA is apparent: selected on these data, and therefore optimistic. It "
        "tells how well the arms of this cohort separate, not how well a test would do.",
        f"{_one_cohort(answered, several)} Effects found in one cohort tend to shrink in the next.",
        "Kits prefer some miRNAs to others by orders of magnitude: levels are to be compared for "
        "one miRNA between libraries of one kit, never between two miRNAs.",
        "The comparison is between these cases and these controls. Other diseases of the same "
        "organ, or inflammation, may raise or lower the same miRNAs.",
        "Published roles come from the literature, which is rich in cell lines, positive results "
        "and a few well-known miRNAs. They carry no weight in any call.",
    ]
    if run.config["counts"]:
        found.append(
            "The run started from a table of counts: nothing is known here of the reads, their "
            "trimming, or the other RNA classes."
        )
    given = run.config["references"]
    missing = [words for name, (words, _) in CLASS_TITLES.items() if given.get(name) == "none"]
    if missing and not run.config["counts"]:
        found.append(
            f"No sequences were given of: {', '.join(missing)}. Fragments of these may be counted "
            "elsewhere."
        )
    return found


def _origin(run: Run) -> str:
    if "ev_fraction" in run.sheet and run.sheet["ev_fraction"].map(is_depleted).any():
        return (
            "Where the comparison with depleted fractions does not show EV localisation, none is:"
        )
    return "EV localisation of these miRNAs is not shown by these data:"


def _one_cohort(answered: Sequence[str], several: bool) -> str:
    if several and not answered:
        return (
            "The cohorts of this run were held together after all of them were seen; none was kept "
            "back to be asked afterwards."
        )
    if not answered:
        return "No second, independent cohort was examined."
    return (
        f"A second, independent cohort was asked about the panel of {listed(answered)} alone; "
        "the single miRNAs were seen in this one."
    )
