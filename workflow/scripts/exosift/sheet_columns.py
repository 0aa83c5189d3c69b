"""The columns of the sample sheet: what each holds, what it is about, and who lacks it."""

import re
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

CATEGORICAL = frozenset(
    (
        *("batch", "protocol", "sex", "subject", "isolation", "biofluid", "condition"),
        *("stage", "timepoint", "response"),
    )
)
"""Known columns that name groups, even where the groups are numbered."""

NUMERIC = frozenset(("age",))
"""Known columns that measure something."""

FEWEST_VALUES = 6  # fewer different numbers are taken as names of groups
LIBRARIES_PER_GROUP = 3  # numbers shared by this many libraries on average name groups
MOST_MISSING = 0.2  # a covariate that lacks more is left out, instead of the libraries

TECHNICAL = frozenset(
    (
        *("batch", "plate", "lane", "flowcell", "instrument", "sequencer", "machine", "platform"),
        *("chip", "cartridge", "lot", "operator", "technician", "center", "centre", "laboratory"),
    )
)
"""Words in the name of a column that describes how, not in whom, a library was made."""

MOSTLY_TECHNICAL = frozenset(
    (
        *("run", "pool", "kit", "protocol", "adapter", "prep", "preparation", "isolation"),
        *("extraction", "purification", "processing", "sequencing", "tube", "anticoagulant"),
        *("biofluid", "fluid", "specimen", "site", "hospital", "clinic", "study", "dataset"),
        *("experiment",),
    )
)
"""Words that do so unless another one tells of the disease: the site of a tumour."""

OF_THE_DISEASE = frozenset(
    (
        *("tumour", "tumor", "cancer", "disease", "primary", "metastasis", "metastases"),
        *("metastatic", "lesion", "malignancy", "pathology", "phenotype", "histology", "subtype"),
        *("stage", "grade", "diagnosis", "status", "response", "treatment", "therapy", "drug"),
        *("chemo", "chemotherapy", "radiotherapy", "immunotherapy", "surgery", "resection"),
        *("recurrence", "relapse", "progression", "outcome", "survival", "risk", "stay"),
        *("tnm", "figo", "gleason", "dukes", "ajcc", "breslow", "recist", "mutation", "genotype"),
        *("exon", "biopsy", "anatomic", "anatomical", "organ", "group", "class", "label"),
        *("condition", "arm", "case", "control", "timepoint", "visit", "phase"),
    )
)
"""Words in the name of a column that goes with a disease, or its course, by its nature."""

MEASURES = frozenset(
    (
        *("time", "delay", "duration", "hours", "minutes", "days", "depth", "volume", "amount"),
        *("concentration", "yield", "rin", "temperature", "length", "size", "stay"),
    )
)
"""Words in the name of a column that measures, where others of the making name groups."""

AS_ENDS = ("batch", "kit", "plate", "flowcell", "protocol", "run")
"""Of them those that also count as the end of a longer word, such as librarykit."""

OF_THE_PERSON = frozenset(("subject", "age", "sex"))
"""Known columns that tell who a library is of."""


