"""The time and memory of a cohort's matrices, from tables that are made up.

Usage: python tests/benchmarks/matrices.py [LIBRARIES] [FOLDER]

Makes the tables of LIBRARIES libraries (default 1000), each with about 1,500 rows of counts and
8,000 of isomiRs, puts them into matrices as the rule merge_counts does, in a process of its own,
and prints its seconds and peak memory. Every fifth miRNA row holds a fraction, as ties between
miRNAs make them, and every tenth row of an isomiR.
"""

import json
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from exosift.isomir_matrices import merge_isomirs
from exosift.library_tables import COUNT_COLUMNS, ISOMIR_COLUMNS
from exosift.merging import Limits, merge

MIRNAS = 2600
PER_LIBRARY = {"miRNA": 900, "tRNA": 400, "Y_RNA": 20, "snRNA": 30, "rRNA": 50, "vector": 100}
FEATURES = {"miRNA": MIRNAS, "tRNA": 450 * 6, "Y_RNA": 40, "snRNA": 60, "rRNA": 80, "vector": 2800}
ISOMIRS = 8000
POOL = 60_000
"""Variants among which libraries find theirs; common ones are found by all."""
KINDS = ("5p_half", "3p_half", "tRF-5", "tRF-3", "i-tRF", "whole")


def make(folder: Path, libraries: int) -> None:
    """Write the tables."""
    draw = random.Random(1)
    pool = [
        f"hsa-miR-{at % MIRNAS}-5p\tiso_3p:{at // MIRNAS // 7:+d},iso_5p:{shift:+d}\t{shift}"
        for at, shift in ((at, at // MIRNAS % 7 - 3) for at in range(POOL))
    ]
    for number in range(libraries):
        name = f"s{number:04}"
        mirnas = write_isomirs(folder / f"{name}.isomirs.tsv", pool, draw)
        classes = write_counts(folder / f"{name}.tsv", mirnas, draw) | {"unmapped": 1000}
        told = {"sample": name, "status": "ok", "reason": "", "fates": {}, "classes": classes}
        told["reads_in"] = sum(classes.values())
        (folder / f"{name}.json").write_text(json.dumps(told))
    (folder / "features.tsv").write_text(
        "mirna\tsequence\n" + "".join(f"hsa-miR-{at}-5p\tACGT\n" for at in range(MIRNAS))
    )


def write_isomirs(path: Path, pool: Sequence[str], draw: random.Random) -> int:
    """Write the isomiRs of a library, each tenth with half a read too many; give their reads."""
    found = {int(POOL * draw.random() ** 3) for _ in range(2 * ISOMIRS)}
    halves = 0
    with path.open("w") as table:
        table.write("\t".join(ISOMIR_COLUMNS) + "\n")
        for at, row in enumerate(sorted(found)[:ISOMIRS]):
            reads = 2 * int(draw.lognormvariate(3, 2)) + 2 + (at % 10 == 0)
            halves += reads
            table.write(f"{pool[row]}\t{f'{reads}/2' if reads % 2 else reads // 2}\t2\n")
    return halves // 2


def write_counts(path: Path, mirnas: int, draw: random.Random) -> dict[str, int]:
    """Write the counts of a library with so many reads of miRNA; give the reads by class."""
    classes = {}
    with path.open("w") as table:
        table.write("\t".join(COUNT_COLUMNS) + "\n")
        for rna, rows in PER_LIBRARY.items():
            reads = [int(draw.lognormvariate(3, 2)) + 1 for _ in range(rows)]
            if rna == "miRNA":
                reads[0] += mirnas - sum(reads)
            classes[rna] = sum(reads)
            for at, feature in enumerate(draw.sample(range(FEATURES[rna]), rows)):
                share = str(reads[at])
                if rna == "miRNA" and at % 5 == 0 and at + 1 < rows:
                    share = f"{reads[at] * 1_000_000 + (17 if at % 10 else -17)}/1000000"
                kind = KINDS[feature % 6] if rna == "tRNA" else ""
                number = feature // 6 if rna == "tRNA" else feature
                label = f"hsa-miR-{number}-5p" if rna == "miRNA" else f"{rna}-{number}"
                table.write("\t".join([rna, label, kind, share, "3", "0", "0", "1", "1"]) + "\n")
    return classes


def put_together(folder: Path) -> None:
    """Do what the rule merge_counts does, and print what it took."""
    tables = sorted(path for path in folder.glob("s*.tsv") if "isomirs" not in path.name)
    totals = [path.with_suffix(".json") for path in tables]
    start = time.perf_counter()
    out = {name: folder / "out" / f"{name}.tsv" for name in OUTPUTS}
    moved = merge(
        tables,
        totals,
        folder / "features.tsv",
        Limits(),
        **out,
        class_matrices={
            rna: folder / "out" / f"{rna.lower()}_counts.tsv"
            for rna in PER_LIBRARY
            if rna != "miRNA"
        },
    )
    between = time.perf_counter()
    merge_isomirs(
        [path.with_suffix(".isomirs.tsv") for path in tables],
        totals,
        moved,
        10,
        isomir_counts=folder / "out" / "isomir_counts.tsv",
        seed_isomir_counts=folder / "out" / "seed_isomir_counts.tsv",
    )
    end = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(tables)} libraries: counts {between - start:.1f} s, isomiRs {end - between:.1f} s")
    print(
        f"together {end - start:.1f} s ({time.process_time():.1f} s of CPU), "
        f"peak memory {peak:.0f} MB"
    )


OUTPUTS = ("mirna_counts", "mirna_cpm", "fragment_derived", "feature_table", "class_counts")


def main(libraries: int = 1000, folder: str = "") -> None:
    """Make tables and measure."""
    with tempfile.TemporaryDirectory(dir=folder or None) as made:
        place = Path(made)
        make(place, libraries)
        child = os.fork()
        if child == 0:
            put_together(place)
            os._exit(0)
        os.waitpid(child, 0)
        size = sum(path.stat().st_size for path in place.rglob("*") if path.is_file()) / 1e6
        rows = sum(1 for _ in (place / "out" / "isomir_counts.tsv").open())
        print(f"{size:.0f} MB of tables, {rows - 1} rows of isomiRs")


if __name__ == "__main__":
    main(*(int(one) if one.isdigit() else one for one in sys.argv[1:]))
