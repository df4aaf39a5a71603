"""`lightcnn predict` and `lightcnn info`, from outside."""

import csv
import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.prediction import shipped
from tests.prediction.files import awkward, content

Done = subprocess.CompletedProcess[bytes]


def lightcnn(*arguments: str | Path, cwd: Path, stdin: bytes = b"", **environment: str) -> Done:
    command = [sys.executable, "-m", "lightcnn.cli", *map(os.fspath, arguments)]
    root = {"PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(
        command, cwd=cwd, env={**os.environ, **root, **environment}, input=stdin, capture_output=True, check=False, timeout=60
    )


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a model and images of one colour each."""
    shipped.write(tmp_path / "model", facts={"name": "colours", "temperature": 2.0, "cost": {"parameters": 12345, "p50_ms": 0.25}})
    (tmp_path / "images").mkdir()
    for name, colour in (("a", (200, 0, 0)), ("b", (0, 200, 0)), ("c", (0, 100, 200))):
        Image.new("RGB", (30, 20), colour).save(tmp_path / f"images/{name}.png")
    return tmp_path


def test_a_table_has_a_row_an_image(place: Path) -> None:
    done = lightcnn("predict", "model", "images/c.png", "images/a.png", "--top", "2", cwd=place)
    best = [100 * max(shipped.probabilities(means, 2)) for means in ([0, 100, 200], [200, 0, 0])]
    cells = [line.split() for line in done.stdout.decode().splitlines()]
    assert [(row[0], row[1], row[2]) for row in cells] == [
        ("images/c.png", "blue", f"{best[0]:.1f}%"),
        ("images/a.png", "red", f"{best[1]:.1f}%"),
    ]
    assert [len(row) for row in cells] == [5, 5]
    assert (done.returncode, done.stderr) == (0, b"")


def test_json_and_csv_hold_the_same(place: Path) -> None:
    as_json = json.loads(lightcnn("predict", "model", "images", "--json", cwd=place).stdout)
    rows = list(csv.DictReader(io.StringIO(lightcnn("predict", "model", "images", "--csv", cwd=place).stdout.decode())))
    assert [image["image"] for image in as_json] == ["images/a.png", "images/b.png", "images/c.png"]
    blue = dict(zip(shipped.COLOURS, shipped.probabilities([0, 100, 200], 2), strict=True))
    assert {found["class"]: found["probability"] for found in as_json[2]["predictions"]} == pytest.approx(blue, rel=1e-6)
    told = [(image["image"], str(rank), found["class"]) for image in as_json for rank, found in enumerate(image["predictions"], 1)]
    assert [(row["image"], row["rank"], row["class"]) for row in rows] == told
    assert float(rows[-1]["probability"]) == pytest.approx(min(blue.values()), rel=1e-5)


def test_standard_input_is_an_image_too(place: Path) -> None:
    stdin = content(Image.new("RGB", (30, 20), (0, 200, 0)), "JPEG")
    done = lightcnn("predict", "model", "images/a.png", "-", "--top", "1", "--csv", cwd=place, stdin=stdin)
    assert [row.split(",")[::2] for row in done.stdout.decode().splitlines()[1:]] == [["images/a.png", "red"], ["-", "green"]]


def test_of_a_folder_of_awkward_files_all_images_are_answered_and_the_others_named(tmp_path: Path) -> None:
    model = shipped.write(tmp_path / "model")
    colours = awkward(tmp_path / "odd")
    done = lightcnn("predict", model, "odd", "--json", cwd=tmp_path)
    found = {image["image"]: image["predictions"] for image in json.loads(done.stdout)}
    assert found.keys() == {f"odd/{name}" for name in colours}
    for name, colour in colours.items():
        wanted = dict(zip(shipped.COLOURS, shipped.probabilities(list(colour)), strict=True))
        assert {item["class"]: item["probability"] for item in found[f"odd/{name}"]} == pytest.approx(wanted, abs=0.01)
    lines = done.stderr.decode().splitlines()
    assert done.returncode == 1
    assert lines[-1] == "lightcnn predict: 2 could not be read (named above); all others were answered"
    assert [line.partition(":")[0] for line in lines[-3:-1]] == ["odd/empty.png", "odd/text.png"]
    named = " ".join(lines[:-3])
    assert all(name in named for name in ("pipe.png", "one.png", "two.png", "odd/sub/up", "again.jpg", "notes.txt", "._turned.jpg"))


@pytest.mark.parametrize("name", ["nowhere.png", "pipe.png", "text.txt", "empty", b"\xff\n\x1b.png"])
def test_what_cannot_be_read_is_named_and_the_rest_is_answered(place: Path, name: str | bytes) -> None:
    (place / "text.txt").write_text("no image")
    os.mkfifo(place / "pipe.png")
    (place / "empty").mkdir()
    done = lightcnn("predict", "model", os.fsdecode(name), "images/b.png", cwd=place, LC_ALL="C")
    assert done.returncode == 1
    assert done.stdout.split()[:2] == [b"images/b.png", b"green"]
    told, last = done.stderr.decode("ascii").splitlines()
    assert told.startswith("\\udcff\\n\\x1b.png: No such file" if isinstance(name, bytes) else f"{name}: ")
    assert last == "lightcnn predict: 1 could not be read (named above); all others were answered"


def test_names_that_no_terminal_can_show_are_written_out(place: Path) -> None:
    name = os.fsdecode("größe\n".encode() + b"\xff.png")
    (place / "images/a.png").rename(place / name)
    for encoding in ("ascii", "utf-8"):
        for form in ((), ("--csv",), ("--json",)):
            done = lightcnn("predict", "model", name, *form, cwd=place, PYTHONIOENCODING=encoding)
            assert (done.returncode, done.stderr) == (0, b""), (encoding, form)
            assert b"udcff.png" in done.stdout


def test_a_class_whose_name_would_move_the_cursor_is_written_out(tmp_path: Path) -> None:
    model = shipped.write(tmp_path / "model", labels=("a\nb", "c\x1b[2J", "größe"))
    Image.new("RGB", (8, 8), (200, 100, 0)).save(tmp_path / "a.png")
    (line,) = lightcnn("predict", model, "a.png", cwd=tmp_path).stdout.decode().splitlines()
    assert [word for word in line.split() if "%" not in word] == ["a.png", "a\\nb", "c\\x1b[2J", "größe"]


def test_a_folder_that_may_not_be_read_is_named(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from lightcnn.core.errors import UserError
    from lightcnn.prediction.commands import show_predictions

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.chdir(place)
    monkeypatch.setattr(os, "scandir", refuse)  # to root nothing is forbidden
    with pytest.raises(UserError, match=r"^1 could not be read"):
        show_predictions(Path("model"), ["images", "images/a.png"], 1, "table")
    told = capsys.readouterr()
    assert told.err == "images: Permission denied\n"
    assert told.out.split()[:2] == ["images/a.png", "red"]


def on_terminal(place: Path, *arguments: str) -> tuple[bytes, bytes]:
    """What a command prints on standard output, and on standard error where that is a terminal."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "lightcnn.cli", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, cwd=place, env=environment, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        printed, _ = process.communicate(timeout=60)
    shown = b""
    try:
        while part := os.read(ours, 10_000):
            shown += part
    except OSError:  # Linux says so that the other end is closed
        pass
    finally:
        os.close(ours)
    return printed, shown


