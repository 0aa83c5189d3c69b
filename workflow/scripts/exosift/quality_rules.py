"""What is asked of each library: the metrics that are judged, and the limits that it breaks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from exosift.errors import UserError


@dataclass(frozen=True)
class Rule:
    """How one metric is judged.

    `at_limit` says that a value equal to the limit is also outside it, as in the exRNA consortium's
    gate (more than 100,000 reads pass).
    """

    metric: str
    outside: Literal["below", "above", "beyond"]
    unit: Literal["share", "count", "score"]
    at_limit: bool = False

    def breaks(self, value: float, limit: float) -> bool:
        """Tell whether a value is outside the limit; a missing value (NaN) never is."""
        value = abs(value) if self.outside == "beyond" else value
        if value == limit:
            return self.at_limit
        return value < limit if self.outside == "below" else value > limit


# The order is that of the causes: a library with the wrong adapter has few reads because of it.
RULES = (
    Rule("adapter_share", "below", "share"),
    Rule("short_insert_share", "above", "share"),
    Rule("umi_share", "below", "share"),
    Rule("umi_occupancy", "above", "share"),
    Rule("q30_share", "below", "share"),
    Rule("kept_share", "below", "share"),
    Rule("mirna_reads", "below", "count"),
    Rule("transcriptome_reads", "below", "count", at_limit=True),
    Rule("mirnas_detected", "below", "count"),
    Rule("transcriptome_genome_ratio", "below", "score", at_limit=True),
    Rule("mirna_share", "below", "share"),
    Rule("insert_20_25_share", "below", "share"),
    Rule("rrna_share", "above", "share"),
    Rule("vector_share", "above", "share"),
    Rule("top_mirna_share", "above", "share"),
    Rule("complexity_z", "below", "score"),
    Rule("peer_correlation", "below", "score"),
    Rule("trna_yrna_z", "above", "score"),
    Rule("spike_in_z", "beyond", "score"),
    Rule("haemolysis_h1_z", "above", "score"),
    Rule("haemolysis_h2_z", "above", "score"),
    Rule("platelet_z", "above", "score"),
)
BY_METRIC = {rule.metric: rule for rule in RULES}


@dataclass(frozen=True)
class Breach:
    """A limit that a library breaks.

    Attributes
    ----------
    metric
        Column of `quality/samples.tsv`.
    level
        `fail` or `warn`.
    value, limit
        What was measured, and the limit of the configuration; no limit stands where any value but
        the one measured is right (spike-ins that were added and have no read).
    """

    metric: str
    level: str
    value: float
    limit: float | None = None


def write_breaches(breaches: Sequence[Breach]) -> str:
    """Return the cell `outside_limits` of a library: `level:metric:value:limit`, joined by `;`.

    Examples
    --------
    >>> write_breaches([Breach("mirna_reads", "fail", 884.0, 30000.0)])
    'fail:mirna_reads:884:30000'
    """
    return ";".join(
        f"{one.level}:{one.metric}:{one.value:.10g}:"
        + ("" if one.limit is None else f"{one.limit:.10g}")
        for one in breaches
    )


def read_breaches(cell: str) -> list[Breach]:
    """Read a cell of the column `outside_limits`.

    Raises
    ------
    UserError
        If it is not in the form that `write_breaches` writes.

    Examples
    --------
    >>> read_breaches("fail:mirna_reads:884:30000")
    [Breach(metric='mirna_reads', level='fail', value=884.0, limit=30000.0)]
    """
    found = []
    for text in filter(None, cell.split(";")):
        try:
            level, metric, value, limit = text.split(":")
            found.append(Breach(metric, level, float(value), float(limit) if limit else None))
        except ValueError as error:
            raise UserError(
                f"quality/samples.tsv, column outside_limits: {text!r} is not of the form "
                "level:metric:value:limit. Let the workflow write the table again."
            ) from error
    return found
