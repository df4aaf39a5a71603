"""Cores and threads, beside what the system itself says."""

import os
import subprocess
import sys

import numpy as np
import torch
from threadpoolctl import threadpool_info

from lightcnn.core.threads import THREADS, cores, pin_threads, thread_environment


def test_there_are_as_many_cores_as_the_affinity_leaves() -> None:
    assert 1 <= cores() <= len(os.sched_getaffinity(0))
    one = min(os.sched_getaffinity(0))
    asked = "import os, sys; os.sched_setaffinity(0, {int(sys.argv[1])}); from lightcnn.core.threads import cores; print(cores())"
    assert subprocess.run([sys.executable, "-c", asked, str(one)], capture_output=True, text=True, check=True).stdout == "1\n"


def test_a_new_process_has_the_threads_that_its_environment_says() -> None:
    asked = "import torch; print(torch.get_num_threads(), torch.__config__.parallel_info())"
    environment = {**os.environ, **thread_environment(3)}
    said = subprocess.run([sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True).stdout
    assert said.startswith("3 ")
    assert "mkl_get_max_threads() : 3" in said or "mkl" not in said.lower()
    assert environment[THREADS] == "3"


def test_libraries_that_are_loaded_are_pinned() -> None:
    torch.set_num_threads(2)
    np.ones((2, 2)) @ np.ones((2, 2))
    pin_threads()
    assert torch.get_num_threads() == 1
    assert {library["num_threads"] for library in threadpool_info()} == {1}