def test_over_a_folder_a_terminal_shows_a_bar_and_what_is_no_terminal_does_not(place: Path) -> None:
    printed, shown = on_terminal(place, "predict", "model", "images")
    assert b"of 3 images" in shown
    assert shown.endswith(b"\r\x1b[K")
    assert [line.split()[0] for line in printed.splitlines()] == [b"images/a.png", b"images/b.png", b"images/c.png"]
    assert on_terminal(place, "predict", "model", "images/a.png")[1] == b""
    assert lightcnn("predict", "model", "images", cwd=place).stderr == b""


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (("model",), 2, "the following arguments are required: images"),
        (("model", "images", "--top", "0"), 1, "lightcnn predict: --top 0: must be at least 1"),
        (("model", "images", "--json", "--csv"), 1, "lightcnn predict: --json --csv: use only one of the two"),
        (("nowhere", "images"), 1, "lightcnn predict: nowhere: no such model; "),
    ],
)
def test_wrong_arguments_are_told_in_a_line(place: Path, arguments: tuple[str, ...], code: int, reason: str) -> None:
    done = lightcnn("predict", *arguments, cwd=place)
    assert (done.returncode, done.stdout) == (code, b"")
    assert reason in done.stderr.decode().splitlines()[-1]


def test_info_prints_card_labels_and_cost(place: Path) -> None:
    (place / "model/README.md").write_text("---\nlicense: mit\n---\n\n# Model Card for colours\n\nText.\n")
    lines = lightcnn("info", "model", cwd=place).stdout.decode().splitlines()
    assert lines == [
        "# Model Card for colours",
        "",
        "Text.",
        "",
        "labels: red, green, blue",
        "preprocessing: as it is tested",
        "temperature: 2",
        "parameters: 12,345",
        "p50_ms: 0.25",
    ]


HEAVY = "pydantic ruamel jaxtyping torch torchvision dvc matplotlib sklearn scipy tqdm onnx pandas yaml"


@pytest.mark.parametrize(
    "arguments", [["--help"], ["predict", "--help"], ["info", "--help"], ["predict", "model", "images"], ["info", "model"]]
)
def test_predictions_import_nothing_heavy(place: Path, arguments: list[str]) -> None:
    program = f"""
import atexit, sys
atexit.register(lambda: print("heavy:", *sorted(set({HEAVY.split()!r}) & sys.modules.keys())))
sys.argv = ["lightcnn", *{arguments!r}]
from lightcnn.cli import main
main()
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", program], cwd=place, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "heavy:"
