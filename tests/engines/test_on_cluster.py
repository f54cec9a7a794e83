"""The same fit on a Dask cluster, also when a worker is killed in its midst."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

import educe
from educe.errors import ParameterError

distributed = pytest.importorskip("distributed")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
LAW, START = "z = a*exp(-b*x) + c", {"b": 0.5}


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as found,
    ):
        yield found


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(3)
    x = rng.uniform(0, 4, 3_000_000)
    z = 2 * np.exp(-0.7 * x) + 0.3 + 0.05 * rng.standard_normal(len(x))
    path = tmp_path_factory.mktemp("cluster") / "s.parquet"
    parquet.write_table(pa.table({"x": x, "z": z}), path, row_group_size=500_000)
    return path


def test_a_cluster_gives_the_bits_of_one_process(client: Any, file: Path) -> None:
    here = educe.fit(LAW, file, start=START, memory="1GB")
    there = educe.fit(LAW, file, start=START, engine=client)
    assert here.theta.tobytes() == there.theta.tobytes()
    assert here.triangle.tobytes() == there.triangle.tobytes()


def test_a_killed_worker_costs_no_bit(client: Any, file: Path) -> None:
    here = educe.fit(LAW, file, start=START, memory="1GB")
    victim = next(iter(client.run(os.getpid).values()))
    threading.Timer(0.3, os.kill, (victim, signal.SIGKILL)).start()
    found = [educe.fit(LAW, file, start=START, engine=client).theta.tobytes() for _ in range(3)]
    assert set(found) == {here.theta.tobytes()}


def test_anything_else_is_refused(file: Path) -> None:
    with pytest.raises(ParameterError, match="engine is a client of a Dask cluster, not str"):
        educe.fit(LAW, file, start=START, engine="tcp://nowhere")


def test_rows_in_memory_need_no_cluster(client: Any) -> None:
    with pytest.raises(ParameterError, match="memory and engine are for a file"):
        educe.fit("z = a*x", {"x": np.ones(3), "z": np.ones(3)}, engine=client)
