"""exosift: exosomal miRNA biomarker candidates, one cancer at a time.

All science of the workflow lives here; nothing here knows Snakemake. Data walks one way:
FASTQ, unique inserts, alignments, counts, tests, candidates, reports.
"""

import hashlib
from functools import cache
from pathlib import Path

__version__ = "0.1.0"  # x-release-please-version

PACKAGE = Path(__file__).resolve().parent


@cache
def fingerprint(*rooms: str) -> str:
    """Hash the source of this package, or of some of its modules.

    Rules carry it as a parameter, since Snakemake sees an edit of a script but not of a package
    that the script imports: after an edit only the rules that use our Python run again.

    Parameters
    ----------
    rooms
        Names of modules or subpackages; none means all.
    """
    digest = hashlib.sha256()
    for source in sorted(PACKAGE.rglob("*.py")):
        place = source.relative_to(PACKAGE)
        if not rooms or place.parts[0].removesuffix(".py") in rooms:
            digest.update(place.as_posix().encode())
            digest.update(source.read_bytes())
    return digest.hexdigest()[:16]
