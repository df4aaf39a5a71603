"""Latency of our and published networks in ONNX Runtime, torch and torch.compile, side by side.

`make bench` runs this and writes reports/benchmarks/latency.json; `lightcnn docs` shows it in README.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import torch
from torch import nn

from benchmarks._measuring import device
from benchmarks.peers import NORMALISE, PEERS, SHAPE
from lightcnn.core.command import run
from lightcnn.core.errors import UserError
from lightcnn.core.files import write_bytes, write_json
from lightcnn.core.progress import Progress
from lightcnn.core.types import Shape
from lightcnn.core.yaml import read_yaml
from lightcnn.data.normalize import Normalize
from lightcnn.export.onnx import to_onnx
from lightcnn.models.reparameterize import reparameterized
from lightcnn.models.trained import read_run
from lightcnn.profiling.cost import count_macs, count_parameters
from lightcnn.profiling.latency import BATCHES, report
from lightcnn.reporting.published import PUBLISHED
from lightcnn.training.device import environment

TORCH = ("eager", "compile")
Answer = dict[str, Any]


class Candidate(NamedTuple):
    """A network as it is shipped, a file for each engine, and what was published of it."""

    network: nn.Module
    shape: Shape
    files: dict[str, Path]
    published: dict[str, Any] | None


class Way(NamedTuple):
    """One model through one engine, on one device with so many threads."""

    model: str
    engine: str
    device: str
    threads: int


def main(
    out: Path = Path("reports/benchmarks/latency.json"),
    params: Path = Path("params.yaml"),
    models: Path = Path("models"),
    runs: Path = Path("runs"),
    rounds: int = 5,
    calls: int = 100,
    only: str = "all",
) -> None:
    """Time all exported models and their peers in turn, ROUNDS times CALLS calls of one image each and a tenth as many of 64 images.

    With --only cpu or --only cuda on that device alone. Each model, engine and thread count has a process of its own; nothing else should run meanwhile.
    """
    if min(rounds, calls) < 1:
        raise UserError(f"--rounds {rounds} --calls {calls}: at least one is needed")
    torch.manual_seed(0)
    with TemporaryDirectory(prefix="latency") as scratch:
        exported = [name for name in read_yaml(params)["models"] if (models / name / "model.onnx").exists()]
        found = {name: ours(runs / name, models / name, Path(scratch)) for name in exported}
        found |= {name: peer(name, Path(scratch)) for name in PEERS}
        cards = {name: card(candidate) for name, candidate in found.items()}
        rows = measured({way: file for way, file in ways(found) if only in ("all", way.device)}, rounds, calls)
    where = environment(device())
    where["versions"]["onnxruntime"] = version("onnxruntime")
    write_json(out, {"machine": where, "rounds": rounds, "calls": calls, "models": cards, "timings": rows})
    for row in rows:
        print(f"{row['model']:22}{row['engine']:9}{row['device']:5}{row['threads']:2}{1000 * row['batch_1']['p50_ms']:9,.0f} us")


def ours(run: Path, exported: Path, scratch: Path) -> Candidate:
    """A run's best seed, and the files that were exported of it."""
    kept = read_run(run)
    network, shape = reparameterized(kept.model(kept.info.best_seed)), kept.info.shape
    forms = {"onnx": exported / "model.onnx", "int8": exported / "model.int8.onnx"}
    files = {engine: file for engine, file in forms.items() if file.exists()}
    return Candidate(network, shape, files | torch_files(network, kept.normalise(), shape, scratch / f"{run.name}.pt"), None)


def peer(name: str, scratch: Path) -> Candidate:
    """A published network, exported as ours are."""
    network, file = PEERS[name]().eval(), scratch / f"{name}.onnx"
    exported = to_onnx(network, NORMALISE, SHAPE, [str(number) for number in range(SHAPE.classes)])
    write_bytes(file, exported.SerializeToString(deterministic=True))
    files = {"onnx": file, **torch_files(network, NORMALISE, SHAPE, scratch / f"{name}.pt")}
    published = next(model for model in PUBLISHED["cifar10"] if model.name == name)
    return Candidate(network, SHAPE, files, {"data": "cifar10", "top1": published.top1, "source": published.source})


def torch_files(network: nn.Module, normalise: Normalize, shape: Shape, file: Path) -> dict[str, Path]:
    """The network with its normalisation, as both of torch's engines load it."""
    torch.save((nn.Sequential(normalise, network).eval(), shape), file)
    return dict.fromkeys(TORCH, file)


def card(candidate: Candidate) -> dict[str, Any]:
    """What a model is, apart from its speed."""
    sizes = {engine: file.stat().st_size for engine, file in candidate.files.items() if engine not in TORCH}
    return {
        "parameters": count_parameters(candidate.network),
        "macs": count_macs(candidate.network, candidate.shape),
        "bytes": sizes,
        "published": candidate.published,
    }


def ways(candidates: dict[str, Candidate]) -> Iterator[tuple[Way, Path]]:
    """All that is timed, and the file for each; compiling takes half a minute, so that is done for one thread only."""
    cores = torch.get_num_threads()
    for name, candidate in candidates.items():
        for engine, file in candidate.files.items():
            for threads in sorted({1} if engine == "compile" else {1, cores}):
                yield Way(name, engine, "cpu", threads), file
            if engine in TORCH and torch.cuda.is_available():
                yield Way(name, engine, "cuda", 1), file


def measured(files: dict[Way, Path], rounds: int, calls: int) -> list[dict[str, Any]]:
    """Start a process for each way, have them all take their turn in each round, and sum up."""
    answers: dict[Way, list[Answer]] = {way: [] for way in files}
    with ExitStack() as stack, ThreadPoolExecutor(torch.get_num_threads()) as pool:
        shown = stack.enter_context(Progress("latency", len(files) * (1 + rounds), 0, "auto", "step"))
        processes = {}
        for way, process in zip(files, pool.map(lambda way: stack.enter_context(started(way, files[way])), files), strict=True):
            processes[way] = process
            shown.epoch(f"{way.model} {way.engine} is ready")
        for _ in range(rounds):
            for way, process in processes.items():
                answers[way].append(json.loads(asked(process, way, f"{calls}\n")))
                shown.epoch(f"{way.model} {way.engine}")
    return [mean_std_n(way, found) for way, found in answers.items()]


@contextmanager
def started(way: Way, file: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is ready to be timed; it ends with its input."""
    command = [sys.executable, "-m", "benchmarks.engines", way.engine, str(file), way.device, str(way.threads)]
    with subprocess.Popen(command, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        asked(process, way, "")
        yield process


def asked(process: subprocess.Popen[bytes], way: Way, question: str) -> bytes:
    """The next line that a process says.

    Raises:
        UserError: where it has ended.
    """
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(BrokenPipeError):
        process.stdin.write(question.encode())
    answer = process.stdout.readline()
    if not answer:
        raise UserError(f"{way.model}, {way.engine}, {way.threads} threads on {way.device}: its process ended; what it said stands above")
    return answer


def mean_std_n(way: Way, answers: list[Answer]) -> dict[str, Any]:
    """All rounds of one way together, as reports/latency.json has them, and the most memory."""
    seconds = {size: [second for answer in answers for second in answer["seconds"][str(size)]] for size in BATCHES}
    return {**way._asdict(), **report(seconds), "memory_bytes": max(answer["memory_bytes"] for answer in answers)}


if __name__ == "__main__":
    run(main)
