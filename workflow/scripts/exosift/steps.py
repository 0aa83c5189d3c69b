"""The steps of one library as commands, so that a user can run again what the workflow printed."""

import argparse
import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from exosift import PACKAGE


def options(settings: Mapping[str, Any]) -> str:
    """Write a section of the configuration as command-line options.

    Examples
    --------
    >>> options({"minimum_length": 15, "mismatched": False})
    '--minimum-length 15 --no-mismatched'
    """
    words = []
    for key, value in settings.items():
        name = key.replace("_", "-")
        if isinstance(value, bool):
            words.append(f"--{name}" if value else f"--no-{name}")
        else:
            words += [f"--{name}", shlex.quote(str(value))]
    return " ".join(words)


def let_commands_find_us() -> None:
    """Let `python -m exosift` in child processes find this package and its environment.

    Nothing needs to be installed, and the environment needs not be active: it may be called by
    the path of its programs alone.
    """
    _put_first("PYTHONPATH", str(PACKAGE.parent))
    _put_first("PATH", str(Path(sys.executable).parent))


def _put_first(variable: str, path: str) -> None:
    inherited = os.environ.get(variable, "").split(os.pathsep)
    os.environ[variable] = os.pathsep.join(dict.fromkeys([path, *filter(None, inherited)]))


def add_steps(commands: Any) -> None:
    """Add the steps to the command line."""
    _add_trim(commands)
    _add_align(commands)
    _add_align_to_genome(commands)
    _add_quantify(commands)


def _step(commands: Any, name: str, summary: str, run: Any) -> argparse.ArgumentParser:
    step: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=summary)
    step.set_defaults(run=run)
    return step


def _settings(arguments: argparse.Namespace, *names: str) -> dict[str, Any]:
    """Pick the settings that were given; the function's own defaults serve for the others."""
    given = {name: getattr(arguments, name) for name in names}
    return {name: value for name, value in given.items() if value is not None}


def _add_trim(commands: Any) -> None:
    step = _step(commands, "trim", "Trim and collapse one library to unique inserts.", _trim)
    step.add_argument("fastq", nargs="+", type=Path, help="the lanes of the library")
    step.add_argument("--sample", required=True)
    step.add_argument("--protocol", required=True, help="a name in the table of protocols")
    step.add_argument("--protocols", type=Path, help="a table of your own protocols")
    step.add_argument("--inserts", type=Path, required=True, help="FASTA (gzip) of unique inserts")
    step.add_argument("--summary", type=Path, required=True, help="JSON with the reads' fates")
    for name in ("minimum-overlap", "minimum-length", "maximum-length", "minimum-quality"):
        step.add_argument(f"--{name}", type=int)
    for name in ("error-rate", "low-quality-share", "low-complexity-share"):
        step.add_argument(f"--{name}", type=float)
    step.add_argument("--on-bad-sample", choices=("continue", "stop"))


def _trim(arguments: argparse.Namespace) -> None:
    from exosift.protocols import find_protocol
    from exosift.trimming import trim

    trim(
        arguments.fastq,
        find_protocol(arguments.protocol, arguments.protocols),
        arguments.inserts,
        arguments.summary,
        sample=arguments.sample,
        **_settings(
            arguments,
            *("error_rate", "minimum_overlap", "minimum_length", "maximum_length"),
            *("minimum_quality", "low_quality_share", "low_complexity_share", "on_bad_sample"),
        ),
    )


def _add_align(commands: Any) -> None:
    step = _step(commands, "align", "Align unique inserts to the transcript classes.", _align)
    step.add_argument("inserts", type=Path)
    step.add_argument("--sample", required=True)
    step.add_argument("--index", type=Path, required=True, help="prefix of the bowtie index")
    step.add_argument("--bam", type=Path, required=True)
    step.add_argument("--mismatches", type=int)
    step.add_argument("--longest-tail", type=int)


def _align(arguments: argparse.Namespace) -> None:
    from exosift.alignment import align

    align(
        arguments.inserts,
        arguments.index,
        arguments.bam,
        sample=arguments.sample,
        **_settings(arguments, "mismatches", "longest_tail"),
    )


def _add_align_to_genome(commands: Any) -> None:
    summary = "Align what no transcript class explains to a genome."
    step = _step(commands, "align-to-genome", summary, _align_to_genome)
    step.add_argument("transcripts", type=Path, help="BAM of the step align")
    step.add_argument("--sample", required=True)
    step.add_argument("--index", type=Path, required=True, help="prefix of the bowtie index")
    step.add_argument("--bam", type=Path, required=True)


def _align_to_genome(arguments: argparse.Namespace) -> None:
    from exosift.alignment import align_to_genome

    align_to_genome(arguments.transcripts, arguments.index, arguments.bam, sample=arguments.sample)


def _add_quantify(commands: Any) -> None:
    step = _step(commands, "quantify", "Count one library.", _quantify)
    step.add_argument("bam", type=Path)
    step.add_argument("--genome-bam", type=Path)
    step.add_argument("--summary", type=Path, required=True, help="JSON of the step trim")
    step.add_argument("--windows", type=Path, required=True, help="matures on the hairpins")
    step.add_argument("--counts", type=Path, required=True)
    step.add_argument("--totals", type=Path, required=True)
    for name in ("shift-5p", "shift-3p", "overlap"):
        step.add_argument(f"--{name}", type=int)
    step.add_argument("--mismatched", action=argparse.BooleanOptionalAction)
    step.add_argument("--ties", choices=("evidence", "equal"))


def _quantify(arguments: argparse.Namespace) -> None:
    from exosift.quantification import Rules, quantify

    quantify(
        arguments.bam,
        arguments.summary,
        arguments.windows,
        arguments.counts,
        arguments.totals,
        genome_bam=arguments.genome_bam,
        rules=Rules(
            **_settings(arguments, "shift_5p", "shift_3p", "overlap", "mismatched", "ties")
        ),
    )
