"""From FASTQ to counts against the speed at which the same file can be decompressed.

    python tests/benchmarks/counting.py --sizes 1 5 20 --rounds 5

Simulates plasma libraries (millions of 50 nt reads) and a diverse one, keeps them in --folder, and
measures whole processes, start-up included: `igzip -dc` (Debian isal), trimming and collapsing
alone, the whole step with one thread and with two, and the same made by hand of Debian's tools:
`fastp | awk | bowtie -v 1 -a --best --strata`. They run in turn; the tables hold the medians over
the rounds, and of the ratios within each round. Then come where the CPU seconds of the step go,
several libraries side by side, and what Snakemake adds for each further library. What is not
installed is left out, and named.
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from measuring.libraries import library
from measuring.processes import REPOSITORY, Usage, rounds, run, table

IGZIP = "igzip -dc"
MILLION = 1_000_000

TRIM = """
import sys
from pathlib import Path
from exosift.protocols import find_protocol
from exosift.trimming import trim
told, inserts = trim([Path(sys.argv[1])], find_protocol("truseq", None), sample="s")
inserts.ranked()
"""
PROFILE = """
import json, sys, time
begun = time.process_time()
from exosift import counting
from exosift.__main__ import main
spent = {"start": time.process_time() - begun}
def watched(name, work):
    def timed(*given, **named):
        start = time.process_time()
        try:
            return work(*given, **named)
        finally:
            spent[name] = spent.get(name, 0.0) + time.process_time() - start
    return timed
for name in json.loads(sys.argv[1]):
    setattr(counting, name, watched(name, getattr(counting, name)))
main(sys.argv[3:])
spent["all"] = time.process_time()
with open(sys.argv[2], "w") as out:
    json.dump(spent, out)
"""
ROOMS = {
    "identify": "look at the first reads",
    "trim": "decompress, trim, collapse",
    "load_transcriptome": "load the index",
    "read_annotation": "load the annotation",
    "match": "match",
    "call": "call",
    "Quantification": "",
    "write_bam": "write the BAM file",
    "write_counts": "share ties, write the counts",
    "find_isomirs": "find isomiRs",
    "write_isomirs": "write the table of isomiRs",
    "write_mirgff3": "write mirGFF3",
}
"""Functions that `exosift.counting` calls, and what they do."""


def references(folder: Path) -> Path:
    """Let the workflow make the references in a folder, and a bowtie index beside them."""
    place = study(folder, {})
    here = place / "results" / "references"
    run([*snakemake(), "results/references/index", "results/references/features.tsv"], place)
    if shutil.which("bowtie-build") and not (here / "bowtie.1.ebwt").exists():
        run(["bowtie-build", "--quiet", here / "transcripts.fa", here / "bowtie"])
    return here


def snakemake() -> list[str]:
    """Begin a command line of the workflow."""
    words = ["-m", "snakemake", "--snakefile", str(REPOSITORY / "Snakefile"), "--cores", "2"]
    return [sys.executable, *words]


def study(folder: Path, libraries: dict[str, Path]) -> Path:
    """Write the configuration and the sheets of a run."""
    config = folder / "config"
    config.mkdir(parents=True, exist_ok=True)
    sheets = {name: f"config/{name}.tsv" for name in ("samples", "contrasts")}
    (config / "config.yaml").write_text(json.dumps(sheets))
    (config / "contrasts.tsv").write_text("contrast\tcancer\tcase\tcontrol\tcovariates\n")
    rows = [f"{name}\t{path}\thealthy\ttruseq" for name, path in libraries.items()]
    head = "sample\tfastq\tcondition\tprotocol"
    if not rows:  # the workflow wants one library at least; it is not read
        (folder / "none.fastq").write_text("@r\nA\n+\nF\n")
        rows = ["none\tnone.fastq\thealthy\ttruseq"]
    (config / "samples.tsv").write_text("\n".join([head, *rows]) + "\n")
    return folder


def step(fastq: Path, made: Path, folder: Path, threads: int = 1) -> list[str]:
    """Write the options of the step that counts a library."""
    outputs = {
        "counts": "counts.tsv",
        "summary": "summary.json",
        "bam": "library.bam",
        "isomirs": "isomirs.tsv",
        "mirgff3": "isomirs.gff3",
    }
    words = ["count", "--sample", "s", "--protocol", "truseq", "--threads", str(threads)]
    for name in ("transcripts", "windows", "features"):
        words += [f"--{name}", str(made / f"{name}.tsv")]
    words += ["--index", str(made / "index")]
    for name, file in outputs.items():
        words += [f"--{name}", str(folder / file)]
    return [*words, str(fastq)]


def by_hand(fastq: Path, made: Path, folder: Path, threads: int) -> list[str]:
    """Write the pipeline that one would make of Debian's tools."""
    script = (
        f"fastp -i {fastq} --stdout -w {threads} -a TGGAATTCTCGGGTGCCAAGG -l 15 --max_len1 50 "
        f"-j {folder}/fastp.json -h {folder}/fastp.html 2>/dev/null | "
        'awk \'NR % 4 == 2 { n[$0]++ } END { for (s in n) print ">" ++k "_x" n[s] "\\n" s }\' | '
        f"bowtie -v 1 -a --best --strata --norc -p {threads} -f -S -x {made}/bowtie - "
        f"> {folder}/hand.sam 2>/dev/null"
    )
    return ["bash", "-c", f"set -o pipefail; {script}"]


def exosift(*words: str) -> list[str]:
    """Begin a command line of exosift."""
    return [sys.executable, "-m", "exosift", *words]


def missing(*programs: str) -> list[str]:
    """Name the programs that are not installed."""
    return [name for name in programs if not shutil.which(name)]


