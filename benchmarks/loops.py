"""Training loops to compare, each in its own process: `python -m benchmarks.loops CASE LOOP`."""

import sys
import time
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

from benchmarks import _measuring
from lightcnn.core.command import run
from lightcnn.core.registry import from_config
from lightcnn.core.runtime import Runtime
from lightcnn.core.threads import cores
from lightcnn.core.types import Shape
from lightcnn.data.normalize import Normalize
from lightcnn.data.types import Split
from lightcnn.training.batches import BatchLoader
from lightcnn.training.device import compile_mode, setup_determinism
from lightcnn.training.loop import Learner, backward, train_epoch
from lightcnn.training.recipe import Training

BATCH, CLASSES, MEAN, STD = 64, 10, (0.49, 0.48, 0.45), (0.25, 0.24, 0.26)
ENHANCED = {"name": "enhanced", "conv": {"name": "bsconv"}, "attention": {"name": "se", "hidden": 4}}
WIDE = {"name": "enhanced", "widths": [16, 32, 64], "conv": {"name": "bsconv"}, "attention": None}
CASES = {"paper": ({"name": "paper"}, 200), "enhanced": (ENHANCED, 40), "resnet8": ({"name": "resnet8"}, 40), "wide": (WIDE, 40)}
"""The networks, each with the batches of a measured epoch on a CPU; a GPU gets ten times as many."""
USUAL = tuple(f"usual-{threads}-{layout}" for threads in (1, 2) for layout in ("contiguous", "channels_last"))


def main(case: str, loop: str, threads: int | None = None, batches: int | None = None, paced: bool = False) -> None:
    """Time one epoch of LOOP (ours, limit, usual-THREADS-LAYOUT) on CASE, after one to warm up.

    Of the first two THREADS says on how many CPU threads, by default one a core. An epoch has so many BATCHES. With --paced the
    second epoch waits for a line on standard input, and standard output says when it does.
    """
    usual = loop.startswith("usual-")
    # The usual loop is what people write: no exact repetition, no allocator of its own.
    device = _measuring.device() if usual else setup_determinism(Runtime(threads=threads or cores()))
    count = batches or CASES[case][1] * (10 if device.type == "cuda" else 1)
    split = Split(torch.randint(0, 256, (BATCH * count, 32, 32, 3), dtype=torch.uint8), torch.randint(0, CLASSES, (BATCH * count,)))
    epoch = usual_loop(case, split, device, *loop.split("-")[1:]) if usual else our_loop(case, split, device, loop == "limit")
    epoch()
    if paced:
        print("ready", flush=True)
        sys.stdin.readline()
    began = time.perf_counter()
    epoch()
    print(f"{BATCH * count / (time.perf_counter() - began):.0f}")


def our_loop(case: str, split: Split, device: torch.device, is_limit: bool) -> Callable[[], None]:
    """An epoch of this project's training; at the limit all batches are one and the same, which is there already."""
    recipe = Training.from_plain(
        {
            "architecture": CASES[case][0],
            "augment": [{"name": "crop_flip"}],
            "batch_size": BATCH,
            "epochs": 2,
            "seeds": [0],
            "optimizer": {"name": "sgd"},
            "schedule": {"name": "one_cycle"},
        }
    )
    network = network_of(case).to(device).to(memory_format=torch.channels_last)
    mode = compile_mode(Runtime(), device)
    if mode:
        network.compile(mode=mode)
    learner = Learner(network, recipe, recipe.loss.build(split.labels.bincount(minlength=CLASSES)), seed=0)
    there = Split(*(part.to(device) for part in split))
    feed = BatchLoader.from_recipe(recipe, Normalize(MEAN, STD, there.images.shape[2]).to(device), CLASSES)
    (_, batch), *_ = feed.epoch(Split(*(part[:BATCH] for part in there)), learner.first_step(1), torch.Generator(device))

    def ours() -> None:
        train_epoch(learner, feed, there).item()

    def limit() -> None:
        losses = [learner.optimizer.step(partial(backward, learner, batch)) for _ in range(feed.batches_per_epoch(there))]
        torch.stack(losses).mean().item()

    return limit if is_limit else ours


class InMemory(Dataset[tuple[Tensor, int]]):
    """Images in memory, transformed one by one."""

    def __init__(self, split: Split) -> None:
        self.images, self.labels = split.images.permute(0, 3, 1, 2).contiguous(), split.labels.tolist()
        scaled = [v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, STD)]
        self.transform = v2.Compose([v2.RandomCrop(32, padding=4), v2.RandomHorizontalFlip(), *scaled])

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, place: int) -> tuple[Tensor, int]:
        return self.transform(self.images[place]), self.labels[place]


def usual_loop(case: str, split: Split, device: torch.device, threads: str, layout: str) -> Callable[[], None]:
    """An epoch as it is usually written: torchvision's transforms an image, two persistent workers, a rate a step."""
    torch.set_num_threads(int(threads))
    memory_format = torch.channels_last if layout == "channels_last" else torch.contiguous_format
    network = network_of(case).to(device).to(memory_format=memory_format).train()
    on_gpu = device.type == "cuda"
    loader = DataLoader(InMemory(split), BATCH, shuffle=True, num_workers=2, persistent_workers=True, drop_last=True, pin_memory=on_gpu)
    optimizer = torch.optim.SGD(network.parameters(), 0.1, 0.9, nesterov=True, weight_decay=2e-4)
    schedule = OneCycleLR(optimizer, 0.1, total_steps=2 * len(loader) + 1)

    def epoch() -> None:
        total = 0.0
        for images, labels in loader:
            images = images.to(device, memory_format=memory_format, non_blocking=True)
            loss = functional.cross_entropy(network(images), labels.to(device, non_blocking=True))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()

    return epoch


def network_of(case: str) -> nn.Module:
    """The network of a case for CIFAR-10's shape, with the same weights every time."""
    torch.manual_seed(0)
    network: nn.Module = from_config("architectures", CASES[case][0]).build(Shape(3, 32, CLASSES))
    return network


if __name__ == "__main__":
    run(main)
