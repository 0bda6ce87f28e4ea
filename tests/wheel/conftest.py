"""The wheel, built and installed once for all its tests."""

import pytest

from tests.wheel.installed import Installed, build_and_install


@pytest.fixture(scope="package")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel in a clean environment."""
    return build_and_install(tmp_path_factory.mktemp("wheel"))
