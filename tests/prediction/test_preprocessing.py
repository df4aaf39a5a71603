"""Pixels of any image: against Pillow by hand, NumPy's turns, and worked examples."""

import io
import random
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lightcnn.core.errors import UserError
from lightcnn.prediction.preprocessing import describe, fit_square, to_pixels, to_square
from tests.prediction.files import content, damaged_exif, entry, turned

NOISE = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
RAMP = np.arange(65536, dtype=np.uint16).reshape(256, 256)
WHITE = [255, 255, 255]


def grey_of(source: bytes | np.ndarray | Image.Image, size: int) -> np.ndarray:
    return to_pixels(source, 1, size)[..., 0].astype(int)


@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize(
    ("orientation", "shown"),
    [
        (1, NOISE),
        (2, NOISE[:, ::-1]),
        (3, NOISE[::-1, ::-1]),
        (4, NOISE[::-1]),
        (5, NOISE.transpose(1, 0, 2)),
        (6, np.rot90(NOISE, -1)),
        (7, NOISE[::-1, ::-1].transpose(1, 0, 2)),
        (8, np.rot90(NOISE)),
        (9, NOISE),
        (0, NOISE),
    ],
)
def test_an_image_is_shown_as_its_orientation_says(form: str, orientation: int, shown: np.ndarray) -> None:
    options = {"lossless": True} if form == "WEBP" else {}
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = content(Image.fromarray(NOISE), form, exif=exif, **options)
    np.testing.assert_array_equal(to_pixels(stored, 3, 8), shown)
    np.testing.assert_array_equal(to_pixels(Image.open(io.BytesIO(stored)), 3, 8), shown)


ORIENTED = entry(0x0112, 3, 1, b"\0\x06")


@pytest.mark.parametrize("jfif", [True, False])
@pytest.mark.parametrize(
    "resolution",
    [
        entry(0x011A, 2, 4, b"72\0\0"),  # text
        entry(0x011A, 2, 1, b"\0"),  # an empty text
        entry(0x011A, 5, 1, b"\xff\xff\xff\xff"),  # a fraction that lies outside of the file
        entry(0x011A, 7, 4, b"\1\2\3\4"),
        entry(0x011A, 99, 1, b"\1"),
        entry(0x8769, 4, 1, b"\xff\xff\xff\xff"),
        entry(0x8825, 2, 4, b"gps\0"),
        entry(0x0112, 2, 2, b"6\0"),  # an orientation in words
        entry(0x0112, 5, 1, b"\0\0\0\x00"),
    ],
)
def test_damaged_metadata_are_no_reason_to_refuse_an_image(resolution: bytes, jfif: bool) -> None:
    unit = entry(0x0128, 3, 1, b"\0\2")
    pixels = to_pixels(damaged_exif(resolution + unit, 2, jfif), 3, 8)
    assert np.abs(pixels.astype(int) - 90).max() <= 1


def test_an_orientation_is_found_beside_damaged_entries() -> None:
    whole = content(Image.fromarray(np.tile(np.arange(0, 256, 16, dtype=np.uint8), (16, 1))), "JPEG", quality=100)
    block = b"Exif\0\0MM\0*\0\0\0\x08\0\3" + ORIENTED + entry(0x011A, 2, 1, b"\0") + entry(0x0128, 3, 1, b"\0\2") + bytes(4)
    header = 4 + int.from_bytes(whole[4:6], "big")
    damaged = whole[:2] + b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block + whole[header:]
    assert np.abs(grey_of(damaged, 16) - np.rot90(grey_of(whole, 16), -1)).max() == 0
    assert np.ptp(grey_of(damaged, 16)[:, 0]) > 200


