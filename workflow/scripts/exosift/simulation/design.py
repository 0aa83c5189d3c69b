"""What a cohort consists of: its arms, its libraries and its sheets."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from exosift.errors import UserError
from exosift.simulation.expression import USUAL_NOISE, Noise
from exosift.simulation.layouts import LAYOUTS, NEXTSEQ, NOVASEQ
from exosift.simulation.library import PLASMA
from exosift.simulation.sources import stream

if TYPE_CHECKING:
    import pandas as pd

CONTROL = "healthy"
RUNS = {"B1": NEXTSEQ, "B2": NOVASEQ}
GOOD, HAEMOLYSED, FAILING, DAMAGED = "good", "haemolysed", "failing", "damaged"
STAGES = ("I", "II", "III", "IV")
HAEMOLYSIS = (1.2, 1.1, 1.0)


@dataclass(frozen=True)
class Arm:
    """The cases of one cancer: how the sample sheet calls them, the cancer's name, how many."""

    condition: str
    cancer: str
    samples: int


EMBEDDED_ARMS = (
    Arm("melanoma", "melanoma", 12),
    Arm("lung", "lung", 12),
    Arm("colorectal", "colorectal", 24),
    Arm("glioblastoma", "brain", 12),
)


@dataclass(frozen=True)
class CohortDesign:
    """What a cohort consists of; the default is the embedded cohort.

    Attributes
    ----------
    arms, controls
        The cases of each cancer, and the number of healthy controls.
    reads
        Fewest and most reads of a library.
    protocols
        Kits (names of `LAYOUTS`), crossed with batch in every arm.
    expressed
        Number of miRNAs present.
    shared, specific, faint, effect
        Planted differences: see `plan_effects`.
    haemolysed, failing, damaged
        Libraries of each kind, dealt out to the arms in turn, controls first. A failing library is
        nearly all adapter dimers; the file of a damaged one ends half-way.
    """

    arms: tuple[Arm, ...] = EMBEDDED_ARMS
    controls: int = 24
    reads: tuple[int, int] = (20_000, 50_000)
    protocols: tuple[str, ...] = ("truseq", "nextflex_v3")
    expressed: int = 450
    shared: int = 6
    specific: int = 6
    faint: int = 2
    effect: tuple[float, float] = (0.8, 3.0)
    noise: Noise = USUAL_NOISE
    error_rate: float = 0.001
    haemolysed: int = 3
    failing: int = 1
    damaged: int = 0

    def check(self) -> None:
        """Raise a `UserError` if no such cohort can be made."""
        unknown = [kit for kit in self.protocols if kit not in LAYOUTS]
        if unknown or not self.protocols:
            raise UserError(
                f"The simulator has no kit {', '.join(unknown)!r}. It has: {', '.join(LAYOUTS)}."
            )
        if min([self.controls, *(arm.samples for arm in self.arms)]) < 1:
            raise UserError("Every arm needs one sample or more.")
        names = [CONTROL, *(arm.condition for arm in self.arms)]
        if len(set(names)) < len(names):
            raise UserError(f"Two arms have one name: {', '.join(names)}.")
        if not 1_000 <= self.reads[0] <= self.reads[1]:
            raise UserError("Give the fewest and the most reads of a library; 1,000 or more.")
        if not 0 < self.effect[0] <= self.effect[1]:
            raise UserError("Give the smallest and the largest |log2 fold change|, both above 0.")
        total = self.controls + sum(arm.samples for arm in self.arms)
        if self.haemolysed + self.failing + self.damaged > total:
            raise UserError(f"More libraries are to be bad than the {total} that there are.")

    @property
    def mirna_reads(self) -> float:
        """How many miRNA reads a typical library has."""
        return sum(self.reads) / 2 * (1 - sum(PLASMA.values()))


EMBEDDED = CohortDesign()


@dataclass(frozen=True)
class Library:
    """One row of the sample sheet, with what only the simulator knows."""

    sample: str
    condition: str
    subject: str
    protocol: str
    batch: str
    age: int
    sex: str
    stage: str
    reads: int
    lane: int
    index: str
    state: str
    haemolysis: float


