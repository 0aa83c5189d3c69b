"""How much of each miRNA is in a simulated vesicle sample, and why it differs between samples."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from exosift.errors import UserError
from exosift.simulation.layouts import LAYOUTS
from exosift.simulation.sources import Integers, Sources, stream

Floats = npt.NDArray[np.float64]

SIGMA = 2.2
SHARED, SPECIFIC = "shared", "specific"

# Abundant in vesicles of plasma, the most abundant first; only the order is used.
_ABUNDANT = """
    miR-486-5p let-7b-5p let-7a-5p miR-21-5p miR-92a-3p let-7f-5p miR-16-5p miR-126-3p miR-26a-5p
    let-7i-5p miR-223-3p miR-423-5p miR-451a miR-22-3p miR-191-5p let-7g-5p miR-103a-3p
    miR-320a-3p miR-122-5p miR-146a-5p miR-150-5p miR-30d-5p miR-27b-3p miR-181a-5p miR-10b-5p
    miR-142-3p miR-151a-3p miR-221-3p miR-25-3p miR-24-3p miR-10a-5p miR-148a-3p miR-99a-5p
    miR-23a-3p miR-143-3p miR-30e-5p miR-199a-3p miR-125a-5p let-7d-5p miR-128-3p miR-101-3p
    miR-222-3p miR-185-5p miR-125b-5p miR-484 miR-93-5p miR-26b-5p miR-27a-3p miR-186-5p miR-28-3p
    miR-100-5p miR-15a-5p miR-425-5p miR-30a-5p miR-378a-3p let-7c-5p miR-146b-5p miR-23b-3p
    miR-192-5p miR-140-3p miR-145-5p miR-155-5p miR-320b miR-197-3p miR-98-5p let-7e-5p miR-127-3p
    miR-342-3p miR-19b-3p miR-20a-5p miR-144-3p miR-182-5p miR-107 miR-181b-5p miR-744-5p
    miR-99b-5p miR-17-5p miR-148b-3p miR-29a-3p miR-30c-5p miR-423-3p miR-92b-3p miR-126-5p
    miR-28-5p miR-409-3p miR-130a-3p miR-532-5p miR-1307-3p miR-183-5p miR-363-3p miR-106b-3p
    miR-15b-5p miR-328-3p miR-361-5p miR-584-5p miR-381-3p miR-224-5p miR-339-5p miR-152-3p
    miR-335-5p let-7d-3p miR-432-5p miR-941 miR-340-5p miR-660-5p miR-374a-5p miR-194-5p miR-345-5p
    miR-129-5p miR-375-3p miR-9-5p miR-124-3p miR-139-5p miR-370-3p miR-29c-3p miR-203a-3p
    miR-141-3p miR-200c-3p miR-205-5p
"""
ABUNDANT = tuple(f"hsa-{name}" for name in _ABUNDANT.split())

# log2 of the rise in a badly haemolysed sample.
RED_CELL = {
    f"hsa-{name}": rise
    for name, rise in {
        "miR-451a": 4.0,
        "miR-144-3p": 3.5,
        "miR-144-5p": 3.5,
        "miR-486-5p": 1.6,
        "miR-16-5p": 2.0,
        "miR-92a-3p": 1.4,
        "miR-25-3p": 1.5,
        "miR-363-3p": 2.0,
        "miR-20a-5p": 1.4,
        "miR-20b-5p": 1.6,
        "miR-19b-3p": 1.5,
        "miR-15a-5p": 1.3,
        "miR-15b-5p": 1.1,
        "miR-93-5p": 1.1,
        "miR-185-5p": 1.2,
        "miR-101-3p": 1.0,
        "miR-106b-3p": 1.3,
        "miR-17-5p": 1.2,
        "miR-182-5p": 1.1,
        "miR-183-5p": 1.3,
        "miR-194-5p": 1.0,
        "miR-192-5p": 0.6,
        "miR-425-5p": 1.0,
        "miR-532-5p": 0.9,
        "miR-660-5p": 1.2,
        "miR-142-3p": 0.6,
        "miR-142-5p": 0.6,
        "miR-140-3p": 0.7,
        "miR-186-5p": 0.7,
        "miR-191-5p": 0.3,
        "miR-30c-5p": 0.4,
        "miR-324-5p": 0.6,
    }.items()
}
_PLATELET = """
    miR-223-3p miR-126-3p miR-126-5p miR-24-3p miR-197-3p miR-191-5p miR-221-3p miR-199a-3p
    miR-26a-5p miR-22-3p miR-23a-3p miR-27a-3p