@pytest.mark.parametrize("form", ["PNG", "TIFF", "PPM", "JPEG2000"])
def test_sixteen_bits_are_scaled_by_257(form: str) -> None:
    wanted = np.rint(RAMP / 257)  # 65535 = 255 * 257; nothing lies half-way
    np.testing.assert_array_equal(grey_of(content(Image.fromarray(RAMP), form), 256), wanted)
    np.testing.assert_array_equal(grey_of(RAMP, 256), wanted)


def test_a_sixteen_bit_image_is_turned_too() -> None:
    deep = np.arange(0, 64 * 257, 257, dtype=np.uint16).reshape(8, 8)
    np.testing.assert_array_equal(grey_of(turned(deep), 8), np.rot90(np.arange(64).reshape(8, 8), -1))


@pytest.mark.parametrize(("dtype", "largest"), [(np.int32, 2**31 - 1), (np.uint16, 2**16 - 1)])
def test_integers_in_a_tiff_are_scaled_by_their_depth(dtype: type, largest: int) -> None:
    values = np.array([[0, largest // 4], [largest // 2, largest]])
    assert grey_of(content(Image.fromarray(values.astype(dtype)), "TIFF"), 2).tolist() == [[0, 64], [127, 255]]


def test_unsigned_integers_of_32_bits_in_a_tiff_reach_beyond_the_signed_ones() -> None:
    stored = bytearray(content(Image.fromarray(np.array([[0, -1], [2**31 - 1, -(2**31)]], np.int32)), "TIFF"))
    at = stored.index((339).to_bytes(2, "little") + (3).to_bytes(2, "little"))  # SampleFormat, from 2 (signed) to 1 (unsigned)
    assert stored[at + 8] == 2
    stored[at + 8] = 1
    assert grey_of(bytes(stored), 2).tolist() == [[0, 255], [127, 128]]


@pytest.mark.parametrize("deep", [False, True])
def test_a_tiff_in_which_zero_is_white(deep: bool) -> None:
    values = np.array([[0, 65535], [65535, 0]], np.uint16) if deep else np.array([[255, 0], [0, 255]], np.uint8)
    # Pillow turns the values of eight bits round when it writes, those of sixteen it writes as they are.
    assert grey_of(content(Image.fromarray(values), "TIFF", tiffinfo={262: 0}), 2).tolist() == [[255, 0], [0, 255]]


def test_one_bit_is_black_or_white() -> None:
    bits = np.array([[True, False], [False, True]])
    for source in (bits, Image.fromarray(bits), content(Image.fromarray(bits), "PNG"), content(Image.fromarray(bits), "TIFF")):
        assert grey_of(source, 2).tolist() == [[255, 0], [0, 255]]


def test_floats_lie_within_0_and_1() -> None:
    values = np.array([[0, 0.25], [0.5, 1]], np.float32)
    for source in (values, values.astype(np.float64), Image.fromarray(values), content(Image.fromarray(values), "TIFF")):
        assert grey_of(source, 2).tolist() == [[0, 64], [128, 255]]


@pytest.mark.parametrize(
    "values",
    [
        np.full((2, 2), 255.0),
        np.full((2, 2), -0.1),
        np.full((2, 2), np.nan),
        np.full((2, 2), 7, np.int64),  # of what depth?
        np.full((2, 2), "a"),
        np.zeros((2, 2, 5), np.uint8),
        np.zeros((0, 2), np.uint8),
        np.zeros(4, np.uint8),
        np.array(None),
    ],
)
def test_numbers_without_a_meaning_are_refused(values: np.ndarray) -> None:
    with pytest.raises(UserError, match=r"^not an image|^cannot be scaled"):
        to_pixels(values, 1, 2)


@pytest.mark.parametrize("values", [[[0, -5], [3, 4]], [[0, 65535], [9, 9]]])
def test_integers_of_32_bits_that_would_be_black_or_lie_below_zero_are_refused(values: list[list[int]]) -> None:
    with pytest.raises(UserError, match=r"^cannot be scaled"):
        to_pixels(content(Image.fromarray(np.array(values, np.int32)), "TIFF"), 1, 2)


def transparent() -> dict[str, Image.Image]:
    """Images whose left half is visible and whose right half hides a colour."""
    rgba = np.zeros((2, 2, 4), np.uint8)
    rgba[:, 0] = 10, 20, 30, 255
    rgba[:, 1] = 200, 0, 0, 0
    grey = np.array([[20, 99], [20, 99]], np.uint8)
    key = Image.fromarray(grey)
    key.info["transparency"] = 99
    palette = Image.fromarray(np.array([[0, 1], [0, 1]], np.uint8)).convert("P")
    palette.putpalette([10, 20, 30, 200, 0, 0])
    palette.info["transparency"] = bytes([255, 0])
    colour = Image.fromarray(rgba[..., :3])
    colour.info["transparency"] = (200, 0, 0)
    image = Image.fromarray(rgba)
    two = Image.fromarray(np.stack([grey, rgba[..., 3]], -1))
    return {"RGBA": image, "RGBa": image.convert("RGBa"), "P": palette, "RGB": colour, "LA": two, "La": two.convert("La"), "L": key}


@pytest.mark.parametrize("mode", ["RGBA", "RGBa", "P", "RGB", "LA", "La", "L"])
def test_what_is_transparent_is_white_whatever_colour_it_hides(mode: str) -> None:
    image = transparent()[mode]
    visible = [20, 20, 20] if mode in ("LA", "La", "L") else [10, 20, 30]
    assert image.mode == mode
    assert to_pixels(image, 3, 2)[0].tolist() == [visible, WHITE]
    assert to_square(image, 2).mode == ("L" if mode in ("LA", "La", "L") else "RGB")
    if mode not in ("RGBa", "La"):  # which no file can hold
        assert to_pixels(content(image, "PNG"), 3, 2)[0].tolist() == [visible, WHITE]


def test_half_transparent_is_half_way_to_white() -> None:
    source = np.array([[[0, 100, 200, 51]] * 2] * 2, np.uint8)  # 51 of 255: a fifth
    assert to_pixels(source, 3, 2)[0, 0].tolist() == [204, 224, 244]


def test_a_transparent_value_of_sixteen_bits_is_white() -> None:
    values = np.array([[1000, 60000]] * 2, np.uint16)
    assert grey_of(content(Image.fromarray(values), "PNG", transparency=1000), 2)[0].tolist() == [255, 233]


def test_inks_and_other_colours_are_those_of_pillow() -> None:
    cmyk = np.array([[[0, 255, 255, 0], [255, 0, 0, 51]]] * 2, np.uint8)
    image = Image.frombytes("CMYK", (2, 2), cmyk.tobytes())
    # (255 - ink) * (255 - black) / 255
    assert to_pixels(content(image, "TIFF"), 3, 2)[0].tolist() == [[255, 0, 0], [0, 204, 204]]


def test_of_an_animation_the_first_frame_is_taken() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ((0, 255, 0), (255, 0, 0), (0, 0, 255))]
    for form in ("GIF", "PNG", "WEBP", "TIFF"):
        options = {"lossless": True} if form == "WEBP" else {}
        assert to_pixels(content(frames[0], form, save_all=True, append_images=frames[1:], **options), 3, 4)[0, 0].tolist() == [0, 255, 0]


@pytest.mark.parametrize(("width", "height"), [(60, 80), (80, 60), (61, 80), (80, 61), (60, 60)])
def test_the_middle_square_is_resized_by_pillows_bilinear_filter(width: int, height: int) -> None:
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8))
    side, across, down = min(width, height), max(0, width - height) / 2, max(0, height - width) / 2
    wanted = image.resize((16, 16), Image.Resampling.BILINEAR, box=(across, down, across + side, down + side))
    np.testing.assert_array_equal(to_pixels(content(image, "PNG"), 3, 16), np.asarray(wanted))


