"""The command line: `python -m exosift`."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from exosift import __version__
from exosift.errors import MachineError, SampleError, UserError
from exosift.steps import add_steps

STATUS = {
    0: "done",
    2: "the configuration or a sheet is wrong",
    3: "data are damaged or were changed",
    4: "a contrast is refused: its design cannot answer",
    5: "this machine lacks something",
}
"""What the exit status means."""

BLAME = {SampleError: 3, MachineError: 5}
"""Status by what a letter to the user is about; others are about the configuration or a sheet."""

INTERRUPTED = 130
"""What shells give a command that Ctrl-C ended."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; mistakes of the user are told as a letter, without a traceback."""
    given = _parser().parse_args(arguments)
    try:
        status = int(given.run(given) or 0)
        sys.stdout.flush()
        return status
    except UserError as error:
        print(error, file=sys.stderr)
        return next((status for kind, status in BLAME.items() if isinstance(error, kind)), 2)
    except BrokenPipeError:
        # The reader of our output went away (`| head`); nothing is left to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print(f"{error.filename or 'This machine'}: {error.strerror or error}.", file=sys.stderr)
        return 5
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="exosift",
        description="Exosomal miRNA biomarker candidates. Run the workflow itself with snakemake.",
        epilog="Exit status: " + "; ".join(f"{code} {text}" for code, text in STATUS.items()),
    )
    parser.add_argument("--version", action="version", version=f"exosift {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_check(commands)
    _add_init(commands)
    _add_simulate(commands)
    _add_verify(commands)
    _add_compile(commands)
    _add_schema(commands)
    add_steps(commands)
    return parser


def _add_check(commands: argparse._SubParsersAction) -> None:
    text = "Check the configuration, the sheets, the files and the designs, in a second."
    command = commands.add_parser("check", help=text, description=text)
    command.add_argument("--config", type=Path, default=Path("config/config.yaml"))
    command.set_defaults(run=_check)


def _check(arguments: argparse.Namespace) -> int:
    from exosift.check import check

    return check(arguments.config)


def _add_init(commands: argparse._SubParsersAction) -> None:
    text = "Write a sample sheet by looking at a folder of FASTQ files."
    command = commands.add_parser("init", help=text, description=text)
    command.add_argument("folder", type=Path)
    command.add_argument("--output", type=Path, default=Path("config/samples.tsv"))
    command.add_argument("--force", action="store_true", help="replace a sheet that is there")
    command.set_defaults(run=_init)


def _init(arguments: argparse.Namespace) -> None:
    from exosift.init import write_sample_sheet

    write_sample_sheet(arguments.folder, arguments.output, force=arguments.force)


def _add_simulate(commands: argparse._SubParsersAction) -> None:
    from exosift.simulation import add_arguments, run

    text = "Simulate libraries with known truth."
    command = commands.add_parser("simulate", help=text, description=text)
    add_arguments(command)
    command.set_defaults(run=run)


def _add_verify(commands: argparse._SubParsersAction) -> None:
    text = "Compare the files of a finished run with the checksums in its run.json."
    command = commands.add_parser("verify", help=text, description=text)
    command.add_argument("record", type=Path, nargs="?", default=Path("results/run.json"))
    command.set_defaults(run=_verify)


def _verify(arguments: argparse.Namespace) -> int:
    from exosift.provenance import verify

    return verify(arguments.record)


def _add_compile(commands: argparse._SubParsersAction) -> None:
    text = "Compile what is compiled at first use, so that no run waits for it."
    command = commands.add_parser("compile", help=text, description=text)
    command.set_defaults(run=_compile)


def _compile(_: argparse.Namespace) -> None:
    from exosift.differential_expression import warm_up
    from exosift.kernel import compile_kernel

    compile_kernel()
    warm_up()


def _add_schema(commands: argparse._SubParsersAction) -> None:
    text = "Write the schema of the configuration: each key with type, bounds, default and meaning."
    command = commands.add_parser("schema", help=text, description=text)
    command.set_defaults(run=_schema)


def _schema(_: argparse.Namespace) -> None:
    from exosift.settings.schema import as_yaml

    sys.stdout.write(as_yaml())


if __name__ == "__main__":
    sys.exit(main())
