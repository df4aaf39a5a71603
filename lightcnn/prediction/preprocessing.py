"""Turn an image file or array into the pixels that a network takes, in training and prediction alike.

Any format that Pillow decodes, its first frame. Turned upright by its EXIF orientation. Integers of any depth are scaled to eight bits
by the largest value that the depth can hold; floats have to lie within 0 to 1; what is transparent is laid over white. The middle square,
by Pillow's bilinear filter, which averages where it shrinks. Colour profiles are left out of account.
"""

import io
import os
import stat
import warnings
from pathlib import Path

import numpy as np
from numpy import ndarray
from PIL import Image, ImageOps, UnidentifiedImageError

from lightcnn.core.errors import UserError

Source = str | os.PathLike[str] | bytes | Image.Image | ndarray
"""The path of an image file, its content, an image of Pillow's, or an array [height width] or [height width channel] (grey, RGB, with alpha)."""

LARGEST_BYTES = 2**31
"""Of a file: the largest image that Pillow takes, uncompressed, has about two thirds of that."""
BACKGROUND = (255, 255, 255)
FILTER = Image.Resampling.BILINEAR
NOT_DECODED = {"BUFR", "EPS", "GRIB", "HDF5", "MPEG", "WMF"}
"""Formats that Pillow recognises and leaves to other programs."""

ORIENTATION, BITS, PHOTOMETRIC, SAMPLE_FORMAT = 0x0112, 258, 262, 339
"""Tags of EXIF and TIFF."""
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
JFIF = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x01\x00\x48\x00\x48\x00\x00"
"""A header of a JPEG: 72 pixels an inch."""


def describe(channels: int, size: int) -> str:
    """Say in one line what `to_pixels` does."""
    return (
        f"upright by EXIF orientation, transparency over white {BACKGROUND}, integers scaled to 8 bits by their depth, "
        f"{'RGB' if channels == 3 else 'grey'}, middle square, {size} x {size} by Pillow's {FILTER.name.lower()} filter "
        "(lightcnn.prediction.preprocessing.to_pixels)"
    )


def to_pixels(source: Source, channels: int, size: int) -> ndarray:
    """Return the pixels of an image as a network takes them: uint8 [size size channels].

    Raises:
        UserError: where it is no image that can be read; the text is the reason, without the name of the file.
    """
    return as_channels(to_square(source, size), channels)


def to_square(source: Source, size: int) -> Image.Image:
    """Return the middle square of an image, upright, at `size` pixels a side: mode L where the image is grey, else RGB.

    Raises:
        UserError: where it is no image that can be read; the text is the reason, without the name of the file.
    """
    return fit_square(to_picture(source), size)


