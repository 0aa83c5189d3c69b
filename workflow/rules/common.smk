"""Common ground: the study that all rooms ask, opened and checked before the first job."""

import shlex
import sys

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

# Rules and scripts share one package. Snakemake puts workflow/scripts on the path of every script
# by itself; this does the same for the rules.
SCRIPTS = workflow.current_basedir.join("../scripts").get_path_or_uri(secret_free=True)
sys.path.insert(0, SCRIPTS)

import exosift
from exosift.errors import UserError
from exosift.steps import options
from exosift.study import FETCHED, RESOURCES, open_study, stamp

try:
    STUDY = open_study(config)
except UserError as error:
    raise WorkflowError(str(error)) from None
config.update(STUDY.config)

if workflow.is_main_process:
    for warning in STUDY.warnings:
        logger.warning(warning)

# Steps of one library are commands that a user can run again by hand.
EXOSIFT = f"PYTHONPATH={shlex.quote(SCRIPTS)} python -m exosift"

# An edit of the package is invisible to Snakemake; as a parameter it reruns what uses it.
CODE = exosift.fingerprint()


wildcard_constraints:
    sample="[A-Za-z0-9][A-Za-z0-9._-]*",
    contrast="[A-Za-z0-9][A-Za-z0-9._-]*",
    cancer="[A-Za-z0-9][A-Za-z0-9._-]*",


def lanes(wildcards):
    """FASTQ files of one library."""
    return STUDY.lanes(wildcards.sample)


def lane_stamps(wildcards):
    """Size and time of the FASTQ files, so that a file replaced by an older one is seen."""
    return [stamp(lane) for lane in STUDY.lanes(wildcards.sample)]
