"""Names: which feature of miRBase 22 a name of somebody else's matrix means, and why."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from exosift.errors import UserError
from exosift.features import natural
from exosift.table_files import read_run_table

SAME, RENAMED, MERGED = "same", "renamed", "merged"
UNKNOWN, DEAD, AMBIGUOUS = "unknown", "dead", "ambiguous"
HOW = (SAME, RENAMED, MERGED, UNKNOWN, DEAD, AMBIGUOUS)
"""What became of a name: the first three have a feature, the others keep a row of their own."""

ACCESSION = re.compile(r"MIMAT\d{7}")
SEVERAL = re.compile(r"\s*[;,|/]\s*")
ARM = re.compile(r"-[35]p$|\*$")

MODERN = 0.8
"""Share of names of miRBase 22 from which on a matrix without stars is of release 18 or newer.

Of all human names of release 18 it is 0.9, of those of release 17 0.66, of older ones less.
"""

APART = 10
"""MIMAT numbers that differ by less were given in one release, in the order of the arms."""

HISTORY_COLUMNS = ("version", "acc", "name")


@dataclass(frozen=True)
class Decision:
    """What becomes of one row of a matrix.

    Attributes
    ----------
    name
        As the matrix has it.
    feature
        The row under which its reads are counted; its own name if it means no single feature.
    how
        One of `HOW`.
    reason
        How this is known, for people.
    """

    name: str
    feature: str
    how: str
    reason: str


def spelling(name: str) -> str:
    """Reduce a name to what its spellings share: no case, no `hsa-`, hyphens, `*` for a star.

    R turns every hyphen and star into a point. A name of another species keeps its prefix.

    Examples
    --------
    >>> spelling("hsa-miR-21*"), spelling("MIR-21-star"), spelling("hsa.miR.21.")
    ('mir-21*', 'mir-21*', 'mir-21*')
    >>> spelling("Let7a"), spelling("mmu-miR-21")
    ('let-7a', 'mmu-mir-21')
    """
    short = re.sub(r"[._\s-]+", "-", name.strip().lower()).removeprefix("hsa-")
    short = re.sub(r"-star$|-$", "*", short)
    return re.sub(r"^(mir|let)-?(?=\d)", r"\1-", short)


@dataclass(frozen=True)
class History:
    """The names of mature miRNAs in the releases of miRBase.

    Attributes
    ----------
    releases
        Release, oldest first, to its accessions by spelling.
    """

    releases: Mapping[str, Mapping[str, str]]

    def spoken(self, names: Iterable[str]) -> str:
        """Tell the release that holds most of the names; of equals the newest, "" if none does."""
        spelt = {spelling(name) for name in names}
        held = {release: len(spelt & known.keys()) for release, known in self.releases.items()}
        best = max(held.values(), default=0)
        return next((release for release in reversed(held) if held[release] == best > 0), "")

    def accessions(self, spelt: str, release: str) -> tuple[set[str], str]:
        """Find what a name stood for, in one release if it is there, else in any.

        Returns
        -------
        accessions, when
            None if no release has it; and the releases in words.
        """
        if spelt in self.releases.get(release, {}):
            return {self.releases[release][spelt]}, f"in miRBase {release}"
        holding = [one for one, known in self.releases.items() if spelt in known]
        if not holding:
            return set(), ""
        first, last = holding[0], holding[-1]
        when = f"in miRBase {first}" if first == last else f"in miRBase {first} to {last}"
        return {self.releases[one][spelt] for one in holding}, when

    @property
    def all_accessions(self) -> set[str]:
        """Every accession that any release had."""
        return {one for known in self.releases.values() for one in known.values()}


def read_history(path: str | Path) -> History:
    """Read the names of all releases.

    Parameters
    ----------
    path
        Tab-separated, plain or gzip, with the columns `version` (such as `v9_2`), `acc` (MIMAT
        accession) and `name`; one row per mature and release.

    Raises
    ------
    UserError
        If it is no such table.
    """
    try:
        table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError, OSError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{path}, the `name_history`, cannot be read: {reason}.") from None
    lacking = [column for column in HISTORY_COLUMNS if column not in table]
    if lacking:
        raise UserError(
            f"{path}, the `name_history`, has no column {', '.join(map(repr, lacking))}. It needs "
            "`version` (such as v9_2), `acc` (MIMAT accession) and `name`."
        )
    odd = table.index[~table["acc"].str.fullmatch(ACCESSION.pattern)]
    if len(odd):
        found = table.at[odd[0], "acc"]
        raise UserError(
            f"{path}, row {odd[0] + 2}, column 'acc': found {found!r}, which is no MIMAT accession."
        )
    releases: dict[str, dict[str, str]] = defaultdict(dict)
    for version, accession, name in table[[*HISTORY_COLUMNS]].itertuples(index=False):
        releases[version.removeprefix("v").replace("_", ".")][spelling(name)] = accession
    return History({release: releases[release] for release in sorted(releases, key=natural)})


@dataclass(frozen=True)
class Matrix:
    """What the names of a matrix tell together.

    Attributes
    ----------
    release
        The release of miRBase that holds most of them; "" without a history.
    of_hairpins
        Whether they name hairpins.
    modern
        Whether they are of release 18 or newer, which gave stars up for arms.
    """

    release: str
    of_hairpins: bool
    modern: bool


@dataclass(frozen=True)
class Names:
    """What names may mean.

    Attributes
    ----------
    features, matures
        Names of the features, and of their matures in miRBase 22.
    mature, number
        Feature, and digits of the accession, by the spelling of miRBase 22's name.
    accession, mirgenedb
        Feature by MIMAT accession, and by MirGeneDB's name without star.
    hairpins
        Features that lie on a hairpin, by the hairpin's name.
    history
        Older releases, if the user has them.
    """

    features: frozenset[str]
    matures: frozenset[str]
    mature: Mapping[str, str]
    number: Mapping[str, int]
    accession: Mapping[str, str]
    mirgenedb: Mapping[str, str]
    hairpins: Mapping[str, Sequence[str]]
    history: History = field(default_factory=lambda: History({}))

    @classmethod
    def of_features(cls, table: Path, history: str | Path | None = None) -> "Names":
        """Read the names from `references/features.tsv`, and older ones if there are any."""
        rows = read_run_table("reference_features", table)
        hairpins: dict[str, list[str]] = defaultdict(list)
        for row in rows.to_dict("records"):
            for hairpin in filter(None, row.get("hairpins", "").split(";")):
                hairpins[hairpin].append(row["mirna"])

        def by(column: str, separators: str) -> dict[str, str]:
            if column not in rows:
                return {}
            return {
                name: feature
                for feature, cell in zip(rows["mirna"], rows[column], strict=True)
                for name in re.split(separators, cell)
                if name
            }

        matures, accessions = by("names", ";"), by("accessions", ";")
        genes = by("mirgenedb", "[;/]")
        return cls(
            frozenset(rows["mirna"]),
            frozenset(matures),
            {spelling(name): feature for name, feature in matures.items()},
            {
                spelling(name): int(accession.removeprefix("MIMAT"))
                for name, accession in zip(matures, accessions, strict=True)
            },
            accessions,
            {name.rstrip("*"): feature for name, feature in genes.items()},
            hairpins,
            read_history(history) if history else History({}),
        )

    def decide(self, names: Sequence[str]) -> list[Decision]:
        """Tell what becomes of the rows of a matrix; rows of one feature are merged.

        The names are read together: what a name of several meanings stands for is told by the
        release that the others speak, and a matrix of `hsa-mir-` names without any arm is one of
        hairpins.
        """
        matrix = self._read_together(names)
        found = [self._decide(name, matrix) for name in names]
        rows: dict[str, list[str]] = defaultdict(list)
        for decision in found:
            rows[decision.feature].append(decision.name)
        return [
            replace(decision, how=MERGED) if len(rows[decision.feature]) > 1 else decision
            for decision in found
        ]

    def _read_together(self, names: Sequence[str]) -> Matrix:
        precursors = any(name.startswith("hsa-mir-") for name in names)
        matures = any(ARM.search(name) or name.startswith("hsa-miR-") for name in names)
        spelt = [spelling(name) for name in names]
        known = sum(name in self.mature for name in spelt)
        starred = any(name.endswith("*") for name in spelt)
        return Matrix(
            self.history.spoken(names),
            precursors and not matures,
            known >= MODERN * len(names) and not starred,
        )

    def _decide(self, name: str, matrix: Matrix) -> Decision:
        if name in self.features:
            return Decision(name, name, SAME, "")
        parts = SEVERAL.split(name.strip())
        if len(parts) == 1:
            return self._decide_one(name, matrix)
        stem = re.match(r".*?(?:mir|let)-?(?=\d)", parts[0], re.IGNORECASE)
        single = [
            self._decide_one(stem[0] + part if stem and part[:1].isdigit() else part, matrix)
            for part in parts
        ]
        meant = sorted({one.feature for one in single if one.how == RENAMED}, key=natural)
        if any(one.how != RENAMED for one in single) or not meant:
            worst = next((one for one in single if one.how != RENAMED), single[0])
            return Decision(name, name, worst.how, f"{worst.name}: {worst.reason}")
        return _one_of(name, meant, "all its names mean this feature")

    def _decide_one(self, name: str, matrix: Matrix) -> Decision:
        """Decide on a single name; one that means a feature is `RENAMED` unless it is its name."""
        spelt = spelling(name)
        gene = self.mirgenedb.get(name.strip().rstrip("*"))
        if gene:
            return Decision(name, gene, RENAMED, "its name in MirGeneDB")
        if matrix.of_hairpins and name in self.hairpins:
            return self._of_hairpin(name)
        if spelt in self.mature:
            exact = "one of the names of this sequence"
            reason = exact if name in self.matures else "another spelling of this name"
            return Decision(name, self.mature[spelt], RENAMED, reason)
        before, when = self.history.accessions(spelt, matrix.release)
        if before:
            alive = sorted({self.accession[one] for one in before & self.accession.keys()})
            listed = ", ".join(sorted(before))
            if not alive:
                return Decision(name, name, DEAD, f"{listed} {when}, withdrawn since")
            return _one_of(name, alive, f"{listed} {when}")
        accession = ACCESSION.search(name.upper())
        if accession:
            return self._of_accession(name, accession[0])
        arms = [f"{spelt}-{arm}" for arm in ("5p", "3p") if f"{spelt}-{arm}" in self.mature]
        if arms:
            return self._of_arms(name, arms, matrix)
        if name in self.hairpins:
            return self._of_hairpin(name)
        if re.match(r"(?!hsa)[a-z]{3,4}-(mir|let)-", name, re.IGNORECASE):
            return Decision(name, name, UNKNOWN, "not a human miRNA")
        return Decision(name, name, UNKNOWN, "no name that is known here")

    def _of_arms(self, name: str, arms: Sequence[str], matrix: Matrix) -> Decision:
        """Decide on a name without arm.

        When a second arm was found, the first kept its accession and got its arm: in the releases
        since 18 the arm of the older accession had the name without arm, in all 252 cases.
        """
        older = min(arms, key=self.number.__getitem__)
        if len(arms) == 2 and matrix.modern:
            first, second = sorted(self.number[arm] for arm in arms)
            if second - first >= APART:
                reason = "the arm that was known first, by its accession"
                return Decision(name, self.mature[older], RENAMED, reason)
        features = [self.mature[arm] for arm in arms]
        return _one_of(name, features, "the only arm that miRBase 22 has")

    def _of_accession(self, name: str, accession: str) -> Decision:
        if accession in self.accession:
            return Decision(name, self.accession[accession], RENAMED, "its accession")
        if accession in self.history.all_accessions:
            return Decision(name, name, DEAD, f"{accession} was withdrawn")
        return Decision(name, name, UNKNOWN, f"{accession} is not in human miRBase 22")

    def _of_hairpin(self, name: str) -> Decision:
        return _one_of(name, self.hairpins[name], "the only mature of this hairpin")


def _one_of(name: str, meant: Sequence[str], reason: str) -> Decision:
    if len(meant) == 1:
        return Decision(name, meant[0], RENAMED, reason)
    return Decision(name, name, AMBIGUOUS, f"may be {' or '.join(meant)}")