def test_path_content_picture_and_array_are_the_same_image(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(content(Image.fromarray(NOISE), "PNG"))
    wanted = np.asarray(Image.fromarray(NOISE).resize((5, 5), Image.Resampling.BILINEAR))
    path = tmp_path / "a.png"
    for source in (path, str(path), path.read_bytes(), Image.open(path), NOISE, NOISE.astype(np.uint16) * 257, NOISE / 255):
        np.testing.assert_array_equal(to_pixels(source, 3, 5), wanted)


def test_a_grey_network_sees_colours_in_grey_and_the_other_way_round() -> None:
    np.testing.assert_array_equal(to_pixels(NOISE, 1, 8)[..., 0], np.asarray(Image.fromarray(NOISE).convert("L")))
    assert to_pixels(np.full((8, 8, 1), 7, np.uint8), 3, 8).tolist() == np.full((8, 8, 3), 7).tolist()
    grey = Image.fromarray(NOISE[..., 0])
    # To make a data set of one kind, folder turns into colour what was resized in grey already.
    np.testing.assert_array_equal(np.asarray(fit_square(grey, 5).convert("RGB")), np.asarray(fit_square(grey.convert("RGB"), 5)))


def test_the_image_that_is_handed_over_stays_as_it_is() -> None:
    image = Image.open(io.BytesIO(turned(NOISE)))
    before = np.asarray(image).copy()
    to_pixels(image, 1, 4)
    np.testing.assert_array_equal(np.asarray(image), before)
    assert image.getexif()[0x0112] == 6


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (b"", "empty"),
        (b"no image", "in no format that Pillow knows"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\n", "Pillow leaves EPS to other programs"),
        ("nowhere.png", "No such file or directory"),
        ("a\0b.png", "null"),
        ("/dev/null", "not a regular file"),
        ("/", "not a regular file"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(source: bytes | str, reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        to_pixels(source, 3, 8)


@pytest.mark.parametrize("form", ["BMP", "GIF", "ICO", "JPEG", "JPEG2000", "PCX", "PNG", "PPM", "SGI", "TGA", "TIFF", "WEBP", "AVIF"])
def test_of_damaged_files_nothing_comes_but_pixels_or_a_reason(form: str) -> None:
    whole, draw = content(Image.fromarray(np.tile(NOISE, (4, 4, 1))), form), random.Random(0)
    for _ in range(60):
        damaged = bytearray(whole[: draw.randrange(len(whole))] if draw.random() < 0.3 else whole)
        for _ in range(draw.choice([1, 3, 30])):
            if damaged:
                damaged[draw.randrange(min(len(damaged), 200))] = draw.randrange(256)
        assert re.fullmatch("pixels|cannot be read as an image (?!.*0x).*", tried(bytes(damaged)))


def tried(source: bytes) -> str:
    """What comes of it: pixels, or the reason why none."""
    try:
        assert to_pixels(source, 3, 8).shape == (8, 8, 3)
    except UserError as error:
        return str(error)
    return "pixels"


def test_a_file_larger_than_any_image_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "sparse.png").open("wb") as file:
        file.truncate(200_000_000_000)
    with pytest.raises(UserError, match=r"^not an image: 200,000,000,000 bytes, more than 2,147,483,648$"):
        to_pixels(tmp_path / "sparse.png", 3, 8)


def test_a_large_photograph_is_taken_and_a_bomb_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 50)
    stored = content(Image.fromarray(NOISE), "PNG")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert to_pixels(stored, 3, 8).shape == (8, 8, 3)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20)
    with pytest.raises(UserError, match="decompression bomb"):
        to_pixels(stored, 3, 8)


def test_it_says_what_it_does() -> None:
    words = describe(3, 48)
    assert all(word in words for word in ("EXIF", "(255, 255, 255)", "depth", "RGB", "middle square", "48 x 48", "bilinear"))
    assert "grey" in describe(1, 28)
