"""Very many fits on a Dask cluster: the bits of one process, whoever dies or joins."""

import asyncio
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
from tests.many.decays import LAW, X, decays, rows, spoiled
from tests.many.test_filed import same

from educe.engines.on_cluster import in_order
from educe.errors import FileError, FitError, ParameterError
from educe.many.fit_many import fit_many

distributed = pytest.importorskip("distributed")
dask = pytest.importorskip("dask")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as found,
    ):
        yield found


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("educe.many.sources.PART_ROWS", 4_000)


def kill_one(client: Any) -> None:
    os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)


@pytest.mark.parametrize("mixed", [False, True], ids=["sorted", "mixed"])
def test_a_file_that_the_workers_read(
    client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mixed: bool
) -> None:
    monkeypatch.setattr("educe.table.blocks.PIECE", 5000)
    table = spoiled(2000, mixed=mixed)
    table["pixel"] = np.array([f"p{k}" for k in table["pixel"]], dtype=object)
    parquet.write_table(pa.table(table), tmp_path / "a.parquet", row_group_size=5000)
    done: list[int] = []
    there = fit_many(
        LAW, tmp_path / "a.parquet", by="pixel", engine=client, progress=lambda k, _: done.append(k)
    )
    assert same(fit_many(LAW, table, by="pixel"), there)
    assert done[-1] == len(there)
    assert len(done) >= 10


def test_rows_in_memory_travel(client: Any) -> None:
    y = decays(1500)[1]
    data = {"x": X, "y": y}  # x is shared by all
    assert same(fit_many(LAW, data), fit_many(LAW, data, engine=client))


def test_a_killed_worker_and_one_that_joins_cost_no_bit(client: Any) -> None:
    table = rows(decays(4000)[1])
    here = fit_many(LAW, table, by="pixel")
    events: list[str] = []

    def disturb(done: int, _: int) -> None:
        if done > 800 and not events:
            events.append("killed")
            threading.Thread(target=kill_one, args=(client,)).start()
        if done > 1600 and len(events) == 1:
            events.append("joined")
            client.cluster.scale(3)

    for _ in range(2):
        events.clear()
        assert same(here, fit_many(LAW, table, by="pixel", engine=client, progress=disturb))
        assert events == ["killed", "joined"]


def test_an_interrupted_call_goes_on_from_its_checkpoint(client: Any, tmp_path: Path) -> None:
    table = spoiled(2000, mixed=False)

    def stop(done: int, _: int) -> None:
        if done > 800:
            raise KeyboardInterrupt

    options = {"by": "pixel", "checkpoint": tmp_path / "checkpoint"}
    with pytest.raises(KeyboardInterrupt):
        fit_many(LAW, table, engine=client, progress=stop, **options)
    assert len(list((tmp_path / "checkpoint").glob("*.npz"))) >= 4
    resumed = fit_many(LAW, table, **options)  # taken up without the cluster
    assert same(resumed, fit_many(LAW, table, by="pixel"))


def die(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_task_that_kills_its_worker_ends_in_a_sentence() -> None:
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
        pytest.raises(FitError, match="workers of the cluster died again and again on the same task"),
    ):
        list(in_order(client, die, [(1,)]))


def test_a_cluster_without_workers_is_not_waited_for_in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("educe.engines.on_cluster.LOOK", 0.2)
    monkeypatch.setattr("educe.engines.on_cluster.PATIENCE", 0.4)
    with (
        distributed.LocalCluster(n_workers=1, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        results = in_order(client, abs, ((k,) for k in (-1, -2, -3, -4, -5, -6, -7, -8, -9)))
        assert next(results) == 1
        cluster.scale(0)
        client.cluster.sync(_until_empty, client)
        with pytest.raises(FitError, match="has had no worker for 0 s; start some, then fit again"):
            list(in_order(Alone(client), abs, [(1,)]))
        with pytest.raises(ParameterError, match="the cluster has no workers; start some"):
            list(in_order(client, abs, [(1,)]))


class Alone:
    """A client of a cluster whose workers go as soon as they were counted."""

    def __init__(self, client: Any) -> None:
        self._client, self._counted = client, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def nthreads(self) -> dict[str, int]:
        counted, self._counted = self._counted, True
        return {} if counted else {"tcp://gone": 1}


async def _until_empty(client: Any) -> None:
    while client.cluster.scheduler.workers:
        await asyncio.sleep(0.05)


def test_a_file_that_workers_cannot_see(client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("educe.table.blocks.PIECE", 5000)
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table(rows(decays(2000)[1])), path, row_group_size=5000)

    def gone(_: int, share: float) -> None:
        if share == 1.0:  # counted here; what follows is read by the workers
            path.unlink()

    with pytest.raises(FileError, match=r"worker of the cluster: .* All must see it under the same path"):
        fit_many(LAW, path, by="pixel", start={"k": 1.0}, engine=client, passed=gone)


def test_anything_else_is_refused() -> None:
    with pytest.raises(ParameterError, match="engine is a client of a Dask cluster, not str"):
        fit_many(LAW, rows(decays(3)[1]), by="pixel", engine="tcp://nowhere")