def plan_libraries(design: CohortDesign, seed: int) -> list[Library]:
    """Lay out the libraries of a cohort in the order in which they were prepared, at random.

    In every arm kit, batch and sex take turns, so that they are balanced between arms.
    """
    design.check()
    rng = stream(seed, "libraries")
    rows: list[dict[str, Any]] = []
    for condition, samples, mean_age in [
        (CONTROL, design.controls, 58),
        *((arm.condition, arm.samples, 61) for arm in design.arms),
    ]:
        cells = [(kit, batch) for batch in RUNS for kit in design.protocols]
        shift = int(rng.integers(len(cells)))
        for number in range(samples):
            cell = (number + shift) % len(cells)
            protocol, batch = cells[cell]
            kit_number, batch_number = cell % len(design.protocols), cell // len(design.protocols)
            turn = (kit_number + batch_number + number // len(cells)) % 2
            stage = str(rng.choice(STAGES, p=[0.2, 0.3, 0.3, 0.2]))
            rows.append(
                {
                    "condition": condition,
                    "protocol": protocol,
                    "batch": batch,
                    "sex": ("female", "male")[turn],
                    "age": int(np.clip(round(rng.normal(mean_age, 9)), 30, 85)),
                    "stage": "" if condition == CONTROL else stage,
                    "reads": int(rng.integers(design.reads[0], design.reads[1] + 1)),
                }
            )
    states = _deal_states(design, [str(row["condition"]) for row in rows], rng)
    order = rng.permutation(len(rows))
    subjects = rng.permutation(len(rows)) + 1
    barcodes = rng.choice(4**6, size=len(rows), replace=False)
    width = max(3, len(str(len(rows))))
    return [
        Library(
            sample=f"EV{place:0{width}d}",
            subject=f"P{subjects[which]:0{width}d}",
            lane=1 + place % 2,
            index="".join("ACGT"[barcodes[which] // 4**digit % 4] for digit in range(6)),
            state=states[which][0],
            haemolysis=states[which][1],
            **rows[which],
        )
        for place, which in enumerate(order.tolist(), start=1)
    ]


def _deal_states(
    design: CohortDesign, conditions: list[str], rng: np.random.Generator
) -> list[tuple[str, float]]:
    """Choose the bad libraries: kind and severity of haemolysis for each library."""
    arms = [CONTROL, *(arm.condition for arm in design.arms)]
    free: dict[str, list[int]] = {arm: [] for arm in arms}
    for which in rng.permutation(len(conditions)).tolist():
        free[conditions[which]].append(which)
    states = [(GOOD, 0.0)] * len(conditions)
    for state, number in [
        (HAEMOLYSED, design.haemolysed),
        (FAILING, design.failing),
        (DAMAGED, design.damaged),
    ]:
        turn = 0
        for dealt in range(number):
            while not free[arms[turn % len(arms)]]:
                turn += 1
            severity = HAEMOLYSIS[dealt % len(HAEMOLYSIS)] if state == HAEMOLYSED else 0.0
            states[free[arms[turn % len(arms)]].pop()] = (state, severity)
            turn += 1
    return states


def sample_sheet(libraries: list[Library], fastq_folder: str) -> "pd.DataFrame":
    """Make the sample sheet of a cohort."""
    import pandas as pd

    return pd.DataFrame(
        {
            "sample": library.sample,
            "fastq": f"{fastq_folder}/{library.sample}.fastq.gz",
            "condition": library.condition,
            "subject": library.subject,
            "biofluid": "plasma",
            "isolation": "SEC",
            "protocol": library.protocol,
            "batch": library.batch,
            "age": library.age,
            "sex": library.sex,
            "stage": library.stage,
        }
        for library in libraries
    )


def contrast_sheet(design: CohortDesign) -> "pd.DataFrame":
    """Make the contrast sheet of a cohort: each cancer against the healthy controls."""
    import pandas as pd

    covariates = "protocol,batch,sex,age" if len(design.protocols) > 1 else "batch,sex,age"
    return pd.DataFrame(
        {
            "contrast": f"{arm.condition}_vs_{CONTROL}",
            "cancer": arm.cancer,
            "case": arm.condition,
            "control": CONTROL,
            "covariates": covariates,
        }
        for arm in design.arms
    )