class SheetColumn(BaseModel):
    """A column of the sample sheet, as it was read.

    Attributes
    ----------
    name
        Its heading.
    kind
        Whether its cells measure something or name groups; see `is_numeric`.
    role
        What it is about, as far as its name tells: how libraries were made (`technical`), what
        goes with the disease by its nature (`disease`), or the `person`; else `other`. A name
        that tells of the making and of the disease is technical.
    missing
        Libraries that lack it: an empty cell, or none of a number where the column measures.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str
    kind: Literal["number", "groups"]
    role: Literal["technical", "disease", "person", "other"]
    missing: int

    @property
    def is_number(self) -> bool:
        """Whether it measures something."""
        return self.kind == "number"

    @property
    def is_technical(self) -> bool:
        """Whether it describes how libraries were made."""
        return self.role == "technical"

    @property
    def is_amount(self) -> bool:
        """Whether it measures a time, a volume or the like, by its name and its cells."""
        return self.is_number and bool(set(words_of(self.name)) & MEASURES)


def columns_of_sheet(sheet: pd.DataFrame) -> dict[str, SheetColumn]:
    """Return the columns of a sheet by name, in its order.

    Parameters
    ----------
    sheet : DataFrame of str
        The sample sheet, indexed by sample; missing cells are "".
    """
    found = {}
    for name in map(str, sheet):
        numeric = is_numeric(sheet, name)
        found[name] = SheetColumn(
            name=name,
            kind="number" if numeric else "groups",
            role=role_of(name),
            missing=int((~is_known(sheet[name], numeric)).sum()),
        )
    return found


def role_of(column: str) -> Literal["technical", "disease", "person", "other"]:
    """Return what a column is about, as far as its name tells.

    Examples
    --------
    >>> [role_of(name) for name in ("flow_cell", "tumour_site", "cancer_center", "age", "bmi")]
    ['technical', 'disease', 'technical', 'person', 'other']
    """
    if technical(column):
        return "technical"
    if of_the_disease(column):
        return "disease"
    return "person" if column in OF_THE_PERSON else "other"


def is_numeric(sheet: pd.DataFrame, column: str) -> bool:
    """Tell whether a column of the sheet measures something or names groups.

    `age` is a number; the known columns of groups (`batch`, `sex`, `protocol`, ...) never are, and
    neither is a column with "batch" in its name. Any other column is a number if all its cells are,
    if there are at least six different ones, and if they are not merely numbered groups: some have
    a fraction (23.4), or a value is shared by fewer than three libraries on average. A fifth of the
    cells may be something else, such as <20: a library whose cell is no number lacks it. Cells that
    mean "not known" are empty by then (`missing`) and do not count.
    """
    if column in NUMERIC:
        return True
    if column in CATEGORICAL or "batch" in re.split(r"[^a-z]+", column.lower()):
        return False
    cells = sheet.loc[sheet[column] != "", column]
    values = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=float)
    numbers = np.isfinite(values)
    if not len(values) or numbers.mean() < 1 - MOST_MISSING:
        return False
    values = values[numbers]
    different = len(np.unique(values))
    fractions = bool((values != np.round(values)).any())
    return different >= FEWEST_VALUES and (
        fractions or len(values) < LIBRARIES_PER_GROUP * different
    )


def is_known(cells: pd.Series, numeric: bool) -> np.ndarray:
    """Tell which cells of a column say something: of numbers, those that are one.

    Returns
    -------
    Array of bool, shape (cells,).
    """
    if not numeric:
        return (cells != "").to_numpy()
    return np.isfinite(pd.to_numeric(cells, errors="coerce").to_numpy(dtype=float))


def words_of(column: str) -> list[str]:
    """Split the name of a column into its words, in lower case.

    Examples
    --------
    >>> words_of("flow_cell ID")
    ['flow', 'cell', 'id']
    >>> words_of("prepDay")
    ['prep', 'day']
    """
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column)
    return [word for word in re.split(r"[^a-z]+", apart.lower()) if word]


def technical(column: str) -> bool:
    """Tell whether a column of the sheet describes how libraries were made.

    Examples
    --------
    >>> [technical(name) for name in ("flow_cell", "RNAkit", "tumour_site", "bmi")]
    [True, True, False, False]
    """
    words = words_of(column)
    whole, found = "".join(words), set(words)
    if found & TECHNICAL or "flowcell" in whole or words[-1:] == ["lab"]:
        return True
    # A cohort is one of libraries or one of patients; cKIT is a gene.
    if found & {*OF_THE_DISEASE, "cohort"} or words[:2] == ["c", "kit"]:
        return False
    return (
        bool(found & MOSTLY_TECHNICAL)
        or any(word.endswith(AS_ENDS) for word in words)
        or whole.startswith(("batch", "runid", "labid"))
    )


def of_the_disease(column: str) -> bool:
    """Tell whether a column goes with the disease by its nature."""
    return bool(set(words_of(column)) & OF_THE_DISEASE)
