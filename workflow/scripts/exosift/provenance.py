"""Provenance: what a run used and what it made, so that it can be told and verified later."""

import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from exosift import __version__
from exosift.errors import UserError
from exosift.files import read_json, sha256, write_json
from exosift.genome import bowtie_version

LIBRARIES = (
    *("snakemake", "pysam", "numpy", "numba", "isal", "pandas", "scipy", "biopython"),
    *("edgepython", "pylimma", "pydeseq2", "scikit-learn", "joblib", "jinja2", "multiqc"),
)

DAMAGED = 3


def versions(*, bowtie: bool) -> dict[str, str]:
    """Tell the versions of exosift, Python, the tools and the libraries of this run."""
    found = {"exosift": __version__, "python": platform.python_version()}
    if bowtie:
        found["bowtie"] = bowtie_version()
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found


def write_record(
    record: Path,
    *,
    config: Mapping[str, Any],
    sheets: Sequence[Path],
    inputs: Iterable[Path],
    references: Sequence[Path],
    outputs: Sequence[Path],
    genome: bool = False,
) -> None:
    """Write the record of a run.

    Parameters
    ----------
    record
        Where the JSON goes, in the folder of the results.
    config
        The merged configuration.
    sheets
        Sample sheet, contrast sheet, or a count matrix: hashed here.
    inputs
        Summaries of the libraries, which hold the checksums of the FASTQ files.
    references
        The reference files that were used.
    outputs
        What the run made; `verify` compares them later.
    genome
        Whether reads were sought in a genome, with bowtie.
    """
    fastq = [lane for summary in inputs for lane in read_json(summary)["fastq"]]
    folder = record.parent
    write_json(
        {
            "versions": versions(bowtie=genome),
            "config": config,
            "inputs": [*({"path": str(p), "sha256": sha256(p)} for p in sheets), *fastq],
            "references": [{"path": p.name, "sha256": sha256(p)} for p in references],
            "outputs": {str(p.relative_to(folder)): sha256(p) for p in sorted(outputs)},
        },
        record,
    )


def verify(record: Path) -> int:
    """Compare the files of a finished run with its record.

    Returns
    -------
    0 if all files are as the run left them, else 3; what differs is printed.

    Raises
    ------
    UserError
        If there is no record, or what is there is none.
    """
    told = _read_record(record)
    complaints = []
    for name, expected in told["outputs"].items():
        path = record.parent / name
        if not path.is_file():
            complaints.append(f"{path} is gone.")
        elif sha256(path) != expected:
            complaints.append(f"{path} was changed after the run.")
    for lane in told["inputs"]:
        path = Path(lane["path"])
        if path.is_file() and sha256(path) != lane["sha256"]:
            complaints.append(f"{path}, an input, is not the file that the run read.")
    for complaint in complaints:
        print(complaint)
    if complaints:
        print("Delete the changed files and run snakemake again to make them anew.")
        return DAMAGED
    print(f"All {len(told['outputs'])} files are as the run left them.")
    return 0


def _read_record(record: Path) -> dict[str, Any]:
    if not record.is_file():
        raise UserError(f"There is no {record}. Name the run.json of a finished run.")
    try:
        told = read_json(record)
    except ValueError as error:
        raise UserError(f"{record} is damaged: {error}. Run snakemake again.") from None
    if not isinstance(told, dict) or not {"inputs", "outputs"} <= told.keys():
        raise UserError(f"{record} is no record. Name the run.json of a finished run.")
    return told
