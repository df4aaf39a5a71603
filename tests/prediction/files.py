"""Image files of all kinds, in memory or in a folder."""

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


def content(image: Image.Image, form: str, **options: Any) -> bytes:
    """An image as the content of a file."""
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def turned(pixels: np.ndarray, form: str = "PNG", orientation: int = 6) -> bytes:
    """Pixels that are stored lying, with an orientation that says how to show them (6: turned clockwise)."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return content(Image.fromarray(pixels), form, exif=exif)


def damaged_exif(entries: bytes, count: int, jfif: bool = False) -> bytes:
    """A JPEG of one grey, 8 pixels a side, whose EXIF holds entries as they come."""
    plain = content(Image.new("RGB", (8, 8), (90, 90, 90)), "JPEG", quality=95)
    header = 4 + int.from_bytes(plain[4:6], "big")
    block = b"Exif\0\0MM\0*\0\0\0\x08" + count.to_bytes(2, "big") + entries + bytes(4)
    segment = b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block
    return plain[:2] + (plain[2:header] if jfif else b"") + segment + plain[header:]


def entry(tag: int, kind: int, count: int, value: bytes) -> bytes:
    """One of EXIF: twelve bytes."""
    return tag.to_bytes(2, "big") + kind.to_bytes(2, "big") + count.to_bytes(4, "big") + value.ljust(4, b"\0")


def awkward(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Fill a folder with files that are hard to read, or none; the colour of each that is an image, by its name."""
    folder.mkdir(parents=True)
    red, green = np.zeros((20, 30, 3), np.uint8), Image.new("RGB", (30, 20), (0, 255, 0))
    red[..., 0] = 255
    deep = np.full((20, 30), 65535, np.uint16)
    palette = Image.new("P", (30, 20), 1)
    palette.putpalette([255, 0, 0, 0, 0, 255])
    files = {
        "turned.jpg": (turned(red, "JPEG"), (254, 0, 0)),
        "cmyk.JPG": (content(Image.new("CMYK", (30, 20), (0, 255, 255, 0)), "JPEG"), (254, 0, 0)),
        "deep.png": (content(Image.fromarray(deep), "PNG"), (255, 255, 255)),
        "palette.png": (content(palette, "PNG", transparency=1), (255, 255, 255)),
        "animated.gif": (content(green, "GIF", save_all=True, append_images=[Image.new("RGB", (30, 20), (255, 0, 0))]), (0, 255, 0)),
        "sub/upper.JFIF": (content(Image.new("RGB", (30, 20), (0, 0, 254)), "JPEG"), (0, 0, 254)),
    }
    (folder / "sub").mkdir()
    for name, (whole, _) in files.items():
        (folder / name).write_bytes(whole)
    (folder / "empty.png").touch()
    (folder / "text.png").write_text("no image at all")
    (folder / "notes.txt").write_text("no image by its name")
    (folder / "._turned.jpg").write_bytes(b"left by macOS")
    (folder / "Thumbs.db").write_bytes(b"left by Windows")
    os.mkfifo(folder / "pipe.png")
    (folder / "one.png").symlink_to("two.png")
    (folder / "two.png").symlink_to("one.png")
    (folder / "sub/up").symlink_to("..")
    (folder / "again.jpg").symlink_to("turned.jpg")
    return {name: colour for name, (_, colour) in files.items()}
