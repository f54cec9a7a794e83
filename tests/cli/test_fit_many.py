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
