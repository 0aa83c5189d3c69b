"""Section `references` of the configuration."""
# ruff: noqa: N815 (keys are the names of the classes)

from dataclasses import dataclass
from typing import Annotated, Any

from annotated_types import MinLen

from exosift.settings.section import Section


@dataclass(frozen=True)
class Says:
    """What the schema says of a text beyond its type.

    Attributes
    ----------
    pattern
        The regular expression that it must match; "" for none.
    description
        Its meaning; "" for none.
    """

    pattern: str = ""
    description: str = ""

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        """Return the schema of the text with these."""
        own = {"pattern": self.pattern, "description": self.description}
        return {**handler(core), **{key: value for key, value in own.items() if value}}


@dataclass(frozen=True)
class Remote(Section):
    """A url with its sha256."""

    url: Annotated[str, Says(pattern="^https://")]
    """Where the file is; https."""
    sha256: Annotated[str, Says(pattern="^[0-9a-f]{64}$")]
    """The checksum of the file, 64 digits of 0-9 and a-f."""


Source = (
    Annotated[
        str,
        MinLen(1),
        Says(description='"shipped", "none", "fetch" (the genome only), or the path of a FASTA'),
    ]
    | Remote
)


@dataclass(frozen=True)
class References(Section):
    """Where the sequences of each RNA class come from."""

    spike_in: Source = "shipped"
    """Spike-ins; those shipped are RC and LP of exRNAQC."""
    tRNA: Source = "shipped"
    """Transfer RNAs, nuclear and mitochondrial."""
    Y_RNA: Source = "shipped"
    """Y RNAs."""
    snRNA: Source = "shipped"
    """Small nuclear RNAs; shipped is U2 alone."""
    snoRNA: Source = "none"
    """Small nucleolar RNAs."""
    rRNA: Source = "shipped"
    """Ribosomal RNAs; shipped are 5S, 5.8S and stretches of 45S."""
    misc_RNA: Source = "none"
    """Other RNAs that are not translated."""
    mRNA: Source = "none"
    """Messenger RNAs."""
    vector: Source = "shipped"
    """Vectors and adapters; shipped is UniVec Core."""
    genome: Source = "none"
    """The genome, for reads that no class explains; "fetch" is hg38 from UCSC."""
