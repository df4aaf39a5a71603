"""Results to draw."""

import pytest

from lightcnn.reporting.results import Results
from tests import synthetic


@pytest.fixture(scope="session")
def found(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Six models of three seeds, made up."""
    return synthetic.results(synthetic.write(tmp_path_factory.mktemp("results")))
