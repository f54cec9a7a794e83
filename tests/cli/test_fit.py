"""`educe fit`: what it prints, what it writes, and every refusal in one sentence."""

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Run

import educe

LINE = ("fit", "line.csv", "y = m*x + b")
DECAY = ("fit", "decay.csv", "y = a*exp(-k*t)")
KEYS = ["formula", "n", "dof", "rss", "residual_standard_error", "parameters", "covariance", "r_squared"]
KEYS += ["aic", "bic", "converged", "reason", "warnings", "level"]


def test_prints_the_report(run: Run) -> None:
    result = run(*LINE)
    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout.startswith("y = m*x + b\n")
    assert "std. error" in result.stdout


def test_json_is_one_object_with_the_numbers_of_the_python_side(run: Run) -> None:
    found = json.loads(run(*LINE, "--json").stdout)
    judge = educe.fit("y = m*x + b", "line.csv")
    assert [key for key in KEYS if key not in found] == []
    assert found["parameters"]["m"]["value"] == judge.params["m"]
    assert found["parameters"]["m"]["upper"] == judge.conf_int()["m"][1]
    assert found["covariance"] == judge.covariance.tolist()
    assert found["n"] == 21


def test_level_changes_the_intervals_everywhere(run: Run) -> None:
    words = (*LINE, "--derive", "half = m/2", "--level", "0.5")
    found = json.loads(run(*words, "--json").stdout)
    judge = educe.fit("y = m*x + b", "line.csv", derive={"half": "m/2"})
    assert found["level"] == 0.5
    assert found["parameters"]["m"]["lower"] == judge.conf_int(0.5)["m"][0]
    assert found["derived"]["half"]["lower"] == judge.derive_quantity("m/2", 0.5).lower
    assert "lower 50 %" in run(*words).stdout


def test_options_reach_the_fit(run: Run) -> None:
    found = json.loads(
        run(
            *("fit", "decay.csv", "y = a*exp(-k*t) + c + d*t", "--start", "a=2,k=0.5", "--fix", "c=0"),
            *(
                "--tie",
                "d = 0.01*a",
                "--bound",
                "0<=k<=5",
                "--derive",
                "tau = 1/k",
                "--where",
                "t > 0.1",
                "--json",
            ),
        ).stdout
    )
    assert found["parameters"]["c"] == {"value": 0.0, "stderr": 0.0, "lower": 0.0, "upper": 0.0}
    assert found["parameters"]["d"]["value"] == pytest.approx(0.01 * found["parameters"]["a"]["value"])
    assert found["derived"]["tau"]["value"] == pytest.approx(1.0 / found["parameters"]["k"]["value"])
    assert found["n"] == 20


def test_sigma_and_loss_reach_the_fit(run: Run) -> None:
    found = json.loads(run(*LINE, "--sigma", "s", "--absolute-sigma", "--json").stdout)
    assert found["sigma"] == "absolute"
    assert found["chi_square"] == pytest.approx(found["rss"])
    assert json.loads(run(*LINE, "--loss", "huber", "--json").stdout)["loss"] == "huber"


def test_roles_can_be_overruled(run: Run) -> None:
    found = json.loads(run("fit", "line.csv", "y = m*x + s", "--parameter", "s", "--json").stdout)
    assert list(found["parameters"]) == ["m", "s"]
    refused = run("fit", "line.csv", "y = m*x + q", "--variable", "q")
    assert refused.exit_code == 2
    assert "q is a variable but not a column" in refused.stderr


def test_a_strict_bound_is_said_to_be_closed(run: Run) -> None:
    result = run(*DECAY, "--bound", "k>0", "--json")
    assert result.stderr == "educe: bounds are closed: k>0 is taken as k>=0.\n"
    json.loads(result.stdout)


def test_start_can_be_a_range(run: Run) -> None:
    found = json.loads(run(*DECAY, "--start", "k=0.1:3", "--seed", "3", "--json").stdout)
    assert found["parameters"]["k"]["value"] == pytest.approx(0.7, rel=0.05)


def test_quiet_prints_nothing(run: Run) -> None:
    assert run(*LINE, "--quiet").output == ""


def test_saved_fit_is_the_fit(run: Run, folder: Path) -> None:
    result = run(*LINE, "--save", "line.json")
    assert "wrote line.json" in result.stdout
    assert educe.load("line.json").params == educe.fit("y = m*x + b", "line.csv").params