def compare(fastq: Path, made: Path, number: int, peers: bool) -> dict[str, list[Usage]]:
    """Measure all commands on a library."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        commands: dict[str, Sequence[str | Path]] = {
            IGZIP: ["igzip", "-dc", fastq],
            "trim and collapse": [sys.executable, "-c", TRIM, fastq],
            "count, 1 thread": exosift(*step(fastq, made, folder)),
            "count, 2 threads": exosift(*step(fastq, made, folder, 2)),
        }
        if peers and not missing("fastp", "bowtie"):
            commands["fastp -w 2"] = ["fastp", "-w", "2", "-i", fastq, "--stdout"]
            commands["fastp -w 2"] += ["-j", folder / "a.json", "-h", folder / "a.html"]
            commands["by hand, 1 thread"] = by_hand(fastq, made, folder, 1)
            commands["by hand, 2 threads"] = by_hand(fastq, made, folder, 2)
        run(commands["count, 1 thread"])  # files and byte code come into the cache
        return rounds(commands, number)


def profile(fastq: Path, made: Path) -> str:
    """Write a table of where the CPU seconds of the step go."""
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "spent.json"
        rooms = json.dumps(list(ROOMS))
        run([sys.executable, "-c", PROFILE, rooms, out, *step(fastq, made, Path(name))])
        spent = json.loads(out.read_text())
        inserts = json.loads((Path(name) / "summary.json").read_text())["unique_inserts"]
    lines = [
        f"{inserts:,} unique inserts.",
        "",
        "| part | CPU s |",
        "|---|--:|",
        f"| start Python, import | {spent['start']:.2f} |",
    ]
    told = spent["start"]
    for room, what in ROOMS.items():
        if what:
            lines.append(f"| {what} | {spent.get(room, 0.0):.2f} |")
            told += spent.get(room, 0.0)
    rest = spent["all"] - told
    return "\n".join([*lines, f"| the rest | {rest:.2f} |", f"| **all** | {spent['all']:.2f} |"])


def side_by_side(fastq: Path, made: Path) -> str:
    """Compare two libraries at once, one thread each, with one after another, two threads each."""
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name) / side for side in "ab"]
        for folder in folders:
            folder.mkdir()
        together = [" ".join(exosift(*step(fastq, made, folder))) for folder in folders]
        in_turn = [" ".join(exosift(*step(fastq, made, folder, 2))) for folder in folders]
        at_once = run(["bash", "-c", f"{together[0]} & {together[1]}; wait"])
        one_by_one = run(["bash", "-c", " && ".join(in_turn)])
    return (
        f"Two libraries at once, one thread each: {at_once.wall:.2f} s; one after the other, two "
        f"threads each: {one_by_one.wall:.2f} s."
    )


def engine(folder: Path, made: Path, libraries: int) -> str:
    """Say what Snakemake adds for each further library: n and 2n of them, and the bare commands."""
    tiny = library(folder, 2000)
    taken = {}
    with tempfile.TemporaryDirectory() as name:
        place = study(Path(name), {})
        targets = ["results/references/index", "results/references/features.tsv"]
        run([*snakemake(), *targets], place)
        done = 0
        for number in (1, libraries, 2 * libraries):
            names = {
                f"s{one:03}": place / f"s{one:03}.fastq.gz" for one in range(done, done + number)
            }
            for copy in names.values():
                shutil.copy(tiny, copy)
            done += number
            study(place, names)
            wanted = [f"results/quantified/{one}.tsv" for one in names]
            taken[number] = run([*snakemake(), *wanted], place)
        bare = [run(exosift(*step(tiny, made, place))) for _ in range(libraries)]
    with_engine = (taken[2 * libraries].cpu - taken[libraries].cpu) / libraries
    alone = sum(one.cpu for one in bare) / libraries
    return (
        f"A workflow of {libraries} tiny libraries takes {taken[libraries].cpu:.1f} s of CPU, of "
        f"{2 * libraries} {taken[2 * libraries].cpu:.1f} s: {with_engine:.2f} s for each further "
        f"one, of which the bare command takes {alone:.2f} s and Snakemake "
        f"{with_engine - alone:.2f} s. One library takes {taken[1].cpu:.1f} s."
    )


def main() -> None:
    """Make the libraries, run the rounds, print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--sizes", nargs="*", type=float, default=[1, 5], help="millions of reads")
    parser.add_argument("--diverse", type=float, default=5, help="millions of reads; 0: leave out")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--libraries", type=int, default=6, help="for Snakemake; 0: leave out")
    parser.add_argument("--no-peers", action="store_true", help="leave out what is made by hand")
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "exosift_benchmark"
    )
    given = parser.parse_args()
    if missing("igzip"):
        raise SystemExit("igzip is not there: apt-get install isal.")
    if not given.no_peers and (lacking := missing("fastp", "bowtie")):
        print(f"{' and '.join(lacking)} not there (apt-get install): nothing is made by hand.")
    made = references(given.folder / "references")
    for millions in given.sizes:
        fastq = library(given.folder, round(millions * MILLION))
        print(f"\n### {millions:g} million reads, {fastq.stat().st_size / 1e6:.0f} MB\n")
        print(table(compare(fastq, made, given.rounds, not given.no_peers), IGZIP), flush=True)
        print(f"\n{profile(fastq, made)}", flush=True)
    if given.sizes:
        print(f"\n{side_by_side(fastq, made)}", flush=True)
    if given.diverse:
        fastq = library(given.folder, round(given.diverse * MILLION), diverse=True)
        print(f"\n### {given.diverse:g} million reads, nearly all different\n")
        print(table(compare(fastq, made, 1, peers=False), IGZIP), flush=True)
    if given.libraries:
        print(f"\n{engine(given.folder, made, given.libraries)}")


if __name__ == "__main__":
    main()
