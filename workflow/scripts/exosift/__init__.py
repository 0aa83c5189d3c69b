"""exosift: exosomal miRNA biomarker candidates, one cancer at a time.

All science of the workflow lives here; nothing here knows Snakemake. Data walks one way:
FASTQ, unique inserts, alignments, counts, tests, candidates, reports.
"""

import hashlib
from functools import cache
from pathlib import Path

__version__ = "0.1.0"

PACKAGE = Path(__file__).parent


@cache
def fingerprint() -> str:
    """Hash the source of this package.

    Rules carry it as a parameter, since Snakemake sees an edit of a script but not of a package
    that the script imports: after an edit only the rules that use our Python run again.
    """
    digest = hashlib.sha256()
    for source in sorted(PACKAGE.rglob("*.py")):
        digest.update(source.relative_to(PACKAGE).as_posix().encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]
