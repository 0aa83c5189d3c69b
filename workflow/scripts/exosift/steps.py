"""The steps of one library as commands, so that a user can run again what the workflow printed."""

import argparse
import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from exosift import PACKAGE
from exosift.settings.alignment import Alignment
from exosift.settings.quantification import IsomirRules
from exosift.settings.section import kinds
from exosift.settings.trimming import Trimming


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
    _add_count(commands)


def _step(commands: Any, name: str, summary: str, run: Any) -> argparse.ArgumentParser:
    step: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=summary)
    step.set_defaults(run=run)
    return step


def _settings(arguments: argparse.Namespace, *names: str) -> dict[str, Any]:
    """Pick the settings that were given; the function's own defaults serve for the others."""
    given = {name: getattr(arguments, name) for name in names}
    return {name: value for name, value in given.items() if value is not None}


def _add_count(commands: Any) -> None:
    step = _step(commands, "count", "Count one library, from its reads on.", _count)
    step.add_argument("fastq", nargs="+", type=Path, help="the lanes of the library")
    step.add_argument("--sample", required=True)
    step.add_argument("--protocol", required=True, help="a name in the table of protocols, or auto")
    step.add_argument("--protocols", type=Path, help="a table of your own protocols")
    step.add_argument("--index", type=Path, required=True, help="index of the transcripts")
    step.add_argument("--transcripts", type=Path, required=True, help="table of the transcripts")
    step.add_argument("--windows", type=Path, required=True, help="matures on the hairpins")
    step.add_argument("--features", type=Path, required=True, help="table of the matures")
    step.add_argument("--genome", type=Path, help="prefix of the genome's bowtie index")
    step.add_argument("--counts", type=Path, required=True, help="exact counts")
    step.add_argument("--summary", type=Path, required=True, help="JSON with the reads' fates")
    step.add_argument("--bam", type=Path, required=True)
    step.add_argument("--isomirs", type=Path, required=True, help="isomiRs by their variants")
    step.add_argument("--mirgff3", type=Path, required=True, help="isomiRs of all inserts")
    step.add_argument("--genome-bam", type=Path)
    for name, kind in (TRIMMING | LIBRARY | RULES).items():
        option = f"--{name.replace('_', '-')}"
        if kind is bool:
            step.add_argument(option, action=argparse.BooleanOptionalAction)
        elif isinstance(kind, tuple):
            step.add_argument(option, choices=kind)
        else:
            step.add_argument(option, type=kind)


TRIMMING = kinds(Trimming)
LIBRARY: dict[str, Any] = {
    **{"on_bad_sample": ("continue", "stop"), "on_contradiction": ("fail", "warn")},
    **{"deduplicate_umis": bool, **kinds(Alignment), "threads": int},
}
RULES = kinds(IsomirRules)
"""Settings of a step and what they are: a type, or the words to choose from."""


def _count(arguments: argparse.Namespace) -> None:
    from exosift.counting import References, Results, count_library
    from exosift.protocols import AUTO, SHIPPED, find_protocol, read_protocols

    own = arguments.protocols
    if arguments.protocol != AUTO:
        find_protocol(arguments.protocol, own)
    count_library(
        arguments.fastq,
        arguments.protocol,
        read_protocols(SHIPPED) | (read_protocols(own) if own else {}),
        References(
            *(arguments.index, arguments.transcripts, arguments.windows, arguments.features),
            genome=arguments.genome,
        ),
        Results(
            *(arguments.counts, arguments.summary, arguments.bam),
            *(arguments.isomirs, arguments.mirgff3),
            genome_bam=arguments.genome_bam,
        ),
        sample=arguments.sample,
        rules=IsomirRules(**_settings(arguments, *RULES)),
        **_settings(arguments, *TRIMMING, *LIBRARY),
    )
