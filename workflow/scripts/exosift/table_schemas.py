"""The columns of every table of a run, with the kind of value that each holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What the cells of a column are, whatever stands in them.

    Attributes
    ----------
    TEXT
        Text, names included; an empty cell is "". A sample may be called 007, NA or True.
    INTEGER
        Whole numbers, none of them missing.
    WHOLE
        Whole numbers, of which any may be missing; read as floats, with NaN for an empty cell.
    NUMBER
        Numbers; an empty cell is NaN.
    """

    TEXT = "text"
    INTEGER = "integer"
    WHOLE = "integer or missing"
    NUMBER = "number"


@dataclass(frozen=True)
class Schema:
    """The declaration of one table.

    Attributes
    ----------
    path
        Where it lies below the results, as `docs/outputs.md` names it.
    columns
        The kind of each column, in the order of the table.
    optional
        Columns that some runs lack.
    others
        The kind of all further columns, whose names the run decides: one per library, or one per
        class of RNA. None if there may be no others.
    index
        The column of names that becomes the index when the table is read; "" if none does.
    """

    path: str
    columns: Mapping[str, Kind]
    optional: frozenset[str] = field(default_factory=frozenset)
    others: Kind | None = None
    index: str = ""

    def kind(self, column: str) -> Kind | None:
        """Return the kind of a column; None if no such column may be there."""
        return self.columns.get(column, self.others)

    def named(self, *kinds: Kind) -> tuple[str, ...]:
        """Return the declared columns of some kinds, but the index."""
        return tuple(
            name for name, kind in self.columns.items() if kind in kinds and name != self.index
        )

    @property
    def required(self) -> list[str]:
        """The columns that every such table has."""
        return [name for name in self.columns if name not in self.optional]


def _declare(
    path: str,
    columns: str,
    *,
    texts: str = "",
    integers: str = "",
    wholes: str = "",
    optional: str = "",
    others: Kind | None = None,
    index: str = "",
) -> Schema:
    """Declare a table; names are separated by blanks, and what is not named is a number."""
    kinds = dict.fromkeys(columns.split(), Kind.NUMBER)
    for kind, names in ((Kind.TEXT, texts), (Kind.INTEGER, integers), (Kind.WHOLE, wholes)):
        for name in names.split():
            if name not in kinds:
                raise ValueError(f"{path}: {name} has a kind, but it is none of the columns.")
            kinds[name] = kind
    return Schema(path, kinds, frozenset(optional.split()), others, index)


def _matrix(path: str, names: str, cells: Kind = Kind.INTEGER) -> Schema:
    """Declare a matrix with one column per library beside those of names."""
    index = "" if " " in names else names
    return _declare(path, names, texts=names, others=cells, index=index)


def _with(stem: str, *ends: str) -> str:
    return " ".join(f"{stem}_{end}" for end in ends)


_EFFECT = ("log2fc", "ci_low", "ci_high", "p", "q")
_FEATURE_TEXTS = "mirna names accessions sequence hairpins mirgenedb"
_SHARES = "ambiguous_share shared_share mismatched_share tailed_share"
_PROTOCOL = _with(
    "protocol", "declared", "called", "confidence", "kits", "evidence", "contradiction"
)
_CRITERIA = " ".join(
    f"criterion_{name}"
    for name in (
        *("false_discovery", "both_methods", "effect", "detection", "normalisations"),
        *("confounders", "stability", "artefacts", "design", "people"),
    )
)

_OF_READS = (
    "reads_in adapter_share dimer_share short_insert_share q30_share kept_reads kept_share "
    "insert_20_25_share insert_length_mode insert_length_mean gc_share"
)
_OF_CLASSES = (
    "mirna_share rrna_share trna_yrna_share vector_share unmapped_share transcriptome_reads "
    "transcriptome_genome_ratio spike_in_reads"
)
_OF_PEERS = (
    "complexity_z trna_yrna_z spike_in_z peer_correlation haemolysis_h1 haemolysis_h1_z "
    "haemolysis_h2 haemolysis_h2_z platelet_share platelet_z"
)
_OF_ISOMIRS = _with(
    "isomir", "canonical_share", "3p_share", "tailed_share", "5p_share", "snv_share"
)
_OF_UMIS = "umi_share umi_saturation umi_occupancy"
_OF_COUNTS = "mirna_reads mirnas_detected top_mirna top_mirna_share"
_QUALITY = (
    f"{_OF_READS} {_OF_COUNTS} {_OF_CLASSES} {_OF_PEERS} "
    f"outside_limits twins peer_group {_OF_ISOMIRS} {_OF_UMIS} protocol {_PROTOCOL}"
)

