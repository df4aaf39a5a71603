"""Select and configure the device that trains, and record it."""

import ctypes
import os
import platform
import sys
from importlib.metadata import version
from typing import Any

import torch

from lightcnn.core.errors import UserError
from lightcnn.core.runtime import Runtime, cpu_name
from lightcnn.core.threads import pin_threads


def setup_determinism(runtime: Runtime) -> torch.device:
    """Set up torch for exact repetition, and say which device to use.

    Raises:
        UserError: where CUDA is asked for and there is none.
    """
    if runtime.device == "cuda" and not torch.cuda.is_available():
        raise UserError("runtime.device: cuda, but torch finds no GPU; set it to auto or cpu in params.yaml")
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    # Filling costs a fifth of the step, and nothing here reads what it has not written.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.backends.cudnn.benchmark = False
    pin_threads(runtime.threads)
    _keep_large_blocks()
    return torch.device("cuda" if runtime.device != "cpu" and torch.cuda.is_available() else "cpu")


def compile_mode(runtime: Runtime, device: torch.device) -> str | None:
    """How torch.compile is to treat a network in training, None for not at all.

    `auto` compiles on CUDA, where the launches of a small network cost more than its work and a replayed graph saves them.
    """
    on_cuda = device.type == "cuda"
    if runtime.compile == "off" or (runtime.compile == "auto" and not on_cuda):
        return None
    return "reduce-overhead" if on_cuda else "default"


def environment(device: torch.device) -> dict[str, Any]:
    """What results may differ by: device, CPU, threads, versions."""
    packages = ("torch", "torchvision", "numpy", "dvc")
    return {
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        "cpu": cpu_name(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in packages}},
    }


def _keep_large_blocks() -> None:
    """Keep freed activations in the process: glibc gives blocks over 32 MB back at every free, and page-ins cost more than the step."""
    if sys.platform == "linux" and platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        trim_threshold, mmap_max = -1, -4  # M_TRIM_THRESHOLD and M_MMAP_MAX of malloc.h
        libc.mallopt(trim_threshold, 2**31 - 1)
        libc.mallopt(mmap_max, 0)
