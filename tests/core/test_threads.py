"""Cores and threads, beside what the system itself says."""

import os
import subprocess
import sys

import pytest

from lightcnn.core.threads import THREADS, cores, thread_environment


def test_there_are_as_many_cores_as_the_affinity_leaves() -> None:
    assert 1 <= cores() <= len(os.sched_getaffinity(0))
    one = min(os.sched_getaffinity(0))
    asked = "import os, sys; os.sched_setaffinity(0, {int(sys.argv[1])}); from lightcnn.core.threads import cores; print(cores())"
    assert subprocess.run([sys.executable, "-c", asked, str(one)], capture_output=True, text=True, check=True).stdout == "1\n"


def asked(code: str, **environment: str) -> str:
    """What a process says that no variable gives threads but those named."""
    inherited = {name: value for name, value in os.environ.items() if "THREADS" not in name}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env={**inherited, **environment}, capture_output=True, text=True, check=True).stdout


def test_a_new_process_has_the_threads_that_its_environment_says() -> None:
    environment = thread_environment(1)
    assert asked("import torch; print(torch.get_num_threads())", **environment) == "1\n"
    assert (environment[THREADS], environment["OMP_WAIT_POLICY"]) == ("1", "PASSIVE")


@pytest.mark.parametrize("before", ["", "torch.set_num_threads(2)", "torch.ones(99, 99) @ torch.ones(99, 99)"])
def test_libraries_that_are_loaded_are_pinned(before: str) -> None:
    code = f"""
import numpy, torch
from threadpoolctl import threadpool_info
from lightcnn.core.threads import pin_threads
{before}
pin_threads()
torch.ones(99, 99) @ torch.ones(99, 99)
print(torch.get_num_threads(), {{library["num_threads"] for library in threadpool_info()}})
"""
    assert asked(code) == "1 {1}\n"
