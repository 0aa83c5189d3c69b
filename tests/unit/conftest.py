"""What several unit tests share: libraries of every kit, simulated once in a session."""

from dataclasses import replace

import pytest
from exosift.protocols import SHIPPED
from exosift.simulation.expression import random_weights
from exosift.simulation.layouts import LAYOUTS, NOVASEQ
from exosift.simulation.library import simulate_library
from exosift.simulation.sources import References, load_sources, stream


@pytest.fixture(scope="session")
def shipped_sources():
    """The molecules of the shipped references."""
    return load_sources(References.shipped(SHIPPED.parent))


@pytest.fixture(scope="session")
def matures(shipped_sources):
    """The sequences of the shipped matures."""
    return shipped_sources.sequences


@pytest.fixture(scope="session")
def simulated_library(shipped_sources, tmp_path_factory):
    """Simulate the reads of a library, once for each kind of it."""
    folder = tmp_path_factory.mktemp("libraries")
    made = {}

    def simulate(layout, *, reads=4000, cycles=51, **options):
        key = (layout, reads, cycles, repr(options))
        if key not in made:
            rng = stream(5, repr(key))
            path = folder / f"{len(made)}.fastq.gz"
            simulate_library(
                path,
                sources=shipped_sources,
                layout=LAYOUTS.get(layout, layout),
                weights=random_weights(shipped_sources, rng),
                reads=reads,
                rng=rng,
                run=replace(NOVASEQ, read_length=cycles),
                **options,
            )
            made[key] = path
        return made[key]

    return simulate


@pytest.fixture
def as_fastq(tmp_path):
    """Write sequences as a FASTQ file."""

    def write(sequences, name="reads.fastq"):
        path = tmp_path / name
        records = (f"@{n}\n{seq}\n+\n{'I' * len(seq)}\n" for n, seq in enumerate(sequences))
        path.write_text("".join(records))
        return path

    return write
