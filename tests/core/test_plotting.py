"""A backend of Matplotlib that there is not: one line, whoever starts."""

import os
import subprocess
import sys

import pytest

from tests.helpers import ROOT


@pytest.mark.parametrize(
    "command",
    [
        ("lightcnn.cli", "check"),
        ("lightcnn.cli", "search", "paper-raw"),
        ("stages.plan", "--out", "nowhere"),
        ("stages.figures", "plan.json"),
        ("benchmarks.smoke",),
    ],
)
def test_an_unknown_backend_is_one_line_that_names_the_variable(command: tuple[str, ...]) -> None:
    environment = {**os.environ, "MPLBACKEND": "nonsense"}
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "MPLBACKEND=nonsense: " in line
    assert line.endswith("; unset it")
    assert "params" not in line
