"""One small site for all tests of this folder."""

import pytest

from tests.ui.static.site import Site, shared


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return shared(tmp_path_factory)
