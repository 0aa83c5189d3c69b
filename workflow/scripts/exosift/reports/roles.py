"""Published roles of vesicle miRNAs by theme: context beside the data, never evidence in it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from exosift.knowledge import THEMES, Role, site_of
from exosift.reports.evidence import Outcome, Run

CITED = (
    (re.compile(r"(?:PMID[ :]?)(\d{1,9})"), "PMID {}", "https://pubmed.ncbi.nlm.nih.gov/{}/"),
    (re.compile(r"(?:doi:)?(10\.\d{4,9}/\S+)"), "doi:{}", "https://doi.org/{}"),
    (re.compile(r"(PMC\d{1,9})"), "{}", "https://pmc.ncbi.nlm.nih.gov/articles/{}/"),
)


UNSAID = ("", "na", "none noted")


@dataclass(frozen=True)
class Citation:
    """An identifier as text, and where it leads; no address where the form is not known."""

    text: str
    address: str


@dataclass(frozen=True)
class Claim:
    """A published role as a report tells it."""

    role: Role
    citations: tuple[Citation, ...]
    here: bool

    @property
    def context(self) -> str:
        """The cancer of the claim, what it was seen in, and in which direction."""
        role = self.role
        site = role.cancer.replace("_", " ")
        direction = {"up": "raised", "down": "lowered"}.get(role.direction, "")
        return " · ".join(part for part in (site, _said(role.biofluid_or_model), direction) if part)

    @property
    def paper(self) -> str:
        """First author and year."""
        return " ".join(_said(part) for part in (self.role.first_author, self.role.year)).strip()

    @property
    def caution(self) -> str:
        """What to mind."""
        role = self.role
        found = [] if role.caution in UNSAID else [role.caution]
        if role.arm_stated != "yes":
            found.append(f"the paper names the precursor {role.mirna}, not the arm")
        return "; ".join(found)


@dataclass(frozen=True)
class Theme:
    """A theme and its claims, those of the cancer of the report first."""

    title: str
    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class Known:
    """A miRNA with a published role in a theme, and what this cohort says of it.

    `state` is the best call of the contrasts; "tested" where none was made; "not tested" otherwise.
    """

    mirna: str
    state: str
    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class Overview:
    """A theme of a cancer: every miRNA with a published role, and where it stands here."""

    title: str
    mirnas: tuple[Known, ...]


def by_theme(roles: Iterable[Role], site: str = "") -> list[Theme]:
    """Group roles by all themes; claims on the cancer of the report stand first."""
    found = list(roles)
    return [
        Theme(
            title,
            tuple(
                sorted(
                    (_claim(role, site) for role in found if role.theme == theme),
                    key=lambda claim: not claim.here,
                )
            ),
        )
        for theme, title in THEMES.items()
    ]


def of_cancer(run: Run, cancer: str, outcomes: Sequence[Outcome]) -> list[Overview]:
    """Tell for each theme which miRNAs have a published role in a cancer, and how they stand here.

    Returns
    -------
    One entry per theme, also for those without any role; nothing if the cancer is not known.
    """
    site = site_of(cancer)
    if not site:
        return []
    calls = _calls(outcomes)
    overviews = []
    for theme, title in THEMES.items():
        known: dict[str, list[Claim]] = {}
        seen: set[Role] = set()
        for mirna, roles in run.roles.items():
            for role in roles:
                if role.cancer == site and role.theme == theme:
                    known.setdefault(mirna, []).append(_claim(role, site))
                    seen.add(role)
        for role in run.published:
            if role.cancer == site and role.theme == theme and role not in seen:
                known.setdefault(role.mirna, []).append(_claim(role, site))
        rows = [
            Known(mirna, calls.get(mirna, "not tested"), tuple(claims))
            for mirna, claims in known.items()
        ]
        overviews.append(Overview(title, tuple(sorted(rows, key=_standing))))
    return overviews


def cite(identifier: str) -> Citation:
    """Turn an identifier into text and address.

    Examples
    --------
    >>> cite("PMID 27548915").address
    'https://pubmed.ncbi.nlm.nih.gov/27548915/'
    >>> cite("javascript:alert(1)").address
    ''
    """
    for form, text, address in CITED:
        found = form.fullmatch(identifier.strip())
        if found:
            value = found.group(1)
            return Citation(text.format(value), address.format(quote(value, safe="/()")))
    return Citation(identifier, "")


STANDING = ("candidate", "doubtful", "not_called", "not_significant", "tested", "not tested")


def _calls(outcomes: Sequence[Outcome]) -> dict[str, str]:
    calls: dict[str, str] = {}
    for outcome in outcomes:
        for mirna, call in zip(
            outcome.candidates["mirna"], outcome.candidates["call"], strict=True
        ):
            best = min(calls.get(mirna, call), call, key=STANDING.index)
            calls[mirna] = best
    return calls


def _standing(known: Known) -> tuple[int, str]:
    return STANDING.index(known.state), known.mirna


def _claim(role: Role, site: str) -> Claim:
    return Claim(
        role, tuple(cite(one) for one in role.identifiers), bool(site) and role.cancer == site
    )


def _said(cell: str) -> str:
    return "" if cell in UNSAID else cell
