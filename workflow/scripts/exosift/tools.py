"""What a run needs of the machine: programs and room on the disk, and what to do without them."""

import os
import shutil
from pathlib import Path

from exosift.errors import MachineError

BOWTIE = "Install bowtie 1.3 (Debian: apt-get install bowtie; conda: bowtie from bioconda)."
ENVIRONMENT = "It comes with exosift's Python environment: activate that, or `./run setup` first."

LEAST_ROOM = 64  # MiB; with less, jobs fail and cannot even write why into their logs
MIB = 1 << 20


def require_tools(*, genome: bool) -> None:
    """Make sure that the programs of a run are there, before any work is done.

    Parameters
    ----------
    genome
        Whether reads are sought in a genome.

    Raises
    ------
    MachineError
        With every program that is missing.
    """
    aligners = {"bowtie": BOWTIE, "bowtie-build": BOWTIE} if genome else {}
    missing = {
        name: advice
        for name, advice in {**aligners, "multiqc": ENVIRONMENT}.items()
        if shutil.which(name) is None
    }
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        advice = " ".join(dict.fromkeys(missing.values()))
        raise MachineError(f"{' and '.join(missing)} {verb} not on the PATH. {advice}")


def full_disk(folder: Path) -> str:
    """Say that there is no room left for the files of a run; "" while there is.

    Parameters
    ----------
    folder
        Any folder on the disk in question.
    """
    disk = os.statvfs(folder)
    room = disk.f_bavail * disk.f_frsize // MIB
    if disk.f_files and not disk.f_favail:
        what = "can hold no more files (it has no inodes left)"
    elif room < LEAST_ROOM:
        what = f"is full: {room} MiB are left"
    else:
        return ""
    return f"The disk of {folder.resolve()} {what}. Make room and run snakemake again."
