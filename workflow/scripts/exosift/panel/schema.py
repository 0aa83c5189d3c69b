"""What `panels/{contrast}/bundle.json` holds, with the type of each field.

The file is hashed as it stands, so its fields keep the order and the numbers they were written
with: to read a bundle and to write it again gives the same bytes.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from exosift.errors import UserError

FORMAT = 2
BY_COUNTS_ALONE = 1  # the format before names were kept, as hashes
MOST_FAULTS = 5  # that a message lists


class _Part(BaseModel):
    """A part of a bundle: fields that are missing, misspelt or of another type are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class FeatureRecord(_Part):
    """A miRNA of the score: its coefficient per `sd` of its log2 level above `mean`."""

    mirna: str
    coefficient: float
    mean: float
    sd: float


class ThresholdRecord(_Part):
    """The log odds above which a library is called positive, and how they were chosen."""

    rule: str
    value: float


class ProfileRecord(_Part):
    """A miRNA of the reference profile, and its reads there."""

    mirna: str
    reads: float


class TrainedRecord(_Part):
    """People of each arm that the panel was trained on."""

    n_case: int
    n_control: int


class LevelRecord(_Part):
    """Mean and spread of the log2 levels of a miRNA that libraries are compared by."""

    mirna: str
    mean: float
    sd: float


class LikenessRecord(_Part):
    """The sketches of the libraries that were trained on; see `exosift.panel.likeness.describe`."""

    mirnas: list[LevelRecord]
    sketches: list[str]


class BundleRecord(_Part):
    """A frozen panel; docs/outputs.md gives the meaning of each field.

    Panels of this format that were frozen early have neither `made_with` nor `likeness`.
    """

    format: Literal[2]
    contrast: str
    cancer: str
    case: str
    control: str
    column: str
    features: list[FeatureRecord]
    intercept: float
    penalty: float
    threshold: ThresholdRecord
    thresholds: dict[str, float]
    prior_cpm: float
    profile: list[ProfileRecord]
    trained: TrainedRecord
    made_with: dict[str, list[str]] = Field(default_factory=dict)
    libraries: list[str]
    samples: list[str]
    people: list[str]
    likeness: LikenessRecord = LikenessRecord(mirnas=[], sketches=[])
    settings: dict[str, Any]
    versions: dict[str, str]
    sha256: str

    def to_dict(self) -> dict[str, Any]:
        """Return the bundle as JSON holds it, without fields that it was read without."""
        return self.model_dump(mode="json", exclude_unset=True)


def bundle_record(content: Mapping[str, Any], source: str) -> BundleRecord:
    """Check the format and the fields of a bundle.

    Parameters
    ----------
    content
        What the file holds.
    source
        The file, for the messages.

    Raises
    ------
    UserError
        If it is of another format, or a field is missing, unknown or of another type.
    """
    found = content.get("format")
    if found == BY_COUNTS_ALONE:
        raise UserError(
            f"{source} is a panel of format {BY_COUNTS_ALONE}, which knows the libraries that "
            "it was trained on by their counts alone: the same people, counted again, would "
            f"pass as another cohort. Train it again; panels have format {FORMAT} now."
        )
    if found != FORMAT:
        named = "names no format" if found is None else f"has format {found!r}"
        raise UserError(f"{source} is no panel of format {FORMAT}: it {named}.")
    try:
        return BundleRecord.model_validate(dict(content))
    except ValidationError as error:
        faults = error.errors()
        listed = "; ".join(
            f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in faults[:MOST_FAULTS]
        )
        more = f"; and {len(faults) - MOST_FAULTS} more" if len(faults) > MOST_FAULTS else ""
        raise UserError(
            f"{source} does not have the fields of a panel of format {FORMAT} ({listed}{more}). "
            "Take the file as the run left it, or train the panel again."
        ) from error
