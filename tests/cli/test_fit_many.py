"""`educe fit --by`: a table with a row for each data set."""

import json
from pathlib import Path

import numpy as np
import pytest
from tests.cli.conftest import Run

import educe

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
LAW = "y = a*exp(-k*x)"


@pytest.fixture
def pixels(tmp_path: Path) -> str:
    x = np.linspace(0, 3, 12)
    rows = [(p, v, 2 * np.exp(-(0.5 + p / 4) * v)) for p in range(6) for v in x]
    path = tmp_path / "pixels.csv"
    path.write_text("pixel,x,y\n" + "\n".join(",".join(map(repr, map(float, row))) for row in rows) + "\n")
    return str(path)


def test_a_table_is_written(run: Run, pixels: str, tmp_path: Path) -> None:
    out = str(tmp_path / "found.csv")
    result = run("fit", pixels, LAW, "--by", "pixel", "--save", out)
    assert result.exit_code == 0, result.stderr
    assert "6 converged" in result.stdout
    found = Path(out).read_text().splitlines()
    assert found[0] == "pixel,a,k,a_stderr,k_stderr,rss,dof,steps,status"
    assert float(found[3].split(",")[2]) == pytest.approx(1.0)
    assert not Path(f"{out}.unfinished").exists()


def test_json_says_how_many_converged(run: Run, pixels: str) -> None:
    found = json.loads(run("fit", pixels, LAW, "--by", "pixel", "--json").stdout)
    assert found["fits"] == found["converged"] == 6
    assert found["parameters"]["k"]["median"] == pytest.approx(1.125)
    assert educe.fit_many(LAW, pixels, by="pixel").to_dict()["converged"] == 6


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (("--by", "pixle"), "no column 'pixle'"),
        (("--by", "pixel", "--report", "r.html"), "--report and --by do not go together"),
        (("--by", "pixel", "--loss", "huber"), "loss 'huber' is not one of least-squares, poisson"),
        (("--by", "pixel", "--start", "k=1:2"), "with --by a start is one number"),
    ],
)
def test_refusals(run: Run, pixels: str, words: tuple[str, ...], refusal: str) -> None:
    result = run("fit", pixels, LAW, *words)
    assert result.exit_code == 2
    assert refusal in result.stderr


@pytest.fixture
def sensors(tmp_path: Path) -> str:
    x = np.linspace(0, 3, 12)
    rows = [(f"s{k % 3}", 2020 + k // 3, v, 2 * np.exp(-(0.5 + k / 4) * v)) for k in range(6) for v in x]
    path = tmp_path / "sensors.csv"
    path.write_text("sensor;year;x;y\n" + "\n".join(f"{s};{y};{a};{b}" for s, y, a, b in rows) + "\n")
    return str(path)


@pytest.mark.parametrize("how", [(), ("--separator", ";"), ("--memory", "300MB")])
def test_text_and_several_columns_tell_data_sets_apart(
    run: Run, sensors: str, tmp_path: Path, how: tuple[str, ...]
) -> None:
    out = tmp_path / "found.csv"
    result = run("fit", sensors, LAW, "--by", "sensor, year", "--save", out, *how)
    assert result.exit_code == 0, result.stderr
    assert "in 6 data sets by sensor and year" in result.stdout
    found = [line.split(",") for line in out.read_text().splitlines()]
    assert found[0][:4] == ["sensor", "year", "a", "k"]
    assert [row[:2] for row in found[1:]] == [[f"s{k % 3}", str(2020 + k // 3)] for k in (0, 3, 1, 4, 2, 5)]
    assert float(found[4][3]) == pytest.approx(0.5 + 4 / 4)
    told = json.loads(run("fit", sensors, LAW, "--by", "sensor,year", "--json").stdout)
    assert told["by"] == ["sensor", "year"]


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (("--by", "sensor,sensor"), "by names the column 'sensor' 2 times"),
        (("--by", ","), "by is the name of the column"),
        (("--by", "sensor,yaer"), "has no column 'yaer'"),
        (("--by", "sensor", "--memory", "1MB"), "more than the 1 MB that it is limited to"),
        (("--by", "sensor", "--save", "found.json"), "the suffix '.json' names no known kind of file"),
        (("--by", "sensor", "--cluster", "nowhere"), "no scheduler answers at nowhere"),
    ],
)
def test_refusals_before_any_fit(run: Run, sensors: str, words: tuple[str, ...], refusal: str) -> None:
    result = run("fit", sensors, LAW, *words)
    assert result.exit_code == 2
    assert refusal in result.stderr


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_on_a_cluster_by_its_address(run: Run, pixels: str, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    here, there = tmp_path / "here.csv", tmp_path / "there.csv"
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        result = run(
            "fit", pixels, LAW, "--by", "pixel", "--cluster", cluster.scheduler_address, "--save", there
        )
    assert result.exit_code == 0, result.stderr
    assert run("fit", pixels, LAW, "--by", "pixel", "--save", here).exit_code == 0
    assert there.read_bytes() == here.read_bytes()
