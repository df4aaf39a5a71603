"""Asking DVC: what it says, its failures, Ctrl-C."""

import os
import signal
import sys
from pathlib import Path

import pytest

from lightcnn.core.errors import UserError
from lightcnn.pipeline.dvc import dvc
from tests.end_to_end.pipe import Pipe
from tests.helpers import ROOT


def test_a_failing_dvc_is_a_fault_that_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="`dvc repro` failed in"):
        dvc(tmp_path, "repro")


SLOW_TO_END = """
import signal, time
from pathlib import Path

def end(*_):
    time.sleep(1)
    Path("ended").touch()
    raise SystemExit(1)

signal.signal(signal.SIGINT, end)
print("at work", flush=True)
time.sleep(60)
"""


def test_interrupted_it_waits_for_dvc_to_end(tmp_path: Path) -> None:
    (tmp_path / "dvc").mkdir()  # the folder it runs in comes first for `python -m`
    (tmp_path / "dvc" / "__init__.py").touch()
    (tmp_path / "dvc" / "__main__.py").write_text(SLOW_TO_END)
    program = "from pathlib import Path; from lightcnn.pipeline.dvc import dvc; dvc(Path(), 'repro')"
    with Pipe(tmp_path).start(sys.executable, "-c", program, PYTHONPATH=str(ROOT)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "at work\n"
        os.killpg(process.pid, signal.SIGINT)
        process.communicate()
    assert (tmp_path / "ended").exists()
