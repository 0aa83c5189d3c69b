"""Fetching a reference from its public address, and believing it only if its checksum is right."""

import hashlib
import urllib.request
from http.client import HTTPException
from pathlib import Path

from exosift.errors import MachineError, UserError
from exosift.files import replacing

LARGEST = 4 * 1024**3
"""Bytes after which a download is given up; the packed human genome has under one gibibyte."""

PIECE = 1 << 20
PATIENCE = 60
"""Seconds without an answer after which a server counts as silent."""


def fetch(url: str, checksum: str, path: Path, *, schemes: tuple[str, ...] = ("https",)) -> None:
    """Download a file; it gets its name only if its SHA-256 is the declared one.

    Raises
    ------
    UserError
        If the address is not of an allowed scheme, or what came is not what was declared.
    MachineError
        If the server cannot be reached or ends early.
    """
    if not url.startswith(tuple(f"{scheme}://" for scheme in schemes)):
        raise UserError(f"{url} is not an address that begins with {schemes[0]}://.")
    digest = hashlib.sha256()
    received = 0
    with replacing(path) as part:
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE) as answer, part.open("wb") as out:
                if answer.geturl().partition(":")[0] not in schemes:
                    raise UserError(f"{url} leads to {answer.geturl()}, which is not encrypted.")
                while piece := answer.read(PIECE):
                    received += len(piece)
                    if received > LARGEST:
                        raise UserError(f"{url} is larger than {LARGEST >> 30} GiB; not fetched.")
                    digest.update(piece)
                    out.write(piece)
                told = answer.headers.get("Content-Length", "")
                if told.isdigit() and received < int(told):
                    raise EOFError(f"it ended after {received} of {told} bytes")
        except (OSError, EOFError, HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise MachineError(
                f"{url} cannot be fetched ({reason}). Fetch it on a machine with a network and "
                f"give its path in the configuration."
            ) from None
        if digest.hexdigest() != checksum:
            raise UserError(
                f"{url} is not the file that was declared: its SHA-256 is {digest.hexdigest()}, "
                f"declared is {checksum}. Nothing was kept."
            )
