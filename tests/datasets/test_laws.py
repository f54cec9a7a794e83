"""The law of every shipped set is one that educe reads, with the parameters that the set names."""

from __future__ import annotations

import pytest

from educe import datasets
from educe.formula.parse import parse


@pytest.mark.parametrize("name", datasets.names())
def test_the_law_reads_with_the_parameters_of_the_set(name: str) -> None:
    data = datasets.load(name)
    assert data.law is not None
    roles = parse(data.law).roles(set(data.columns))
    assert set(roles.variables) <= set(data.columns)
    assert data.starts
    for start in data.starts:
        assert set(start) == set(roles.parameters)
    if data.certificate is not None:
        assert set(roles.parameters) == set(data.certificate.parameters)
