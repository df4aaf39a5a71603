"""How many cores there are to compute on, and how many threads compute."""

import sys

THREADS = "LIGHTCNN_THREADS"
"""The variable that goes before `runtime.threads` of params.yaml, where somebody else counts the threads."""


def cores() -> int:
    """The physical cores that this process may use: as far as its affinity, and the CPU quota of its container, let it."""
    from joblib import cpu_count

    return cpu_count(only_physical_cores=True)


def thread_environment(threads: int) -> dict[str, str]:
    """Variables that give a new process so many threads, which have to be there before it loads OpenMP.

    Waiting threads sleep. By themselves those of GNU's OpenMP spin, which beside other work holds up the very thread that they wait for.
    """
    return {**dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", THREADS), str(threads)), "OMP_WAIT_POLICY": "PASSIVE"}


def pin_threads(threads: int = 1) -> None:
    """Have the libraries that are loaded compute on so many threads: what they round does not depend on the machine's cores then."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(threads)
    if torch := sys.modules.get("torch"):  # which at its first operator would go back to a count of its own
        torch.set_num_threads(threads)
