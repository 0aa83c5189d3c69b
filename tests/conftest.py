"""What several test files share."""

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of this checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real public data that lies beside the checkout and is not part of it."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the public data sets of ../shared/data are not on this machine")
    return folder


@pytest.fixture(scope="session")
def shared_cases() -> Path:
    """Small made-up inputs that once failed; they lie beside the checkout too."""
    folder = REPOSITORY.parent / "shared" / "cases" / "bugs"
    if not folder.is_dir():
        pytest.skip("the cases of ../shared/cases/bugs are not on this machine")
    return folder
