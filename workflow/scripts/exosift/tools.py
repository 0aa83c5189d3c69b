"""The programs that the workflow calls beside itself, and what to do where they are missing."""

import shutil

from exosift.errors import MachineError

BOWTIE = "Install bowtie 1.3 (Debian: apt-get install bowtie; conda: bowtie from bioconda)."
ENVIRONMENT = "It comes with exosift's Python environment: activate that, or `./run setup` first."


def require_tools(*, from_counts: bool) -> None:
    """Make sure that the programs of a run are there, before any work is done.

    Parameters
    ----------
    from_counts
        The run starts from a count matrix: nothing is aligned.

    Raises
    ------
    MachineError
        With every program that is missing.
    """
    aligners = {} if from_counts else {"bowtie": BOWTIE, "bowtie-build": BOWTIE}
    missing = {
        name: advice
        for name, advice in {**aligners, "multiqc": ENVIRONMENT}.items()
        if shutil.which(name) is None
    }
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        advice = " ".join(dict.fromkeys(missing.values()))
        raise MachineError(f"{' and '.join(missing)} {verb} not on the PATH. {advice}")
