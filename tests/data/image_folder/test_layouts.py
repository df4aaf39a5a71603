"""Which images there are: in each layout that people have, the same; and what is refused in words."""

import shutil
from pathlib import Path

import pytest

from lightcnn.core.errors import UserError
from lightcnn.data.image_folder import csv_list, layouts
from lightcnn.prediction.listing import Skipped
from tests.data.datasets import photographs


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """train/ and test/, two classes in each."""
    return photographs.make(tmp_path / "mine", train=3, test=2)


def places(root: Path) -> dict[str, str]:
    """What is found: place to split."""
    return {sample.place: f"{sample.split} {sample.name}" for sample in layouts.samples_in(root, Skipped())}


def test_a_folder_of_classes_is_all_train(root: Path) -> None:
    assert places(root / "train") == {f"{name}/{number}.png": f"train {name}" for name in ("cat", "dog") for number in range(3)}


@pytest.mark.parametrize("name", ["val", "valid", "validation"])
def test_parts_are_known_by_what_people_call_them(root: Path, name: str) -> None:
    shutil.copytree(root / "test", root / name)
    found = places(root)
    assert {place.split("/")[0]: said.split()[0] for place, said in found.items()} == {"train": "train", name: "valid", "test": "test"}
    assert len(found) == 6 + 4 + 4


def test_a_part_may_be_a_class_and_what_lies_beside_parts_is_named(root: Path) -> None:
    wagons = root.parent / "wagons"
    for name in ("train", "bus"):
        shutil.copytree(root / "test/cat", wagons / name)
    assert set(places(wagons).values()) == {"train train", "train bus"}
    skipped = Skipped()
    (root / "originals").mkdir()
    assert len(layouts.samples_in(root, skipped)) == 10
    assert skipped.by_reason["folders beside train"] == [str(root / "originals")]


def test_two_validation_parts_none_to_train_on_or_no_class_are_refused(root: Path) -> None:
    for name in ("val", "validation"):
        shutil.copytree(root / "test", root / name)
    with pytest.raises(UserError, match=rf"^{root}: val and validation are the same part; keep one of them$"):
        places(root)
    shutil.rmtree(root / "train")
    with pytest.raises(UserError, match=rf"^{root}: there is test, val, validation and no train; "):
        places(root)
    with pytest.raises(
        UserError, match=r"cat: no class in it; expected images in CLASS/, in train/CLASS/ and test/CLASS/, or in a CSV file"
    ):
        places(root / "test/cat")


def test_names_that_look_the_same_are_refused(root: Path) -> None:
    for name in ("caf\u00e9", "cafe\u0301"):
        shutil.copytree(root / "train/cat", root / "train" / name)
    samples = layouts.samples_in(root / "train", Skipped())
    with pytest.raises(UserError, match=r"'cafe\\u0301' and 'caf\\xe9' look the same"):
        layouts.check_classes(root, samples)


def test_letters_in_both_cases_are_classes(root: Path) -> None:
    for name in ("a", "A"):
        shutil.copytree(root / "train/cat", root / "train" / name)
    layouts.check_classes(root, layouts.samples_in(root / "train", Skipped()))


def listed(folder: Path, text: str) -> list[tuple[str, str, str]]:
    (folder / "list.csv").write_text(text, "utf-8")
    return [(sample.place, sample.split, sample.name) for sample in csv_list.samples_in(folder / "list.csv", Skipped())]


def test_a_list_names_files_labels_and_parts_in_any_order_of_columns(root: Path) -> None:
    text = '\ufefflabel,note,file,split\r\n"cat, big",x,train/cat/1.png,Test\r\ndog,,train/dog/0.png,val\r\ndog,,train/dog/1.png,train\r\n'
    assert listed(root, text) == [
        ("train/dog/train/dog/1.png", "train", "dog"),
        ("valid/dog/train/dog/0.png", "valid", "dog"),
        ("test/cat, big/train/cat/1.png", "test", "cat, big"),
    ]


def test_a_list_without_parts_is_all_train_and_a_file_by_a_link_counts_once(root: Path) -> None:
    (root / "again.png").symlink_to("train/cat/0.png")
    found = listed(root, "file,label\nagain.png,cat\ntrain/cat/0.png,cat\ntrain/dog/0.png,dog\n")
    assert found == [("train/cat/train/cat/0.png", "train", "cat"), ("train/dog/train/dog/0.png", "train", "dog")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the first line is nothing; expected a header: file,label or file,label,split"),
        ("path,class\na.png,cat\n", "the first line is path, class; expected a header"),
        ("file,label,label\n", "the first line is file, label, label; expected a header"),
        ("file,label\ngone.png,cat\n", "line 2: gone.png: No such file or directory; mend the list"),
        ("file,label\ntrain/cat/0.png,\n", "line 2: no label"),
        ("file,label\n,cat\n", "line 2: no file"),
        ("file,label\ntrain/cat/0.png,cat\ntrain/cat/0.png,dog\n", "line 3: train/cat/0.png stands in line 2 too"),
        ("file,label,split\ntrain/cat/0.png,cat,dev\n", "line 2: the split 'dev' is none of train, val, valid, validation, test"),
        ("file,label,split\ntrain/cat/0.png,cat,test\n", "no row of the split train"),
        ("file,label\n/etc/passwd,cat\n", "line 2: /etc/passwd leads out of the folder of the list"),
        ("file,label\nC:\\a.png,cat\n", "line 2: C:/a.png leads out of the folder of the list"),
        ("file,label\ntrain/../../a.png,cat\n", "line 2: train/../../a.png leads out of the folder of the list"),
        ('file,label\n"a.png,cat\n', r"no CSV in UTF-8 (unexpected end of data)"),
    ],
)
def test_what_is_wrong_with_a_list_is_one_line_with_its_number(root: Path, text: str, said: str) -> None:
    with pytest.raises(UserError) as told:
        listed(root, text)
    assert str(told.value).startswith(f"{root / 'list.csv'}: {said}")
    assert "\n" not in str(told.value)


def test_all_wrong_rows_are_named_at_once_and_no_list_is_no_traceback(root: Path) -> None:
    with pytest.raises(UserError, match=r"^2 problems \(of each: mend the list\)\n.*line 2: .*\n.*line 3: "):
        listed(root, "file,label\na.png,cat\nb.png,cat\n")
    with pytest.raises(UserError, match="no CSV in UTF-8"):
        csv_list.samples_in(root / "train/cat/0.png", Skipped())