def to_picture(source: Source) -> Image.Image:
    """Return an image whole and upright: mode L where it is grey, else RGB.

    Raises:
        UserError: where it is no image that can be read; the text is the reason, without the name of the file.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damaged metadata, and of images that are merely large
            return _eight_bits(_loaded(source))
    except UserError:
        raise
    except Exception as error:  # of any kind: plugins of Pillow let through whatever the bytes of a file lead them into
        raise UserError(f"cannot be read as an image ({_reason(error)})") from None


def fit_square(picture: Image.Image, size: int) -> Image.Image:
    """Cut out the middle square and resize it."""
    return ImageOps.fit(picture, (size, size), FILTER)


def as_channels(picture: Image.Image, channels: int) -> ndarray:
    """Return a picture as an array [height width channel], grey (1) or RGB (3)."""
    pixels = np.asarray(picture.convert("L" if channels == 1 else "RGB"))
    return pixels.reshape(*pixels.shape[:2], channels)


def read_regular(path: str | os.PathLike[str]) -> bytes:
    """Read a file whole.

    Raises:
        UserError: where it cannot be read, is no regular file (a pipe would keep one waiting for ever), or is larger than any image.
    """
    try:
        status = Path(path).stat()
        if not stat.S_ISREG(status.st_mode):
            raise UserError("not a regular file")
        if status.st_size > LARGEST_BYTES:
            raise UserError(f"not an image: {status.st_size:,} bytes, more than {LARGEST_BYTES:,}")
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:  # a path with a zero byte is a ValueError
        raise UserError(getattr(error, "strerror", None) or str(error)) from None


def _loaded(source: Source) -> Image.Image:
    if isinstance(source, ndarray):
        return _from_array(source)
    image = source if isinstance(source, Image.Image) else _opened(source if isinstance(source, bytes) else read_regular(source))
    if image.format in NOT_DECODED:
        raise UserError(f"cannot be read as an image (Pillow leaves {image.format} to other programs)")
    image.load()
    if 0 in image.size:
        raise UserError("not a readable image (it has no pixels)")
    return image


def _opened(content: bytes) -> Image.Image:
    if not content:
        raise UserError("empty")
    try:
        return Image.open(io.BytesIO(content))
    except UnidentifiedImageError:
        if not content.startswith(b"\xff\xd8"):
            raise
        # Pillow 13 gives a JPEG up over an empty resolution in its EXIF, where it looks only if there is none in a JFIF header.
        return Image.open(io.BytesIO(content[:2] + JFIF + content[2:]))


def _from_array(array: ndarray) -> Image.Image:
    if array.ndim not in (2, 3) or 0 in array.shape or (array.ndim == 3 and array.shape[2] > 4):
        raise UserError(f"not an image: expected an array [height width] or [height width channel], not one of shape {array.shape}")
    if array.dtype.kind not in "bfu":
        raise UserError(f"not an image: {array.dtype} does not say how deep the pixels are; use uint8, uint16, bool or floats from 0 to 1")
    largest = np.iinfo(array.dtype).max if array.dtype.kind == "u" else 1
    pixels = array if array.dtype == np.uint8 else _scaled(array, largest)
    return Image.fromarray(np.ascontiguousarray(pixels[..., 0] if pixels.shape[2:] == (1,) else pixels))


def _eight_bits(image: Image.Image) -> Image.Image:
    """The image upright and opaque, grey (mode L) or RGB."""
    if image.mode[0] in "IF":
        return _upright(image, Image.fromarray(_deep(image)))
    is_grey = image.mode in ("1", "L", "LA", "La")
    if image.has_transparency_data:
        colours = image.convert("LA" if image.mode == "La" else image.mode).convert("RGBA")
        opaque = Image.alpha_composite(Image.new("RGBA", image.size, BACKGROUND), colours).convert("RGB")
    else:
        opaque = image
    return _upright(image, opaque.convert("L" if is_grey else "RGB"))


def _upright(image: Image.Image, pixels: Image.Image) -> Image.Image:
    """The pixels, turned as the metadata of `image` ask for; damaged ones ask for nothing."""
    try:
        turn = TURNS.get(image.getexif()[ORIENTATION])
    except Exception:  # a KeyError where there is none, and of any kind, as above
        turn = None
    return pixels if turn is None else pixels.transpose(turn)


def _deep(image: Image.Image) -> ndarray:
    """The grey pixels of more than eight bits, scaled to eight."""
    values, largest, tags = np.asarray(image), _largest(image), getattr(image, "tag_v2", {})
    if image.mode != "F":
        values = values.astype(np.int64)
    if largest == 2**32 - 1:
        values &= largest  # Pillow holds them in signed integers
    pixels = _scaled(values, largest)
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        pixels = np.where(values == transparent, BACKGROUND[0], pixels).astype(np.uint8)
    return 255 - pixels if tags.get(PHOTOMETRIC) == 0 else pixels


def _largest(image: Image.Image) -> int:
    """The largest value that a pixel can have: that of the file's depth where the file says, else of the mode."""
    tags = getattr(image, "tag_v2", {})
    if image.mode == "F":
        return 1
    if BITS in tags:
        return 2 ** (tags[BITS][0] - (tags.get(SAMPLE_FORMAT, (1,))[0] == 2)) - 1
    return 2**16 - 1 if image.mode != "I" or image.format in ("PNG", "PPM") else 2**31 - 1


def _scaled(values: ndarray, largest: int) -> ndarray:
    """Values of 0 to `largest` as 0 to 255, rounded."""
    low, high = values.min(), values.max()
    if not (low >= 0 and high <= largest):
        raise UserError(f"cannot be scaled (its pixels run from {low} to {high}; expected 0 to {largest})")
    pixels = np.floor(values.astype(np.float64) * 255 / largest + 0.5).astype(np.uint8)
    if largest >= 2**31 - 1 and high > 0 == pixels.max():
        raise UserError(f"cannot be scaled (its pixels reach {high} of {largest}, so all would be black; save it with 16 bits)")
    return pixels


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "in no format that Pillow knows"
    return " ".join(str(error).split()) or type(error).__name__
