"""Common ground: the study that all rooms ask, opened and checked before the first job."""

import sys

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

# Rules and scripts share one package. Snakemake puts workflow/scripts on the path of every script
# by itself; this does the same for the rules.
SCRIPTS = workflow.current_basedir.join("../scripts").get_path_or_uri(secret_free=True)
sys.path.insert(0, SCRIPTS)

from exosift.errors import UserError
from exosift.fingerprints import fingerprint, set_time_of_scripts
from exosift.reference_files import FETCHED, own_files
from exosift.steps import let_commands_find_us, options
from exosift.study import open_study, stamp
from exosift.tools import full_disk, require_tools
from exosift.yaml_keys import check_repeated_keys

try:
    # Snakemake has read these files already, and of a key that stands twice kept the last alone.
    for configuration in workflow.configfiles:
        check_repeated_keys(configuration)
    STUDY = open_study(config)
except UserError as error:
    raise WorkflowError(str(error)) from None
config.update(STUDY.config)

if workflow.is_main_process:
    for warning in STUDY.warnings:
        logger.warning(warning)

# Steps of one library are commands, `python -m exosift ...`, that a user can run again by hand.
let_commands_find_us()

# What is shipped is neither an input nor a path among the parameters: each step finds it by itself,
# and its fingerprint holds the checksum. So a second clone of the workflow reruns nothing.
REPORT = Path(SCRIPTS).parent / "report"
set_time_of_scripts()


onstart:
    # Neither a dry run nor jobs with environments of their own need the tools here.
    if not workflow.deployment_settings.deployment_method:
        try:
            require_tools(genome=bool(STUDY.genome))
        except UserError as error:
            raise WorkflowError(str(error)) from None


onerror:
    # A full disk leaves empty logs, so it must be told here.
    if full_disk(Path.cwd()):
        logger.error(full_disk(Path.cwd()))


wildcard_constraints:
    sample="[A-Za-z0-9][A-Za-z0-9._-]*",
    contrast="[A-Za-z0-9][A-Za-z0-9._-]*",
    cancer="[A-Za-z0-9][A-Za-z0-9._-]*",


def lanes(wildcards):
    """FASTQ files of one library."""
    return STUDY.lanes(wildcards.sample)


def genome_options(wildcards, input, output):
    """What the counting of a library is told of the genome, if there is one."""
    if not STUDY.genome:
        return ""
    return options({"genome": f"{input.genome}/genome", "genome_bam": output.genome_bam})


def lane_stamps(wildcards):
    """Size and time of the FASTQ files, so that a file replaced by an older one is seen."""
    return [stamp(lane) for lane in STUDY.lanes(wildcards.sample)]


PANEL_TABLES = ("markers", "folds", "stability", "roc", "scores", "permutations")


def results_of_contrast(name):
    """Everything that the rooms made of one contrast, but for its frozen panel."""
    ways = [
        *(f"differential_expression/{name}.{ending}" for ending in ("tsv", "json")),
        f"confounding/{name}.json",
        *(f"confounding/{name}/{table}.tsv" for table in ("covariates", "mirnas")),
        *(f"candidates/{name}.{ending}" for ending in ("tsv", "json")),
        f"panels/{name}.json",
        *(f"panels/{name}/{table}.tsv" for table in PANEL_TABLES),
    ]
    if STUDY.config["validation"]["counts"]:
        ways += [f"validation/{name}.{ending}" for ending in ("json", "tsv")]
    return [f"<results>/{way}" for way in ways]


RESULTS_OF_CONTRASTS = [
    path for contrast in STUDY.contrasts for path in results_of_contrast(contrast.name)
]


def results_of_cancer(wildcards):
    """The same of all contrasts of one cancer."""
    contrasts = STUDY.contrasts_of(wildcards.cancer)
    return [path for contrast in contrasts for path in results_of_contrast(contrast.name)]
