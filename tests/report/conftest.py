"""The fits that the reports are made of, computed once."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def fits():
    import fits

    return fits
