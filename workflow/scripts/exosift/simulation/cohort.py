"""The libraries of a cohort, made side by side, with its sheets and its truth."""

from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from exosift.files import write_table
from exosift.simulation.design import (
    CONTROL,
    DAMAGED,
    EMBEDDED,
    FAILING,
    RUNS,
    CohortDesign,
    Library,
    contrast_sheet,
    plan_libraries,
    sample_sheet,
)
from exosift.simulation.expression import (
    Effect,
    Expression,
    Noise,
    library_weights,
    plan_effects,
    plan_expression,
)
from exosift.simulation.layouts import LAYOUTS
from exosift.simulation.library import DIMER, PLASMA, LibraryTruth, simulate_library
from exosift.simulation.sequencing import cut_in_half
from exosift.simulation.sources import References, Sources, load_sources, stream


def simulate_cohort(
    folder: str | Path,
    *,
    design: CohortDesign = EMBEDDED,
    references: References,
    seed: int = 1,
    processes: int = 2,
    sheets: bool = True,
) -> None:
    """Write FASTQ files, sheets and truth of a cohort into a folder.

    The bytes depend on design, references and seed alone, not on the number of processes.

    Makes `fastq/{sample}.fastq.gz`, `samples.tsv`, `contrasts.tsv` and `truth/`: `counts.tsv`
    (reads of each miRNA, isomiRs included, inserts of 15 nt or more), `fold_changes.tsv` and
    `samples.tsv` (reads per class).
    """
    folder = Path(folder)
    libraries = plan_libraries(design, seed)
    jobs = [(folder, library, design, references, seed) for library in libraries]
    plan_cohort(references, design, seed)
    if processes == 1:
        truths = [_make(*job) for job in jobs]
    else:
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            truths = list(pool.map(_make, *zip(*jobs, strict=True), chunksize=4))
    if sheets:
        write_table(sample_sheet(libraries, f"{folder.as_posix()}/fastq"), folder / "samples.tsv")
        write_table(contrast_sheet(design), folder / "contrasts.tsv")
    _write_truth(folder / "truth", design, libraries, truths, plan_cohort(references, design, seed))


@lru_cache(maxsize=1)
def plan_cohort(
    references: References, design: CohortDesign, seed: int
) -> tuple[Sources, Expression, list[Effect]]:
    """Read the references and plan what all libraries of a cohort share."""
    sources = load_sources(references)
    expression = plan_expression(
        sources,
        expressed=design.expressed,
        reads=design.mirna_reads,
        protocols=design.protocols,
        batches=list(RUNS),
        noise=design.noise,
        seed=seed,
    )
    effects = plan_effects(
        expression,
        conditions=[arm.condition for arm in design.arms],
        shared=design.shared,
        specific=design.specific,
        faint=design.faint,
        sizes=design.effect,
        reads=design.mirna_reads,
        seed=seed,
    )
    return sources, expression, effects


def _make(
    folder: Path, library: Library, design: CohortDesign, references: References, seed: int
) -> LibraryTruth:
    """Write one library of a cohort."""
    sources, expression, effects = plan_cohort(references, design, seed)
    rng = stream(seed, "library", library.sample)
    weights = library_weights(
        expression,
        effects,
        condition=library.condition,
        protocol=library.protocol,
        batch=library.batch,
        female=library.sex == "female",
        age=library.age,
        haemolysis=library.haemolysis,
        noise=design.noise,
        rng=rng,
        matures=len(sources.names),
    )
    path = folder / "fastq" / f"{library.sample}.fastq.gz"
    truth = simulate_library(
        path,
        sources=sources,
        layout=LAYOUTS[library.protocol],
        weights=weights,
        reads=library.reads,
        rng=rng,
        shares=_shares(library, design.noise, rng),
        error_rate=design.error_rate,
        run=RUNS[library.batch].in_lane(library.lane),
        index=library.index,
    )
    if library.state == DAMAGED:
        cut_in_half(path)
    return truth


def _shares(library: Library, noise: Noise, rng: np.random.Generator) -> Mapping[str, float]:
    """Vary the shares of the classes from library to library."""
    scale = np.exp(noise.classes * rng.normal(size=len(PLASMA)))
    shares = {kind: share * by for (kind, share), by in zip(PLASMA.items(), scale, strict=True)}
    if library.state == FAILING:
        dimers = 0.95
        rest = sum(shares.values()) - shares[DIMER] + 0.5
        shares = {kind: share * (1 - dimers) / rest for kind, share in shares.items()}
        shares[DIMER] = dimers
    return shares


def _write_truth(
    folder: Path,
    design: CohortDesign,
    libraries: list[Library],
    truths: list[LibraryTruth],
    plan: tuple[Sources, Expression, list[Effect]],
) -> None:
    import pandas as pd

    _, expression, effects = plan
    counts = pd.DataFrame(
        {
            library.sample: pd.Series(truth.counts)
            for library, truth in zip(libraries, truths, strict=True)
        },
        index=pd.Index(sorted(expression.names), name="mirna"),
    )
    counts = counts.fillna(0).astype(int)
    write_table(counts, folder / "counts.tsv", index=True)
    used = {
        arm.condition: [
            library.sample
            for library in libraries
            if library.condition in (arm.condition, CONTROL) and library.state != FAILING
        ]
        for arm in design.arms
    }
    cancer = {arm.condition: arm.cancer for arm in design.arms}
    table = pd.DataFrame(
        [
            {
                "mirna": effect.mirna,
                "cancer": cancer[effect.condition],
                "condition": effect.condition,
                "log2fc": effect.log2fc,
                "scope": effect.scope,
                "mean_reads": round(counts.loc[effect.mirna, used[effect.condition]].mean(), 1),
            }
            for effect in effects
        ],
        columns=["mirna", "cancer", "condition", "log2fc", "scope", "mean_reads"],
    )
    write_table(table, folder / "fold_changes.tsv")
    samples = pd.DataFrame(
        {
            **{
                key: value for key, value in asdict(library).items() if key not in ("lane", "index")
            },
            "reads": truth.reads,
            **truth.classes,
            "wrong_bases": truth.wrong_bases,
        }
        for library, truth in zip(libraries, truths, strict=True)
    )
    write_table(samples, folder / "samples.tsv")