_COUNTS = {
    "counts": _matrix("counts/mirna_counts.tsv", "mirna"),
    "cpm": _matrix("counts/mirna_cpm.tsv", "mirna", Kind.NUMBER),
    "fragment_counts": _matrix("counts/fragment_derived.tsv", "mirna"),
    "class_matrix": _matrix("counts/{rna}_counts.tsv", "feature"),
    "isomir_counts": _matrix("counts/isomir_counts.tsv", "mirna variant"),
    "seed_counts": _matrix("counts/seed_isomir_counts.tsv", "feature"),
    "features": _declare(
        "counts/features.tsv",
        f"{_FEATURE_TEXTS} {_SHARES} status",
        texts=f"{_FEATURE_TEXTS} status",
        optional=f"names accessions sequence hairpins mirgenedb {_SHARES} status",
        index="mirna",
    ),
    "imported_names": _declare(
        "counts/imported_names.tsv",
        "name feature how reason reads",
        texts="name feature how reason",
        integers="reads",
    ),
    "antisense": _declare(
        "counts/antisense_partners.tsv",
        "mirna partner overlap perfect mirna_reads partner_reads weaker_share samples "
        "alike_share verdict",
        texts="mirna partner perfect verdict",
        integers="mirna_reads partner_reads samples",
        wholes="overlap",
    ),
    "class_counts": _declare(
        "counts/class_counts.tsv",
        "sample status",
        texts="sample status",
        others=Kind.INTEGER,
        index="sample",
    ),
}

_OF_LIBRARIES = {
    "quality": _declare(
        "quality/samples.tsv",
        f"sample status reason flags {_QUALITY}",
        texts="sample status reason flags outside_limits top_mirna twins peer_group "
        f"protocol {_PROTOCOL}",
        wholes="reads_in kept_reads insert_length_mode transcriptome_reads spike_in_reads "
        "mirna_reads mirnas_detected",
        optional=f"flags {_QUALITY}",
        index="sample",
    ),
    "components": _declare("quality/pca.tsv", "sample pc1 pc2", texts="sample", index="sample"),
    "spike_in_reads": _declare(
        "quality/spike_ins.tsv",
        "sample spike amount reads",
        texts="sample spike",
        integers="reads",
    ),
    "spike_in_linearity": _declare(
        "quality/spike_in_linearity.tsv",
        "sample spike_ins seen slope pearson_r",
        texts="sample",
        integers="spike_ins seen",
    ),
}

