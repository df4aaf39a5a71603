"""Run one model on one engine in its own process: `python -m benchmarks.engines ENGINE FILE DEVICE THREADS`.

It says `ready`. Then it answers each line that it reads, a number of calls, with a line of JSON: the seconds of that many calls.
"""

import json
import resource
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from lightcnn.core.command import run
from lightcnn.profiling.latency import BATCHES, random_pixels, timed

Call = Callable[[], object]
STATUS = Path("/proc/self/status")
SHARES = {1: 1, 64: 10}
"""By batch size: of the calls that are asked for, one in so many is made."""


def main(engine: str, file: Path, device: str, threads: int) -> None:
    """Load FILE, and time it whenever asked. ENGINE is onnx, int8, eager or compile, DEVICE cpu or cuda.

    Memory is what engine, model and both batches took at most: of the process, above what it had before, or on the GPU.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Its starter is interrupted as well, and says so.
    before = peak_bytes()
    calls = onnx_calls(file, threads) if engine in ("onnx", "int8") else torch_calls(file, threads, device, engine == "compile")
    for call in calls.values():
        call()
    print("ready", flush=True)
    for line in sys.stdin:
        seconds = {size: burst(call, -(-int(line) // SHARES[size])) for size, call in calls.items()}
        memory = cuda_bytes() if device == "cuda" else peak_bytes() - before
        print(json.dumps({"seconds": seconds, "memory_bytes": memory}), flush=True)


def burst(call: Call, count: int) -> list[float]:
    """Seconds of `count` calls, after some that warm up."""
    for _ in range(1 + count // 10):
        call()
    return [timed(call, time.perf_counter) for _ in range(count)]


def onnx_calls(file: Path, threads: int) -> dict[int, Call]:
    """ONNX Runtime, as this project uses it."""
    from lightcnn.export.ort import open_session  # What an engine brings into the process counts as its memory.

    session = open_session(file, threads)
    channels, size, _ = session.get_inputs()[0].shape[1:]
    return {count: partial(session.run, None, {"images": random_pixels(count, channels, size, size)}) for count in BATCHES}


def torch_calls(file: Path, threads: int, device: str, is_compiled: bool) -> dict[int, Call]:
    """torch, compiled or not, from a file with the network and its `Shape`."""
    import torch

    from lightcnn.core.runtime import Runtime
    from lightcnn.training.device import compile_mode

    torch.set_num_threads(threads)
    network, shape = torch.load(file, device, weights_only=False)
    if is_compiled:
        # Each batch size by itself: a graph for any size is slower.
        network.compile(mode=compile_mode(Runtime(compile="on"), torch.device(device)), dynamic=False)

    @torch.inference_mode()
    def call(images: torch.Tensor) -> None:
        network(images)
        if device == "cuda":
            torch.cuda.synchronize()

    return {
        count: partial(call, torch.from_numpy(random_pixels(count, shape.channels, shape.size, shape.size)).to(device)) for count in BATCHES
    }


def peak_bytes() -> int:
    """The most memory that this process ever had."""
    if STATUS.exists():
        # Linux gives a child's `ru_maxrss` that of its parent to begin with.
        return next(int(line.split()[1]) * 1024 for line in STATUS.read_text("utf-8").splitlines() if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def cuda_bytes() -> int:
    """The most memory of the GPU that torch's tensors ever had."""
    import torch

    return torch.cuda.max_memory_allocated()


if __name__ == "__main__":
    run(main)
