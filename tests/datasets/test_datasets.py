"""What every shipped data set must have, and what a wrong name gets."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pytest

from educe import datasets
from educe.errors import ParameterError


@pytest.mark.parametrize("name", datasets.names())
def test_every_set_is_complete(name: str) -> None:
    data = datasets.load(name)
    assert data.name == name
    assert data.title
    assert data.description.endswith(".")
    assert data.source
    assert data.origin in ("observed", "generated", "simulated")
    assert set(data.meanings) == set(data.columns) == set(data.decimals)
    for column, texts in data.decimals.items():
        values = data.columns[column]
        assert values.dtype == np.float64
        assert values.shape == (data.n,)
        assert np.isfinite(values).all()
        assert [float(text) for text in texts] == values.tolist()


def test_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(ParameterError, match=r"No data set is called 'misra1a'.*Did you mean 'Misra1a'"):
        datasets.load("misra1a")


def test_a_path_is_not_a_name() -> None:
    with pytest.raises(ParameterError, match="No data set"):
        datasets.load("../datasets/nist/Misra1a")


def test_unknown_folder_is_refused() -> None:
    with pytest.raises(ParameterError, match="measured, nist"):
        datasets.names("nits")


def test_the_folders_share_no_name() -> None:
    assert len(datasets.names()) == len(datasets.names("nist")) + len(datasets.names("measured"))
    assert len(set(datasets.names())) == len(datasets.names())


def test_loading_is_quick() -> None:
    datasets.load("Gauss1")
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        datasets.load("Gauss1")
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.1


def test_loading_imports_nothing_heavy() -> None:
    script = (
        "import sys; from educe import datasets; datasets.load('Misra1a');"
        "print([m for m in ('pandas', 'polars', 'pyarrow', 'matplotlib') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
