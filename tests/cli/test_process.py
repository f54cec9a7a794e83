"""educe as a process of its own: exit status, streams, signals, start-up."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

LINE = ("fit", "line.csv", "y = m*x + b")
HEAVY = (
    "matplotlib",
    "rich",
    "pyarrow",
    "pandas",
    "polars",
    "sklearn",
    "sympy",
    "scipy.stats",
    "scipy.optimize",
)


def educe(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from educe.cli import main; main(prog_name='educe')", *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
    )


@pytest.mark.usefixtures("folder")
def test_streams_and_status() -> None:
    done = educe(*LINE, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["formula"] == "y = m*x + b"
    wrong = educe(*LINE, "--loss", "hubr")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("educe: ")
    assert wrong.stderr.count("\n") == 1


@pytest.mark.usefixtures("folder")
def test_an_ascii_terminal_gets_ascii() -> None:
    done = educe("fit", "line.csv", "y = α*x + β", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "alpha*x + beta" in done.stdout
    refusal = educe("fit", "line.csv", "y = α*x + β", "--fix", "γ=1", PYTHONIOENCODING="ascii")
    assert refusal.returncode == 2
    assert "gamma is not a parameter" in refusal.stderr


@pytest.mark.usefixtures("folder")
def test_a_closed_pipe_ends_quietly() -> None:
    code = "from educe.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "laws"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    complaint = process.stderr.read()
    process.stderr.close()
    process.wait(timeout=60)
    assert complaint == ""


@pytest.mark.parametrize(
    ("error", "status"), [("KeyboardInterrupt", 130), ("MemoryError", 1), ("OSError(28, 'x')", 2)]
)
def test_what_the_system_does_is_a_sentence(error: str, status: int) -> None:
    code = (
        "import educe.cli.laws as laws\nfrom educe.cli import main\n"
        f"def fail(name): raise {error}\nlaws._chosen = fail\nmain()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "laws"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == status
    assert done.stderr.startswith("educe: ")
    assert done.stderr.count("\n") == 1


def test_ctrl_c_leaves_no_half_written_file(folder: Path) -> None:
    code = (
        "import os, signal, threading\nfrom educe.cli import main\n"
        "threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()\nmain()"
    )
    words = ["simulate", "y = sin(x)", "-n", "9000000", "--range", "x=0:1", "--noise", "1", "-o", "big.csv"]
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 128 + signal.SIGINT
    assert done.stderr.startswith("educe: interrupted")
    assert sorted(file.name for file in folder.iterdir()) == ["decay.csv", "line.csv"]


@pytest.mark.usefixtures("folder")
def test_a_fit_loads_nothing_heavy() -> None:
    code = (
        "import sys, json\nfrom educe.cli import main\n"
        "main(standalone_mode=False)\nprint(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *LINE], capture_output=True, text=True, timeout=60, check=True
    )
    loaded = json.loads(done.stderr)
    assert [name for name in HEAVY if name in loaded] == []


@pytest.mark.usefixtures("folder")
def test_the_shell_completes() -> None:
    done = educe(_EDUCE_COMPLETE="bash_complete", COMP_WORDS="educe cer", COMP_CWORD="1")
    assert done.stdout == "plain,certify\n"


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="needs a device that is always full")
@pytest.mark.parametrize("words", [("--help",), ("laws",), ("fit", "--help")])
def test_a_full_disk_is_told(words: tuple[str, ...]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "educe", *words], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 2
    assert done.stderr == "educe: No space left on device.\n"