def test_figures_and_reports_are_written(run: Run, folder: Path) -> None:
    assert run(*LINE, "--plot", "line.svg", "--report", "line.html").exit_code == 0
    assert (folder / "line.svg").read_text(encoding="utf-8").lstrip().startswith("<?xml")
    assert "<html" in (folder / "line.html").read_text(encoding="utf-8")


def test_status_is_1_where_the_search_does_not_converge(run: Run) -> None:
    words = (*DECAY, "--start", "a=1,k=20", "--method", "gauss-newton")
    result = run(*words, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["converged"] is False or result.stdout == ""


def test_status_is_1_where_the_law_is_not_finite(run: Run) -> None:
    result = run("fit", "line.csv", "y = a*log(x) + b", "--save", "never.json")
    assert result.exit_code == 1
    assert "not finite" in result.stderr
    assert not Path("never.json").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["fit", "nosuch.csv", "y = a*x"], "nosuch.csv: there is no such file"),
        (["fit", ".", "y = a*x"], "folder"),
        (["fit", "line.csv", "a*x"], "has no left side; write the measured column first: 'y = a*x'"),
        (["fit", "line.csv", "q = a*x"], "q is the left side"),
        (["fit", "line.csv", "y = a*x)"], "never opened"),
        (["fit", "line.csv", "y = a.__class__*x"], "not allowed"),
        (["fit", "line.csv", "y = __import__('os').system('id')"], "not allowed"),
        (["fit", "line.csv", "y = open(x)"], "no function or named law 'open'"),
        (["fit", "line.csv", "y = 9**9**9**9*a*x"], "educe: "),
        (["fit", "line.csv", "y = " + "(" * 100_000 + "x"], "educe: "),
        (["fit", "line.csv", "y = a*x" + "+x" * 500_000], "educe: "),
        ([*LINE, "--start", "m"], "--start 'm' is not of the form a=1"),
        ([*LINE, "--start", "m=fast"], "--start m: 'fast' is not a number"),
        ([*LINE, "--start", "m=nan"], "not a finite number"),
        ([*LINE, "--start", "m=1,m=2"], "m is given twice"),
        ([*LINE, "--start", "m=1", "--start", "m=0:2"], "m is given twice"),
        ([*LINE, "--start", "q=1"], "q is not a parameter"),
        ([*LINE, "--start", "2m=1"], "'2m' is not a name"),
        ([*LINE, "--start", "m=2:1"], "low end must be below"),
        ([*LINE, "--bound", "m"], "is not a bound; write 0<=a<=5"),
        ([*LINE, "--bound", "m=3"], "is not a bound"),
        ([*LINE, "--bound", "0<=m>=5"], "different directions"),
        ([*LINE, "--bound", "0<=m<=five"], "'five' is not a number"),
        ([*LINE, "--bound", "m>=0", "--bound", "m>=1"], "given twice"),
        ([*LINE, "--bound", "5<=m<=1"], "lower bound 5 is above upper bound 1"),
        ([*LINE, "--bound", "0<=m<=1", "--start", "m=2"], "outside its bounds"),
        ([*LINE, "--fix", "q=1"], "q is not a parameter"),
        ([*LINE, "--fix", "m=1,b=1"], "nothing to find"),
        ([*LINE, "--tie", "m"], "is not of the form b = 2*a"),
        ([*LINE, "--tie", "m = 2*m"], "leads back to m"),
        ([*LINE, "--tie", "m == b"], "is not of the form"),
        ([*LINE, "--sigma", "sgima"], "no column 'sgima'"),
        ([*LINE, "--absolute-sigma"], "give --sigma COLUMN too"),
        ([*LINE, "--loss", "hubr"], "Did you mean 'huber'?"),
        ([*LINE, "--loss-scale", "0", "--loss", "huber"], "above 0"),
        ([*LINE, "--loss-scale", "wide"], "not a valid float"),
        ([*LINE, "--method", "gaus-newton"], "Did you mean 'gauss-newton'?"),
        ([*LINE, "--where", "x"], "not a condition"),
        ([*LINE, "--where", "x > 99"], "no row is left"),
        ([*LINE, "--derive", "tau = 1/k"], "k in '1/k' is not a parameter"),
        ([*LINE, "--level", "95"], "--level must lie between 0 and 1"),
        ([*LINE, "--search-seconds", "-1"], "above 0"),
        ([*LINE, "--plot", "line.gif"], ".svg, .png, .pdf"),
        ([*LINE, "--save", "."], "is a folder"),
        ([*LINE, "--save", "nosuch/line.json"], "there is no folder"),
        ([*LINE, "--save", "line.csv"], "is the input"),
        ([*LINE, "--save", "a.svg", "--plot", "a.svg"], "asked for twice"),
        ([*LINE, "--strat", "m=1"], "no option '--strat' of educe fit. Did you mean '--start'?"),
        (["fit", "line.csv"], "a FILE and a LAW are needed"),
    ],
)
def test_wrong_use_is_one_sentence_and_status_2(
    run: Run, folder: Path, words: list[str], sentence: str
) -> None:
    before = sorted(folder.iterdir())
    result = run(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("educe: ")
    assert result.stderr.count("\n") == 1
    assert sentence in result.stderr
    assert sorted(folder.iterdir()) == before


def test_a_binary_file_is_refused(run: Run, folder: Path) -> None:
    (folder / "blob.csv").write_bytes(bytes(range(256)) * 20)
    result = run("fit", "blob.csv", "y = a*x")
    assert result.exit_code == 2
    assert result.stderr.startswith("educe: blob.csv")


def test_a_file_name_cannot_steer_the_terminal(run: Run) -> None:
    result = run("fit", "\x1b[2Jx.csv", "y = a*x")
    assert "\x1b" not in result.stderr


def test_an_ambiguous_decimal_mark_can_be_given(run: Run, folder: Path) -> None:
    (folder / "t.tsv").write_text("x\ty\n1,234\t5\n2,345\t6\n")
    assert run("fit", "t.tsv", "y = a*x").exit_code == 2
    assert run("fit", "t.tsv", "y = a*x", "--decimal", ",").exit_code == 0


def test_a_file_is_read_row_by_row_within_a_budget(run: Run) -> None:
    result = run(*LINE, "--memory", "1GB")
    assert result.exit_code == 0
    assert "read     row by row, once, in one piece" in result.stdout
    assert json.loads(run(*LINE, "--memory", "1GB", "--json").stdout)["n"] == 21


def test_a_budget_that_is_no_size_is_refused(run: Run) -> None:
    result = run(*LINE, "--memory", "plenty")
    assert result.exit_code == 2
    assert "memory is a size such as 500MB or 2GB, not 'plenty'" in result.stderr


def test_a_cluster_that_does_not_answer_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("educe.cli.cluster.PATIENCE", 0.2)
    result = run(*LINE, "--cluster", "tcp://127.0.0.1:1")
    assert result.exit_code == 2
    assert "no scheduler answers at tcp://127.0.0.1:1" in result.stderr


@pytest.mark.parametrize("method", ["wald", "profile", "bootstrap", "jackknife"])
def test_the_method_of_intervals_is_chosen_and_said(run: Run, method: str) -> None:
    found = json.loads(
        run(*DECAY, "--intervals", method, "--derive", "tau = 1/k", "--level", "0.9", "--json").stdout
    )
    entries = [*found["parameters"].values(), *found["derived"].values()]
    assert {entry["interval"] for entry in entries} == {method}
    assert all(entry["lower"] < entry["value"] < entry["upper"] for entry in entries)
    shown = run(*DECAY, "--intervals", method, "--level", "0.9").stdout
    assert "lower 90 %" in shown
    assert shown.rstrip().endswith(method)


def test_sandwich_errors_reach_the_fit(run: Run) -> None:
    plain, other = (json.loads(run(*DECAY, "--errors", e, "--json").stdout) for e in ("model", "sandwich"))
    assert other["errors"] == "sandwich"
    assert other["parameters"]["k"]["stderr"] != plain["parameters"]["k"]["stderr"]
    assert other["parameters"]["k"]["value"] == plain["parameters"]["k"]["value"]


def test_no_other_method_or_errors(run: Run) -> None:
    for words in (
        ["--intervals", "profil"],
        ["--errors", "sandwhich"],
        ["--errors", "sandwich", "--loss", "tukey"],
    ):
        result = run(*DECAY, *words)
        assert result.exit_code == 2
        assert result.stdout == ""
        assert result.stderr.count("\n") == 1
