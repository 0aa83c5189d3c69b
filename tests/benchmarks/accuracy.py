"""Counts of simulated libraries of every kit over all human matures, against what is true of them.

    python tests/benchmarks/accuracy.py --reads 400000

Half of the matures are absent; there are isomiRs, base errors of 0.1%, and fragments of tRNA,
Y RNA, rRNA and U2; one library more has errors of 0.5%. The limits are held by
`tests/end_to_end/test_accuracy.py`.
"""

import argparse
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from tests.end_to_end import accuracy  # noqa: E402

GHOST_CPM = 5.0


def main() -> None:
    """Simulate, count, and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--reads", type=int, default=400_000)
    reads = parser.parse_args().reads
    sources = accuracy.human(REPOSITORY / "resources")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)

        def make(name: str, kit: str, **options: float) -> accuracy.SimulatedLibrary:
            path = folder / f"{name}.fastq.gz"
            return accuracy.simulate(path, kit, sources, reads=reads, **options)

        libraries = {kit: make(kit, kit) for kit in accuracy.LAYOUTS}
        libraries["errors"] = make("errors", "truseq", error_rate=0.005)
        results = accuracy.count(folder, libraries, REPOSITORY / "Snakefile")
        heading = ("kit", "miRNA reads", "recovered", "misplaced", "relative error", "ghosts")
        print(f"| {' | '.join(heading)} |")
        print("|---|--:|--:|--:|--:|---|")
        for name, library in libraries.items():
            found = accuracy.agreement(accuracy.counted(results, name, sources), library.readable)
            expected = accuracy.expected_ghosts(
                library.readable, set(sources.sequences), library.error_rate
            )
            ghosts = found.ghosts_above(GHOST_CPM, expected)
            names = [
                f"{sources.names[sources.sequences.index(one)].removeprefix('hsa-')} {number:.0f}"
                for one, number in ghosts.items()
            ]
            kit = "truseq, 0.5% errors" if name == "errors" else name
            print(
                f"| {kit} | {found.reads:,} | {found.recovered:.2%} | {found.misplaced:.3%} "
                f"| {found.relative_error:.2%} | {', '.join(names)} |"
            )


if __name__ == "__main__":
    main()
