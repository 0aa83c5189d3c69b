"""What checks of the design say about their contrast."""

from typing import Any

from exosift.contrasts import Contrast


def about(contrast: Contrast) -> dict[str, Any]:
    """Return what sentences of a check say about its contrast.

    Returns
    -------
    `condition` (its column), `arms` (cases and controls by name), `compared` (`arms` or
    ordered `levels`) and `groups`: what must occur together in a batch.
    """
    arms = [contrast.cases, contrast.against]
    return {
        "condition": contrast.column,
        "arms": arms,
        "compared": contrast.kind.compared,
        "groups": list(contrast.kind.group_names(contrast)),
    }
