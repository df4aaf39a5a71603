"""Images a second through our augmentations and through torchvision's: `python -m benchmarks.augmentation`, on an idle machine.

Both have two CPU cores: ours takes whole batches on two threads of one process; torchvision's transforms take image by image
in the two workers of a DataLoader. They take turns in short rounds, so that a machine that slows down slows both.
"""

import time
from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import Generator, Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

from lightcnn import machine, rooms
from lightcnn.pixels import as_maps
from lightcnn.runtime import Runtime

CORES = 2
SIZES = (64, 512)
IMAGES = 4096
ROUNDS = 7
THEIRS = {
    "crop_flip": v2.Compose([v2.RandomCrop(32, 4), v2.RandomHorizontalFlip()]),
    "randaugment": v2.RandAugment(2, 10),
    "autoaugment": v2.AutoAugment(v2.AutoAugmentPolicy.CIFAR10),
    "jitter_cutout": v2.Compose([v2.ColorJitter(0.2, 0.2, 0.2, 0.1), v2.RandomErasing(1.0, (0.25, 0.25), (1.0, 1.0))]),
}


class Pictures(Dataset[Tensor]):
    """Images that go through a transform one by one, when they are asked for."""

    def __init__(self, images: Tensor, transform: Callable[[Tensor], Tensor]) -> None:
        self.images, self.transform = images, transform

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, place: int) -> Tensor:
        return self.transform(self.images[place])


def ours(name: str, images: Tensor, size: int) -> Callable[[], Iterable[Tensor]]:
    """What yields all images in batches, through our room with its defaults."""
    transform, generator = rooms.parse("augment", {"name": name}).build(), Generator().manual_seed(0)
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


def row(name: str, rates: np.ndarray) -> str:
    """A line of the table: medians with their interquartile ranges, and how many times torchvision's each of ours is."""
    low, median, high = np.percentile(rates, [25, 50, 75], axis=0)
    cells = [f"{middle:,.0f} ({spread:,.0f})" for middle, spread in zip(median, high - low, strict=True)]
    return " | ".join([name, *cells, *(f"{ratio:.1f}" for ratio in median[:-1] / median[-1])])


def main() -> None:
    """Time all, technique by technique, and print a table."""
    machine.start(Runtime(device="cpu", threads=CORES))
    images = as_maps(torch.randint(0, 256, (IMAGES, 32, 32, 3), dtype=torch.uint8, generator=Generator().manual_seed(0)))
    sizes = " | ".join(f"ours, batches of {size}" for size in SIZES)
    print(f"images/s: median (interquartile range) of {ROUNDS} | {sizes} | torchvision | {' | '.join('times' for _ in SIZES)}")
    for name in THEIRS:
        ways = [*(ours(name, images, size) for size in SIZES), theirs(name, images)]
        rates = np.array([[rate(way()) for way in ways] for _ in range(1 + ROUNDS)][1:])
        print(row(name, rates), flush=True)


if __name__ == "__main__":
    main()
