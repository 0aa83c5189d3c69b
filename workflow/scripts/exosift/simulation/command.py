"""`python -m exosift simulate`: its options, and what they start."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exosift.errors import UserError

if TYPE_CHECKING:
    from exosift.simulation.design import Arm, CohortDesign

RESOURCES = Path(__file__).resolve().parents[4] / "resources"
SITES = {"glioblastoma": "brain", "glioma": "brain"}
EMBEDDED_SEED = 4
EMBEDDED_FOLDER = Path("simulated")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the simulator; without any, it makes the embedded cohort."""
    parser.add_argument(
        "--output", type=Path, metavar="DIR",
        help="where FASTQs, sheets and truth go (default: simulated, or cohort if it is a new one)",
    )  # fmt: skip
    parser.add_argument(
        "--keep-sheets", action="store_true", help="write FASTQs and truth, but no sheets"
    )
    parser.add_argument(
        "--seed", type=int, default=EMBEDDED_SEED, help="another seed, another cohort"
    )
    parser.add_argument(
        "--processes", type=int, default=2, help="libraries made at one time (default: 2)"
    )
    cohort = parser.add_argument_group(
        "the cohort", "The defaults make the embedded cohort; other arms make a new one."
    )
    cohort.add_argument(
        "--cancers", nargs="+", metavar="NAME[=N]",
        help="conditions of the cases, such as lung=12; without =N as many as --per-arm",
    )  # fmt: skip
    cohort.add_argument("--per-arm", type=int, metavar="N", help="samples in each arm (12 if new)")
    cohort.add_argument("--controls", type=int, metavar="N", help="healthy controls")
    cohort.add_argument("--reads", type=int, nargs=2, metavar=("MIN", "MAX"), help="per library")
    cohort.add_argument("--kits", nargs="+", metavar="KIT", help="for example: truseq nextflex_v3")
    cohort.add_argument(
        "--effect", type=float, nargs=2, metavar=("MIN", "MAX"),
        help="smallest and largest |log2 fold change| planted",
    )  # fmt: skip
    cohort.add_argument("--expressed", type=int, metavar="N", help="miRNAs present")
    cohort.add_argument("--shared", type=int, metavar="N", help="miRNAs that differ in all cancers")
    cohort.add_argument(
        "--specific", type=int, metavar="N", help="that differ in each cancer alone"
    )
    cohort.add_argument(
        "--noise", type=float, metavar="X", help="times the usual variation; 0 is sampling alone"
    )
    cohort.add_argument(
        "--haemolysed", type=int, metavar="N", help="haemolysed libraries (0 if new)"
    )
    cohort.add_argument(
        "--failing", type=int, metavar="N", help="libraries of adapter dimers (0 if new)"
    )
    cohort.add_argument("--damaged", type=int, metavar="N", help="files that end half-way")
    sources = parser.add_argument_group("molecules", "FASTA files, plain or gzipped.")
    sources.add_argument("--hairpins", type=Path, metavar="FASTA", help="miRBase hairpins")
    sources.add_argument("--matures", type=Path, metavar="FASTA", help="miRBase matures")
    sources.add_argument("--trnas", type=Path, metavar="FASTA", help="genomic tRNAs")
    sources.add_argument(
        "--ncrnas", type=Path, nargs="*", metavar="FASTA", help="Y RNA, snRNA, rRNA and others"
    )


def run(args: argparse.Namespace) -> None:
    """Simulate the cohort that the options describe.

    Raises
    ------
    UserError
        If there can be no such cohort, or a reference is missing.
    """
    from exosift.simulation.cohort import simulate_cohort
    from exosift.simulation.sources import References

    shipped = References.shipped(RESOURCES)
    if args.processes < 1:
        raise UserError(f"--processes is {args.processes}; give 1 or more.")
    if args.seed < 0:
        raise UserError(f"--seed is {args.seed}; give 0 or more.")
    design = design_of(args)
    output = _output(args.output, design, args.seed)
    simulate_cohort(
        output,
        design=design,
        references=References(
            hairpins=args.hairpins or shipped.hairpins,
            matures=args.matures or shipped.matures,
            trnas=args.trnas or shipped.trnas,
            ncrnas=shipped.ncrnas if args.ncrnas is None else tuple(args.ncrnas),
        ),
        seed=args.seed,
        processes=args.processes,
        sheets=not args.keep_sheets,
    )
    print(f"The cohort is in {output}: fastq/, samples.tsv, contrasts.tsv, truth/.")


def _output(given: Path | None, design: "CohortDesign", seed: int) -> Path:
    """Keep new cohorts out of the folder in which the workflow makes the embedded one itself."""
    from exosift.simulation.design import CohortDesign

    embedded = design == CohortDesign() and seed == EMBEDDED_SEED
    if given is None:
        return EMBEDDED_FOLDER if embedded else Path("cohort")
    if given == EMBEDDED_FOLDER and not embedded:
        raise UserError(
            f"--output is {given}, where the workflow simulates the embedded cohort whenever a "
            "file of it is missing. Name another folder for this one."
        )
    return given


def design_of(args: argparse.Namespace) -> "CohortDesign":
    """Turn options into a design; those that were not given keep the embedded cohort's values.

    Bad libraries serve the embedded cohort. In one of other arms there are none unless asked for.
    """
    from exosift.simulation.design import EMBEDDED_ARMS, Arm, CohortDesign
    from exosift.simulation.expression import Noise

    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in {
            "reads": args.reads,
            "protocols": args.kits,
            "effect": args.effect,
            "expressed": args.expressed,
            "shared": args.shared,
            "specific": args.specific,
            "haemolysed": args.haemolysed,
            "failing": args.failing,
            "damaged": args.damaged,
            "controls": args.per_arm if args.controls is None else args.controls,
            "noise": None if args.noise is None else Noise().times(args.noise),
        }.items()
        if value is not None
    }
    arms: tuple[Arm, ...] = EMBEDDED_ARMS
    if args.cancers:
        arms = tuple(_arm(text, args.per_arm or 12) for text in args.cancers)
    elif args.per_arm is not None:
        arms = tuple(Arm(arm.condition, arm.cancer, args.per_arm) for arm in arms)
    if arms != EMBEDDED_ARMS or "controls" in given:
        given = {"haemolysed": 0, "failing": 0} | given
    return CohortDesign(arms=arms, **given)


def _arm(text: str, samples: int) -> "Arm":
    """Read `lung=12` or `lung`."""
    from exosift.simulation.design import Arm

    condition, _, number = text.partition("=")
    if number and not number.isdigit():
        raise UserError(f"--cancers has {text!r}. Write a name and a number, such as lung=12.")
    return Arm(condition, SITES.get(condition, condition), int(number) if number else samples)
