"""What was found among images, in words: how many of each class and part, their sizes, colour, copies, balance."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from lightcnn.data.image_folder.layouts import SPLITS
from lightcnn.data.image_folder.reading import Decoded, Survey, repeated
from lightcnn.prediction.listing import first_of, printable

SHOWN_CLASSES = 20


def describe(root: Path, found: Survey, images: Decoded) -> Iterator[str]:
    """A line for each thing that is worth to know before training."""
    classes, splits = counts_of(found), Counter(sample.split for sample in found.samples)
    parts = ", ".join(f"{splits[split]:,} {split}" for split in SPLITS if splits[split])
    yield f"{root}: {len(found.samples):,} images of {len(classes):,} classes ({parts})"
    listed = (f"{printable(name)} {count:,}" for name, count in classes.most_common())
    yield f"images per class: {first_of(listed, SHOWN_CLASSES)}"
    yield f"balance: the largest class has {imbalance(classes):.1f} times the images of the smallest"
    sizes = Counter(images.sizes)
    shown = first_of((f"{width} x {height} ({count:,})" for (width, height), count in sizes.most_common()), 5)
    yield f"sizes in pixels: {shown}"
    grey = int(images.are_grey.sum())
    mixed = f"{len(images.are_grey) - grey:,} in colour, {grey:,} grey, which become colour"
    yield f"colour: {'all grey' if grey == len(images.are_grey) else mixed if grey else 'all in colour'}"
    pairs = Counter((sample.name, digest) for sample, digest in zip(found.samples, found.digests, strict=True))
    yield f"exact copies: {sum(pairs.values()) - len(pairs):,} within a class"
    yield from repeated(found)


def counts_of(found: Survey) -> Counter[str]:
    """How many images each class has."""
    return Counter(sample.name for sample in found.samples)


def imbalance(classes: Mapping[str, int]) -> float:
    """How many times as many images the largest class has as the smallest."""
    return max(classes.values()) / min(classes.values())


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    """What became of images, by what they are called and the SHA-256 of their content: a line for each kind of change."""
    contents, gone = set(before.values()), {digest for place, digest in before.items() if place not in after}
    arrived = {place: digest for place, digest in after.items() if place not in before}
    moved = [place for place, digest in arrived.items() if digest in gone]
    kinds = {
        "new": [place for place, digest in arrived.items() if digest not in contents],
        "new, copies of others": [place for place, digest in arrived.items() if digest in contents and digest not in gone],
        "moved or renamed": moved,
        "changed": [place for place, digest in after.items() if before.get(place, digest) != digest],
        "gone": [place for place, digest in before.items() if place not in after and digest not in {after[m] for m in moved}],
    }
    for kind, places in kinds.items():
        if places:
            yield f"{len(places):,} {kind}: {first_of(places, 5)}"
