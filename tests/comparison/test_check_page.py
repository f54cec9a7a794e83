"""The published rates of `educe check`: the page says what the data say, and the data keep the promise."""

import importlib.util
import json
import math
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOUND = json.loads((ROOT / "docs" / "check.json").read_text(encoding="utf-8"))


def test_the_tables_of_the_page_are_those_of_the_data() -> None:
    spec = importlib.util.spec_from_file_location("check_benchmark", ROOT / "benchmarks" / "check.py")
    assert spec
    assert spec.loader
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    page = (ROOT / "docs" / "check.md").read_text(encoding="utf-8")
    assert f"{benchmark.BEGIN}\n{benchmark.tables(FOUND)}\n{benchmark.END}" in page


def test_false_alarms_are_those_of_the_level() -> None:
    """Over all laws, normal and heavy-tailed noise: 5 % within three binomial standard errors."""
    for noise in ("normal", "t, 3 dof"):
        some = [row for row in FOUND["alarms"] if row["noise"] == noise]
        sets = sum(row["sets"] for row in some)
        rate = sum(row["alarms"] for row in some) / sets
        assert sets >= 5000
        assert rate < 0.05 + 3.0 * math.sqrt(0.05 * 0.95 / sets)
        assert rate > 0.035


def test_more_rows_and_larger_departures_are_found_more_often() -> None:
    for misfit in ("bump", "curvature", "oscillation"):
        for n in (20, 100):
            found = [row["found"] for row in FOUND["power"] if (row["misfit"], row["n"]) == (misfit, n)]
            assert found[-1] > found[0] + 0.1
