"""The tests of one contrast, from the gate to the table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from exosift.cohort import Cohort
from exosift.contrasts import Contrast
from exosift.design.after_tests import weigh_data
from exosift.design.gate import Judgement, judge
from exosift.design.model import Design, independent
from exosift.design.quality import weigh_factors, weigh_quality
from exosift.design.sections import SectionRules
from exosift.differential_expression import blood, monitoring, normalisations, ranks, sensitivity
from exosift.differential_expression.engines import Test, beyond, edger, limma, moderated, voom
from exosift.differential_expression.permutations import (
    permutation_check,
    small_p_values,
    uniformity,
)
from exosift.differential_expression.record import Evidence, in_words, write_record
from exosift.findings import SEVERE, SEVERITY, Exclusion, Finding, Warning, rounded
from exosift.normalisation import cpm, effective_sizes, filter_by_expression, log_cpm, tmm_factors
from exosift.peers import peer_groups
from exosift.settings.design import GateRules
from exosift.settings.differential_expression import TestRules
from exosift.settings.quality import Quality

DEEPER, MUCH_DEEPER = 2, 4  # times the depth of the other arm; warned of, and severely
FEWEST_MIRNAS = 10  # below, neither engine can learn how spread depends on abundance

ENGINES = ("edger", "limma")
COLUMNS = (
    *("mirna", "mean_cpm_case", "mean_cpm_control", "detected_case", "detected_control"),
    *("edger_log2fc", "edger_ci_low", "edger_ci_high", "edger_p", "edger_q"),
    *("limma_log2fc", "limma_ci_low", "limma_ci_high", "limma_p", "limma_q"),
    *("edger_q_global", "limma_q_global", "permutation_p", "treat_p", "treat_q"),
    *("hedges_g", "hedges_g_ci_low", "hedges_g_ci_high", "wilcoxon_p", "wilcoxon_q"),
    *sensitivity.COLUMNS,
    *normalisations.COLUMNS,
    *normalisations.SPIKE_COLUMNS,
    *blood.COLUMNS,
    *("jonckheere_p", "within_log2fc", "within_ci_low", "within_ci_high", "within_p", "within_q"),
    "within_jonckheere_p",
    *monitoring.COLUMNS,
)


@dataclass(frozen=True)
class Limits:
    """All that the configuration says of how contrasts are judged and tested.

    Attributes
    ----------
    min_libraries
        Libraries of one protocol and batch that a robust score needs.
    panel
        Section `panel` of the configuration, by which quality is held against the arms; None: its
        defaults.
    """

    tests: TestRules = field(default_factory=TestRules)
    gate: GateRules = field(default_factory=GateRules)
    sections: SectionRules = field(default_factory=SectionRules)
    min_libraries: int = Quality.min_libraries
    panel: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "Limits":
        """Read them from a complete configuration."""
        return cls(
            TestRules(**config["differential_expression"]),
            GateRules(**config["design"]),
            SectionRules.of_config(config),
            config["quality"]["min_libraries"],
            config["panel"],
        )


@dataclass(frozen=True)
class Result:
    """The outcome of a contrast: `{contrast}.tsv` and `{contrast}.json`."""

    table: pd.DataFrame
    record: dict[str, Any]

    @property
    def summary(self) -> str:
        """What a log should say of it."""
        return in_words(self.record)


@dataclass(frozen=True)
class _Data:
    """What the tests of a contrast work on.

    Attributes
    ----------
    counts : DataFrame, shape (tested miRNAs, units)
    sizes
        Effective library sizes by TMM.
    levels : array, shape (tested miRNAs, units)
        log2 CPM by TMM.
    """

    counts: pd.DataFrame
    factors: pd.Series
    sizes: pd.Series
    levels: np.ndarray
    judgement: Judgement
    contrast: Contrast
    limits: Limits

    @property
    def cohort(self) -> Cohort:
        return self.judgement.cohort

    @property
    def design(self) -> Design:
        assert self.judgement.design is not None
        return self.judgement.design


def test_contrast(
    counts: pd.DataFrame,
    sheet: pd.DataFrame,
    contrast: Contrast,
    excluded: Mapping[str, Exclusion] | None = None,  # noqa: PT028, it tests miRNAs
    *,
    limits: Limits | None = None,  # noqa: PT028
    summaries: Mapping[str, Mapping[str, Any]] | None = None,  # noqa: PT028
    quality: pd.DataFrame | None = None,  # noqa: PT028
    spike_ins: pd.DataFrame | None = None,  # noqa: PT028
) -> Result:
    """Judge a contrast and, if it can answer, test every miRNA that is measured well enough.

    Parameters
    ----------
    counts : DataFrame of int, shape (miRNAs, libraries)
        Raw counts, indexed by miRNA; libraries that the sheet does not know are ignored.
    sheet : DataFrame of str
        The sample sheet, indexed by sample; missing cells are "".
    contrast
        The question.
    excluded
        Libraries that must not be used, and why. Those without counts are added.
    limits
        How it is judged and tested.
    summaries
        `quantified/{sample}.json` by sample; none in a run from counts.
    quality : DataFrame, optional
        `quality/samples.tsv`, indexed by sample: held against the arms.
    spike_ins : DataFrame of int, shape (spike-ins, libraries), optional
        Reads of spike-ins.

    Returns
    -------
    Result
        The table is sorted by the p-value of edgeR, then by name, or by name alone in cohorts that
        are too small for an order; CPM are normalised by TMM. It has no rows unless the verdict is
        `fitted`. Neither depends on the order of rows or columns. `edger_q_global` and
        `limma_q_global` are those of this contrast alone; see `adjust_over_contrasts`.
    """
    limits = limits or Limits()
    unusable = _without_counts(counts, sheet) | dict(excluded or {})
    judgement = judge(
        *(sheet, contrast, unusable),
        summaries=summaries,
        rules=limits.gate,
        fewest=limits.sections.tests,
    )
    cohort, design = judgement.cohort, judgement.design

    def record(judged: Judgement, evidence: Evidence) -> dict[str, Any]:
        return write_record(contrast, judged, evidence, limits.sections).to_dict()

    if design is None:
        return Result(_empty(), record(judgement, Evidence()))
    pooled = cohort.pool(counts)
    tested = filter_by_expression(pooled, contrast.kind.groups_to_filter(cohort))
    if tested.sum() < FEWEST_MIRNAS:
        facts = {"tested": int(tested.sum()), "mirnas": len(tested), "needed": FEWEST_MIRNAS}
        reason = Finding("too_few_mirnas", facts)
        stopped = Judgement("not_assessable", (reason,), judgement.warnings, cohort)
        return Result(_empty(), record(stopped, Evidence(tested=tested)))
    judgement, weighed = weigh_quality(
        *(judgement, counts, sheet, quality, contrast),
        rules=limits.gate,
        people=limits.sections,
        settings=limits.panel,
    )
    kept = pooled[tested]
    factors = tmm_factors(kept)
    judgement = judgement.with_check(weigh_factors(factors, cohort, limits.gate))
    sizes = effective_sizes(kept, factors)
    levels = log_cpm(kept, factors).to_numpy()
    data = _Data(kept, factors, sizes, levels, judgement, contrast, limits)
    sound = counts[[n for n in sorted(sheet.index) if n in counts and n not in unusable]]
    table, evidence = _test(data, cohort.table(sheet), spike_ins)
    by_blood, evidence.blood = _blood(data, sound.sort_index(), sheet, summaries)
    table = table.join(by_blood)
    if contrast.kind.repeated:
        bounds, evidence.reference_change = monitoring.reference_change(
            sound.sort_index(), sheet, levels, contrast, cohort, kept.index
        )
        table = table.join(bounds)
    judgement = weigh_data(
        *(judgement, levels, table, sheet, contrast),
        excluded=unusable,
        summaries=summaries,
        rules=limits.gate,
    )
    evidence.tested, evidence.quality = tested, weighed
    evidence.warnings += _oddities(data)
    found = record(judgement, evidence)
    order = ["edger_p", "mirna"] if found["sections"]["ranking"]["shown"] else ["mirna"]
    table = table.rename_axis("mirna").reset_index().reindex(columns=list(COLUMNS))
    return Result(table.sort_values(order, ignore_index=True), found)


def warm_up() -> None:
    """Make numba compile all that a test needs now and keep it, so that no contrast waits for it.

    Numba keeps compiled code beside the modules, or where NUMBA_CACHE_DIR says.
    """
    rng = np.random.default_rng(1)
    names = [f"s{at:02}" for at in range(12)]
    counts = pd.DataFrame(
        rng.negative_binomial(3, 0.01, (60, 12)),
        index=[f"miR-{at}" for at in range(60)],
        columns=names,
    )
    counts.iloc[:5, :6] = 0
    sheet = pd.DataFrame(
        {"condition": ["a", "b"] * 6, "batch": ["1", "1", "2", "2"] * 3}, index=names
    )
    quality = pd.DataFrame({"reads_in": rng.integers(1_000_000, 9_000_000, 12)}, index=names)
    tests = TestRules(permutations=2, edger_permutations=0, deseq2=False)
    limits = Limits(tests, sections=SectionRules(candidates=5))
    for covariates in ((), ("batch",)):
        contrast = Contrast("warm-up", "none", "a", "b", covariates)
        test_contrast(counts, sheet, contrast, limits=limits, quality=quality)


def _test(
    data: _Data, cells: pd.DataFrame, spike_ins: pd.DataFrame | None
) -> tuple[pd.DataFrame, Evidence]:
    """Test each miRNA in all ways but those that need the rest of the cohort."""
    rules, design, mirnas = data.limits.tests, data.design.matrix, data.counts.index
    evidence = Evidence(factors=data.factors)
    first, evidence.dispersion = edger(data.counts, data.factors, design)
    levels, weights = voom(data.counts, data.sizes, design)
    second = moderated(levels, weights, design)
    table = _levels(data).join([first.columns("edger", mirnas), second.columns("limma", mirnas)])
    for engine in ENGINES:
        table[f"{engine}_q_global"] = table[f"{engine}_q"]
    table["permutation_p"], evidence.permutation = permutation_check(
        *(data.counts, data.factors, data.contrast, data.judgement, second, cells),
        permutations=rules.permutations,
        of_edger=rules.edger_permutations,
        seed=rules.seed,
    )
    evidence.warnings += small_p_values(evidence.permutation, rules.inflated)
    evidence.permutation["even"] = float(f"{uniformity(second.p):.6g}")
    p = beyond(levels, weights, design, rules.treat_log2fc)
    table["treat_p"] = p
    table["treat_q"] = Test(second.effect, second.error, second.freedom, p).q
    table = table.join(_by_ranks(data))
    if rules.deseq2:
        table = table.join(sensitivity.deseq2(data.counts, design))
        evidence.engines["deseq2"] = sensitivity.engine()
    others = normalisations.renormalised(data.counts, design)
    evidence.normalisations = ["tmm", *others]
    table = table.join(
        normalisations.robustness(second, first.effect, others, mirnas, rules.normalisation_q)
    )
    spikes = None if spike_ins is None else data.cohort.pool(spike_ins)
    test, evidence.spike_ins = normalisations.spike_in_test(
        *(data.counts, spikes, design),
        equal_volume=rules.equal_volume,
        fewest=rules.fewest_spike_ins,
        fewest_reads=rules.fewest_spike_in_reads,
    )
    if test is not None:
        table = table.join(test.columns("spike_in", mirnas))
    return table, evidence


def _levels(data: _Data) -> pd.DataFrame:
    level = cpm(data.counts, data.factors)
    detected = data.counts >= data.limits.tests.detection_reads
    arms = {"case": data.cohort.is_case, "control": ~data.cohort.is_case}
    return pd.DataFrame(
        {f"mean_cpm_{arm}": level.loc[:, here].mean(axis=1) for arm, here in arms.items()}
        | {f"detected_{arm}": detected.loc[:, here].mean(axis=1) for arm, here in arms.items()}
    )


def _by_ranks(data: _Data) -> pd.DataFrame:
    """Test by ranks where the arms are large, and along the levels of a trend."""
    cohort, contrast, mirnas = data.cohort, data.contrast, data.counts.index
    if contrast.kind.ordered:
        steps = data.design.matrix[:, -1]
        table = pd.DataFrame({"jonckheere_p": ranks.jonckheere(data.levels, steps)}, index=mirnas)
        within = contrast.kind.controls_below(contrast)
        return table.join(_within_cases(data)) if within else table
    values, is_case = contrast.kind.compared_values(data.levels, contrast, cohort)
    table = ranks.standardised_effect(values, is_case, mirnas)
    smaller = min(cohort.count("case"), cohort.count("control"))
    if smaller >= data.limits.tests.wilcoxon_per_arm:
        p = ranks.wilcoxon(data.levels, contrast, cohort)
        table["wilcoxon_p"], table["wilcoxon_q"] = p, Test(p, p, p, p).q
    return table


def _within_cases(data: _Data) -> pd.DataFrame:
    """Test the trend among the cases alone, where no difference to the controls can pose as one."""
    case = data.cohort.is_case
    mirnas, matrix = data.counts.index, data.design.matrix[case]
    steps = matrix[:, -1:]
    kept = independent(np.ones((len(matrix), 1)), matrix[:, 1:-1])
    before = np.column_stack([np.ones(len(matrix)), matrix[:, 1:-1][:, kept]])
    enough = len(matrix) - before.shape[1] - 1 >= 2 and len(np.unique(steps)) >= 3
    if not enough or not independent(before, steps):
        return pd.DataFrame(index=mirnas)
    sizes = data.sizes[data.counts.columns[case]]
    test = limma(data.counts.loc[:, case], sizes, np.column_stack([before, steps]))
    table = test.columns("within", mirnas)
    table["within_jonckheere_p"] = ranks.jonckheere(data.levels[:, case], steps[:, 0])
    return table


def _blood(
    data: _Data,
    sound: pd.DataFrame,
    sheet: pd.DataFrame,
    summaries: Mapping[str, Mapping[str, Any]] | None,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Hold haemolysis and platelets constant; a unit has the mean score of its libraries."""
    called = {name: str(one.get("protocol") or "") for name, one in (summaries or {}).items()}
    groups = peer_groups(sheet, called)
    units = pd.Series({m.sample: m.unit for m in data.cohort.members if m.used})
    reads, least = data.limits.tests.detection_reads, data.limits.min_libraries

    def scores(without: str = "") -> pd.DataFrame:
        found = blood.blood_indices(sound, groups, reads, least, without)
        return found.loc[units.index].groupby(units).mean().loc[data.counts.columns]

    indices = scores()
    own = {}
    if indices.notna().any(axis=None):
        own = {mirna: scores(mirna) for mirna in blood.members(data.counts.index)}
    table, record = blood.adjusted(
        *(data.counts, data.sizes, data.design.matrix, indices, own),
        named=bool(blood.members(sound.index)),
    )
    return table, record | {"arms": blood.compare_indices(indices, data.cohort.is_case)}


def _without_counts(counts: pd.DataFrame, sheet: pd.DataFrame) -> dict[str, Exclusion]:
    absent, empty = Exclusion("no_counts"), Exclusion("no_mirna_reads")
    missing = {str(name): absent for name in sheet.index if name not in counts.columns}
    sums = counts[[name for name in sheet.index if name in counts.columns]].sum(axis=0)
    return missing | {str(name): empty for name in sums.index[sums == 0]}


def _oddities(data: _Data) -> list[Warning]:
    """Return what in the fitted data weakens the result."""
    found = []
    case = data.cohort.is_case
    depth = data.counts.sum(axis=0)
    ratio = depth[case].median() / depth[~case].median()
    if max(ratio, 1 / ratio) >= DEEPER:
        deeper = "cases" if ratio > 1 else "controls"
        times = max(ratio, 1 / ratio)
        facts = {"deeper": deeper, "ratio": rounded(times), "limit": DEEPER}
        severity = SEVERITY["warn"] if times < MUCH_DEEPER else SEVERE
        found.append(Warning("depth_differs", facts, severity))
    return found


def _empty() -> pd.DataFrame:
    return pd.DataFrame(columns=list(COLUMNS))
