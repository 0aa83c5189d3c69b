"""The limits that a design is held against, and what the names of columns say."""

import re
from typing import Any

from exosift.contrasts import Contrast

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


def about(contrast: Contrast) -> dict[str, Any]:
    """Return what sentences of a check say about its contrast.

    Returns
    -------
    `condition` (its column), `arms` (cases and controls by name), `compared` (`arms` or
    ordered `levels`) and `groups`: what must occur together in a batch.
    """
    arms = [contrast.cases, contrast.against]
    return {
        "condition": contrast.column,
        "arms": arms,
        "compared": contrast.kind.compared,
        "groups": list(contrast.kind.group_names(contrast)),
    }


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
