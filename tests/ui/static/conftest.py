"""One small site for all tests of this folder."""

import pytest

from tests.ui.static.site import Site, write


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Two of the bundled cases with the demonstration weights, and one whose film has tiles."""
    return write(tmp_path_factory.mktemp("site"))
