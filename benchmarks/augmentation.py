"""Speed of augmentation: ours, and torchvision's transforms in two workers.

`make bench` runs this and writes reports/benchmarks/augmentation.json. Ours takes batches of 64, and of 1,024, which is what
training hands it (`batches.TOGETHER` batches of 64 in one go), on two threads; torchvision's takes image by image, as usual.
"""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Generator, Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

from benchmarks._measuring import Rates, over, spread
from lightcnn.core import registry
from lightcnn.core.command import run
from lightcnn.core.errors import UserError
from lightcnn.core.files import write_json
from lightcnn.core.progress import Progress
from lightcnn.core.runtime import Runtime
from lightcnn.data.normalize import as_maps
from lightcnn.training.device import environment, setup_determinism

CORES, IMAGES, SIZES = 2, 6144, (64, 1024)
THEIRS = {
    "crop_flip": v2.Compose([v2.RandomCrop(32, 4), v2.RandomHorizontalFlip()]),
    "randaugment": v2.RandAugment(2, 10),
    "autoaugment": v2.AutoAugment(v2.AutoAugmentPolicy.CIFAR10),
    "color_jitter": v2.ColorJitter(0.2, 0.2, 0.2, 0.1),
    "cutout": v2.RandomErasing(1.0, (0.25, 0.25), (1.0, 1.0)),
}


def main(out: Path = Path("reports/benchmarks/augmentation.json"), rounds: int = 5) -> None:
    """Time all techniques on the CPU in turn, ROUNDS times, after a round to warm up; nothing else should run meanwhile."""
    if rounds < 1:
        raise UserError(f"--rounds {rounds}: at least one is needed")
    device = setup_determinism(Runtime(device="cpu", threads=CORES))
    images = as_maps(torch.randint(0, 256, (IMAGES, 32, 32, 3), dtype=torch.uint8))
    table = {}
    with Progress("augmentation", len(THEIRS), 0, "auto", "technique") as shown:
        for name in THEIRS:
            table[name] = mean_std_n(measured(name, images, rounds))
            shown.epoch(name)
    write_json(out, {"machine": environment(device), "workers": CORES, "rounds": rounds, "cases": table})
    for name, row in table.items():
        print(f"{name:14}" + "; ".join(f"{what} {found['median']:,.1f}" for what, found in row.items()))


def measured(name: str, images: Tensor, rounds: int) -> Rates:
    """The images per second of each contender, round by round."""
    ways = {**{f"ours_{size}": ours(name, images, size) for size in SIZES}, "torchvision": theirs(name, images)}
    rates: Rates = {way: [] for way in ways}
    for _ in range(1 + rounds):
        for way, begin in ways.items():
            rates[way].append(rate(begin()))
    return {way: found[1:] for way, found in rates.items()}


class Pictures(Dataset[Tensor]):
    """Images that go through a transform one by one, when they are asked for."""

    def __init__(self, images: Tensor, transform: Callable[[Tensor], Tensor]) -> None:
        self.images, self.transform = images, transform

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, place: int) -> Tensor:
        return self.transform(self.images[place])


def ours(name: str, images: Tensor, size: int) -> Callable[[], Iterable[Tensor]]:
    """What yields all images in batches, through our component with its defaults."""
    transform, generator = registry.from_config("augment", {"name": name}).build(), Generator().manual_seed(0)
    return lambda: (transform(batch, generator) for batch in images.split(size))


def theirs(name: str, images: Tensor) -> Callable[[], Iterable[Tensor]]:
    """What yields all images in batches, through torchvision's transform."""
    loader = DataLoader(Pictures(images.contiguous(), THEIRS[name]), SIZES[0], num_workers=CORES, persistent_workers=True)
    return lambda: loader


def rate(batches: Iterable[Tensor]) -> float:
    """Images a second, from the first batch on: what is before it is the start of the workers."""
    steps = iter(batches)
    next(steps)
    start = time.perf_counter()
    count = sum(len(batch) for batch in steps)
    return count / (time.perf_counter() - start)


def mean_std_n(rates: Rates) -> dict[str, Any]:
    """Median, least and most of each contender, and of the ratios within a round."""
    ratios = {f"ours_{size}_over_torchvision": over(rates[f"ours_{size}"], rates["torchvision"]) for size in SIZES}
    return {name: spread(found) for name, found in {**rates, **ratios}.items()}


if __name__ == "__main__":
    run(main)