"""
PLATELET = frozenset(f"hsa-{name}" for name in _PLATELET.split())


STABLE = "hsa-miR-23a-3p"  # varies little in plasma: the usual reference for haemolysis


@dataclass(frozen=True)
class Noise:
    """What makes samples differ apart from disease: standard deviations of natural logarithms.

    Attributes
    ----------
    subject, faint
        Between subjects, per miRNA: `subject + faint / sqrt(1 + reads / 10)`, so 0.48 at 20 reads
        and 0.38 at 1,000.
    scatter
        Of that value between miRNAs.
    blood
        Of the content of red-cell and platelet miRNAs between samples that nobody would call
        haemolysed.
    batch
        Of the batch effect, in a fifth of the miRNAs.
    person
        Of the effects of sex and of ten years of age, in a tenth of the miRNAs.
    ligation
        Multiplies the ligation bias of the kits.
    classes
        Of the shares of dimers, tRNA fragments and so on.
    """

    subject: float = 0.36
    faint: float = 0.21
    scatter: float = 0.2
    blood: float = 0.2
    batch: float = 0.4
    person: float = 0.15
    ligation: float = 1.0
    classes: float = 0.25

    def times(self, factor: float) -> "Noise":
        """Multiply all of it; 0 gives libraries that differ by sampling and disease alone."""
        return replace(self, **{one.name: getattr(self, one.name) * factor for one in fields(self)})


USUAL_NOISE = Noise()


@dataclass(frozen=True)
class Effect:
    """A planted difference of one miRNA between one cancer and the controls."""

    mirna: str
    condition: str
    log2fc: float
    scope: str


@dataclass(frozen=True)
class Expression:
    """What is fixed for a whole cohort; arrays run over the expressed miRNAs, most abundant first.

    Attributes
    ----------
    names, rows
        The miRNAs, and their rows in `Sources.names`.
    share
        Of the miRNA molecules; sums to 1.
    ligation, batch
        Natural log of the bias of each kit and of each batch.
    sex, age
        Natural log of the effect of being female, and of ten years of age.
    spread
        Standard deviation between subjects, natural log.
    """

    names: tuple[str, ...]
    rows: Integers
    share: Floats
    ligation: Mapping[str, Floats]
    batch: Mapping[str, Floats]
    sex: Floats
    age: Floats
    spread: Floats


def random_weights(
    sources: Sources, rng: np.random.Generator, present: float = 0.5, sigma: float = SIGMA
) -> Floats:
    """Draw log-normal abundances for a random part of all matures, shape (matures,).

    For libraries that test counting: any mature may be there, whatever it is in plasma. Names that
    share a sequence count as one.
    """
    weights = np.zeros(len(sources.names))
    rows = sources.distinct()
    chosen = rng.permutation(rows)[: round(len(rows) * present)]
    weights[chosen] = rng.lognormal(0.0, sigma, size=len(chosen))
    return weights


def plan_expression(
    sources: Sources,
    *,
    expressed: int,
    reads: float,
    protocols: Sequence[str],
    batches: Sequence[str],
    noise: Noise,
    seed: int,
) -> Expression:
    """Choose the miRNAs of a cohort with their abundances and biases.

    Abundances are the quantiles of a log-normal distribution (sigma 2.2). `ABUNDANT` miRNAs take
    the highest in their order; the rest goes to others at random, numbers below 1000 first, since
    the later ones are rarer and often no miRNA. The bias of the ten most abundant is halved, so
    that no kit gives most of its reads to one miRNA.

    Parameters
    ----------
    expressed
        Number of miRNAs present.
    reads
        miRNA reads of a typical library, from which the spread between subjects follows.
    """
    distinct = sources.distinct()
    by_sequence = {sources.sequences[row]: int(row) for row in distinct}
    row_of = {
        name: by_sequence[text] for name, text in zip(sources.names, sources.sequences, strict=True)
    }
    known = list(dict.fromkeys(row_of[name] for name in ABUNDANT if name in row_of))
    others = np.setdiff1d(distinct, known)
    if expressed > len(distinct):
        raise UserError(
            f"Only {len(distinct)} miRNAs are known, but {expressed} are to be present."
        )
    others = stream(seed, "expressed").permutation(others)
    obscure = [_number(sources.names[row]) >= 1000 for row in others]
    others = others[np.argsort(obscure, kind="stable")]
    rows = np.concatenate([known, others])[:expressed].astype(np.int64)
    normal = NormalDist()
    quantiles = [normal.inv_cdf(1 - (rank + 0.5) / expressed) for rank in range(expressed)]
    share = np.exp(SIGMA * np.array(quantiles))
    share /= share.sum()
    damped = np.where(np.arange(expressed) < 10, 0.5, 1.0)

    def some(purpose: str, which: str, sd: float, part: float) -> Floats:
        rng = stream(seed, purpose, which)
        return rng.normal(0, 1, expressed) * sd * (rng.random(expressed) < part)

    scatter = np.exp(stream(seed, "scatter").normal(0, 1, expressed) * noise.scatter)
    scatter[rows == row_of.get(STABLE, -1)] /= 2
    return Expression(
        names=tuple(sources.names[row] for row in rows),
        rows=rows,
        share=share,
        ligation={
            kit: damped
            * np.clip(some("ligation", kit, 1, 1), -2, 2)
            * LAYOUTS[kit].bias
            * noise.ligation
            for kit in protocols
        },
        batch={batch: some("batch", batch, noise.batch, 0.2) for batch in batches},
        sex=some("sex", "", noise.person, 0.1),
        age=some("age", "", noise.person, 0.1),
        spread=scatter * (noise.subject + noise.faint / np.sqrt(1 + share * reads / 10)),
    )


def _number(name: str) -> int:
    """Read the number of a miRNA: 320 of hsa-miR-320a-3p."""
    digits = re.search(r"\d+", name)
    return int(digits.group()) if digits else 0


def plan_effects(
    expression: Expression,
    *,
    conditions: Sequence[str],
    shared: int,
    specific: int,
    faint: int,
    sizes: tuple[float, float],
    reads: float,
    seed: int,
) -> list[Effect]:
    """Choose which miRNAs differ in which cancer, and by how much.

    They are drawn at random and say nothing about real cancers. Up and down take turns; sizes
    spread from the smallest to the largest, small ones being commoner. miRNAs of red cells are
    left out, and so are the three most abundant, which would shift all others.

    Parameters
    ----------
    shared, specific
        How many differ in all cancers, and how many more in each; with 25 reads or more.
    faint
        How many of 5 to 15 reads differ in each cancer.
    sizes
        Smallest and largest |log2 fold change|.
    reads
        miRNA reads of a typical library.
    """
    mean = expression.share * reads
    usable = np.array([name not in RED_CELL for name in expression.names])
    usable[:3] = False
    enough = np.flatnonzero(usable & (mean >= 25))
    few = np.flatnonzero(usable & (mean >= 5) & (mean <= 15))
    if len(enough) < shared + specific or len(few) < faint:
        raise UserError(
            f"At this depth {len(enough)} miRNAs are abundant enough to differ, but "
            f"{shared + specific} are to do so. Ask for more reads or for fewer differences."
        )
    rng = stream(seed, "effects")
    queue = list(rng.permutation(enough))
    effects = []

    def plant(chosen: Sequence[int], condition: str, scope: str) -> None:
        steps = (np.arange(len(chosen)) + rng.random(len(chosen))) / max(1, len(chosen))
        size = rng.permutation(sizes[0] + (sizes[1] - sizes[0]) * steps**1.5)
        sign = rng.permutation(np.where(np.arange(len(chosen)) % 2, 1.0, -1.0))
        for which, amount in zip(chosen, np.round(size * sign, 3), strict=True):
            effects.append(Effect(expression.names[which], condition, float(amount), scope))

    common = [queue.pop(0) for _ in range(shared)]
    for condition in conditions:
        if len(queue) < specific:
            queue += list(rng.permutation(np.setdiff1d(enough, [*common, *queue])))
        plant([queue.pop(0) for _ in range(specific)], condition, SPECIFIC)
        plant(list(rng.permutation(few)[:faint]), condition, SPECIFIC)
    plant(common, "", SHARED)
    everywhere = [effect for effect in effects if effect.scope == SHARED]
    kept = [effect for effect in effects if effect.scope == SPECIFIC]
    kept += [replace(effect, condition=name) for name in conditions for effect in everywhere]
    order = {name: place for place, name in enumerate(conditions)}
    return sorted(kept, key=lambda effect: (order[effect.condition], effect.scope, effect.mirna))


def library_weights(
    expression: Expression,
    effects: Sequence[Effect],
    *,
    condition: str,
    protocol: str,
    batch: str,
    female: bool,
    age: float,
    haemolysis: float,
    noise: Noise,
    rng: np.random.Generator,
    matures: int,
) -> Floats:
    """Give how often each mature is ligated in one library, shape (matures,), any unit.

    Parameters
    ----------
    haemolysis
        0 for a clean sample, 1 for a badly haemolysed one.
    """
    names = expression.names
    changes = {effect.mirna: effect.log2fc for effect in effects if effect.condition == condition}
    red_cell = np.array([RED_CELL.get(name, 0.0) for name in names])
    platelet = np.array([name in PLATELET for name in names])
    log_share = np.log(expression.share) + np.log(2) * np.array(
        [changes.get(name, 0.0) for name in names]
    )
    log_share += expression.ligation[protocol] + expression.batch[batch]
    log_share += expression.sex * female + expression.age * (age - 60) / 10
    log_share += expression.spread * rng.normal(size=len(names))
    log_share += np.log(2) * red_cell * haemolysis
    log_share += noise.blood * (red_cell / 4 * rng.normal() + platelet * rng.normal())
    weights = np.zeros(matures)
    weights[expression.rows] = np.exp(log_share)
    return weights