_OF_CONTRASTS = {
    "tests": _declare(
        "differential_expression/{contrast}.tsv",
        "mirna mean_cpm_case mean_cpm_control detected_case detected_control "
        "edger_log2fc edger_ci_low edger_ci_high edger_p edger_q "
        "limma_log2fc limma_ci_low limma_ci_high limma_p limma_q "
        "edger_q_global limma_q_global permutation_p treat_p treat_q "
        "hedges_g hedges_g_ci_low hedges_g_ci_high wilcoxon_p wilcoxon_q "
        f"{_with('deseq2', *_EFFECT)} normalisations "
        "median_ratio_log2fc median_ratio_q upper_quartile_log2fc upper_quartile_q "
        "clr_log2fc clr_q tmm_without_blood_log2fc tmm_without_blood_q "
        f"{_with('spike_in', *_EFFECT)} {_with('blood', *_EFFECT)} "
        "attenuation attenuation_h1 attenuation_h2 attenuation_platelet jonckheere_p "
        f"{_with('within', *_EFFECT)} within_jonckheere_p rcv_low rcv_high changed_share",
        texts="mirna",
        wholes="normalisations",
    ),
    "covariates": _declare(
        "confounding/{contrast}/covariates.tsv",
        "mirna covariate measure coded in_model association_control association_p_control "
        "association_case association_p_case log2fc_without q_without log2fc_with ci_low_with "
        "ci_high_with q_with attenuation explains",
        texts="mirna covariate measure coded in_model explains",
    ),
    "weighed": _declare(
        "confounding/{contrast}/mirnas.tsv",
        "mirna detected_case_low detected_case_high detected_control_low detected_control_high "
        "common_depth_case common_depth_control presence_p presence_odds_ratio presence_depth_p "
        f"{_with('matched', *_EFFECT)} matched_attenuation ev_log2_ratio ev_ci_low ev_ci_high "
        "published papers agrees explained_by unclear_with",
        texts="mirna published papers agrees explained_by unclear_with",
    ),
    "candidates": _declare(
        "candidates/{contrast}.tsv",
        "mirna call log2fc ci_low ci_high edger_p edger_q "
        "limma_log2fc limma_ci_low limma_ci_high limma_p limma_q "
        "mean_cpm_case mean_cpm_control detected_case detected_control "
        "auc auc_ci_low auc_ci_high mirgenedb accessions flags doubts known_roles "
        f"tier tier_limit {_CRITERIA} criteria_not_met criteria_not_assessed criteria_reasons "
        "detectable_log2fc validation_per_arm validation_per_arm_cautious",
        texts="mirna call mirgenedb accessions flags doubts known_roles tier tier_limit "
        f"{_CRITERIA} criteria_not_met criteria_not_assessed criteria_reasons",
        wholes="validation_per_arm validation_per_arm_cautious",
    ),
    "markers": _declare(
        "panels/{contrast}/markers.tsv",
        "mirna direction auc auc_ci_low auc_ci_high auc_out_of_fold out_of_fold_lowest "
        "out_of_fold_highest folds_measured folds_same_direction",
        texts="mirna direction",
    ),
    "folds": _declare(
        "panels/{contrast}/folds.tsv",
        "repeat fold trained tested tested_cases penalty features samples",
        texts="features samples",
        integers="repeat fold trained tested tested_cases",
    ),
    "stability": _declare(
        "panels/{contrast}/stability.tsv",
        "mirna frequency stable in_panel",
        texts="mirna stable in_panel",
    ),
    "roc": _declare(
        "panels/{contrast}/roc.tsv",
        "model false_positive_share true_positive_share",
        texts="model",
    ),
    "scores": _declare(
        "panels/{contrast}/scores.tsv",
        "sample subject arm batch score chance score_batch_left_out",
        texts="sample subject arm batch",
    ),
    "permutations": _declare(
        "panels/{contrast}/permutations.tsv", "permutation auc", integers="permutation"
    ),
    "validated": _declare(
        "validation/{contrast}.tsv",
        "sample subject arm score chance positive",
        texts="sample subject arm positive",
    ),
}

_OF_THE_RUN = {
    "across": _declare(
        "candidates/across_cancers.tsv",
        "mirna cancer contrast candidate tier label shared cancers "
        "log2fc ci_low ci_high edger_q limma_q level "
        "rest_contrast rest_log2fc rest_edger_q rest_limma_q "
        "others_auc others_auc_ci_low others_auc_ci_high others_cases tau tau_percentile reason",
        texts="mirna cancer contrast candidate tier label rest_contrast reason",
        wholes="shared cancers others_cases",
    ),
    "meta": _declare(
        "candidates/meta_analysis.tsv",
        "mirna cancer contrasts cohorts same_sign log2fc ci_low ci_high p q tau2 i2",
        texts="mirna cancer contrasts",
        integers="cohorts same_sign",
    ),
    "power": _declare(
        "candidates/detectable_effects.tsv",
        "contrast cancer n_case n_control tested alpha power detectable_best_tenth "
        "detectable_median detectable_worst_tenth share_within_call",
        texts="contrast cancer",
        integers="n_case n_control tested",
    ),
    "analyses": _declare(
        "analyses.tsv",
        "analysis present libraries shared_libraries differs_in",
        texts="present differs_in",
        integers="analysis libraries shared_libraries",
    ),
}

_REFERENCES = {
    "reference_features": _declare(
        "references/features.tsv",
        _FEATURE_TEXTS,
        texts=_FEATURE_TEXTS,
        optional="names accessions sequence hairpins mirgenedb",
    ),
    "reference_antisense": _declare(
        "references/antisense_partners.tsv",
        "mirna partner overlap perfect",
        texts="mirna partner perfect",
        integers="overlap",
    ),
    "transcripts": _declare(
        "references/transcripts.tsv",
        "name class length feature mature_start mature_end anticodon",
        texts="name class feature",
        integers="length",
        wholes="mature_start mature_end anticodon",
        optional="mature_start mature_end anticodon",
    ),
}

SCHEMAS: Mapping[str, Schema] = {
    **_COUNTS,
    **_OF_LIBRARIES,
    **_OF_CONTRASTS,
    **_OF_THE_RUN,
    **_REFERENCES,
}
"""All tables that a step of a run reads or writes as a whole, by the name that the code uses."""

HEADINGS_BESIDE_LIBRARIES = frozenset(
    column
    for schema in SCHEMAS.values()
    if schema.others is not None and schema.index != "sample"
    for column in schema.columns
)
"""Headings of columns that stand beside those of libraries: no library may be called so."""
