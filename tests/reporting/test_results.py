"""Reading results: what is wanted, whole, and nothing else."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lightcnn.artifacts.latency import Latency
from lightcnn.artifacts.layout import Layout
from lightcnn.artifacts.record import read_record
from lightcnn.core.arrays import read_arrays, write_arrays
from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json, write_json
from lightcnn.core.tables import read_table
from lightcnn.reporting.results import ReportScope, read
from tests import synthetic
from tests.helpers import ROOT


@pytest.fixture
def places(tmp_path: Path) -> Layout:
    return synthetic.write(tmp_path)


def test_what_is_read_is_what_the_files_say(places: Layout) -> None:
    found = synthetic.results(places)
    model = found.models["enhanced"]
    raw = read_json(places.metrics / "enhanced.json")
    assert model.metrics.model_dump(exclude_unset=True) == raw
    assert model.cost.model_dump(exclude_unset=True) == read_json(places.cost / "enhanced.json")
    assert model.speed is not None
    assert model.int8_speed is not None
    assert model.int8_speed.model_dump() == read_json(places.latency)["int8"]["enhanced"]
    assert model.speed.model_dump() == read_json(places.latency)["fp32"]["enhanced"]
    np.testing.assert_array_equal(model.predictions, read_arrays(places.evaluation / "enhanced.npz")["predictions"])
    rows = read_table(places.cost / "enhanced.tsv")
    assert [{**layer._asdict(), "parameters": str(layer.parameters)} for layer in model.layers] == rows
    assert found.machine == {"cpu": "Imaginary 9000", "threads": 1}
    arrays = read_arrays(places.evaluation / "enhanced.npz")
    for found_array, key in ((model.logits, "logits"), (model.features, "features"), (model.gallery.cams, "cams")):
        np.testing.assert_array_equal(found_array, arrays[key])
    curve, rows = found.fusions["baseline"][1], read_table(places.curves / "baseline" / "1.tsv")
    assert [f"{value:.9g}" for value in curve.valid_top1] == [row["valid_top1"] for row in rows]
    assert curve.unfrozen == tuple(row["unfrozen"] for row in rows)


def test_only_what_is_wanted_is_read(places: Layout) -> None:
    (places.metrics / "old.json").write_text("broken")
    (places.curves / "old").mkdir()
    (places.metrics / "baseline.json").unlink()
    wanted = ReportScope.from_plain(
        {
            "dataset": "CIFAR-10",
            "models": ["enhanced"],
            "seeds": {"enhanced-raw": [0, 1]},
            "trainings": ["enhanced-raw"],
            "fusions": {},
            "note": None,
            "budget": 30_000,
        }
    )
    found = read(wanted, places)
    assert list(found.models) == ["enhanced"]
    assert list(found.trainings) == ["enhanced-raw"]


def test_curves_of_seeds_that_the_plan_does_not_list_are_left_alone(places: Layout) -> None:
    shutil.copyfile(places.curves / "enhanced-raw/0.tsv", places.curves / "enhanced-raw/7.tsv")
    (places.curves / "baseline/8.tsv").write_text("broken")
    found = synthetic.results(places)
    assert {len(curves) for runs in (found.trainings, found.fusions) for curves in runs.values()} == {3}


def test_further_keys_of_later_versions_do_no_harm(places: Layout) -> None:
    path = places.metrics / "enhanced.json"
    write_json(path, read_json(path) | {"tta": {"top1": 0.9}})
    assert "enhanced" in synthetic.results(places).models


def test_peers_are_those_of_the_same_data_the_fastest_first_and_none_where_nothing_was_timed(places: Layout) -> None:
    assert [(peer.name, peer.p50_ms, peer.top1) for peer in synthetic.results(places).peers] == [
        ("quick", 0.0523, 0.8909),
        ("slow", 0.5126, 0.9125),
    ]
    write_json((places.benchmarks / "latency.json"), {"models": {"quick": {"published": {"top1": 0.9}}}, "timings": []})
    with pytest.raises(UserError, match=r"latency\.json: of another version"):
        synthetic.results(places)
    (places.benchmarks / "latency.json").unlink()
    assert synthetic.results(places).peers == ()


def test_seeds_that_trained_nothing_have_no_curve(places: Layout) -> None:
    for path in (places.curves / "baseline").iterdir():
        path.write_text("epoch\tphase\tunfrozen\tlr\ttrain_loss\tvalid_nll\tvalid_top1\n")
    assert synthetic.results(places).fusions["baseline"] == []


@pytest.mark.parametrize(
    "file",
    [
        "data/prepared/meta.json",
        "reports/metrics/enhanced.json",
        "reports/cost/enhanced.json",
        "reports/latency.json",
        "evaluation/enhanced.npz",
    ],
)
def test_a_missing_or_damaged_file_is_named_with_the_way_out(places: Layout, tmp_path: Path, file: str) -> None:
    path = tmp_path / file
    path.write_text("{}")
    with pytest.raises(UserError, match=f"{file}.*dvc repro"):
        synthetic.results(places)
    path.unlink()
    with pytest.raises(UserError, match=f"{file}.*dvc repro"):
        synthetic.results(places)


@pytest.mark.parametrize("text", [None, "path\tkind\n0\tconv\n", "path\tkind\tshape\tparameters\n0\tconv\t1\tmany\n"])
def test_missing_or_damaged_layers_are_named_with_the_way_out(places: Layout, text: str | None) -> None:
    path = places.cost / "enhanced.tsv"
    path.unlink()
    if text:
        path.write_text(text)
    with pytest.raises(UserError, match=r"cost/enhanced\.tsv: no layers.*dvc repro"):
        synthetic.results(places)


def clear(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def lose_a_column(folder: Path) -> None:
    (folder / "0.tsv").write_text("epoch\tphase\n1\t1\n")


def write_words(folder: Path) -> None:
    text = (folder / "0.tsv").read_text()
    (folder / "0.tsv").write_text(text.replace("fusion\t0.001\t", "fusion\t0.001\tlow"))


@pytest.mark.parametrize("damage", [clear, lose_a_column, write_words])
def test_damaged_curves_are_a_fault(places: Layout, damage: Callable[[Path], None]) -> None:
    damage(places.curves / "baseline")
    with pytest.raises(UserError, match=r"curves/baseline.*dvc repro"):
        synthetic.results(places)


@pytest.mark.parametrize(
    "change",
    [
        {"predictions": np.zeros((2, 400), np.uint8)},
        {"predictions": np.zeros((3, 399), np.uint8)},
        {"predictions": np.full((3, 400), 10, np.uint8)},
        {"labels": np.full(400, 10, np.uint8)},
        {"logits": np.zeros((400, 9), np.float16)},
        {"logits": np.full((400, 10), np.nan, np.float16)},
        {"labels": np.full(400, 0.5)},
        {"labels": np.full(400, -1, np.int64)},
        {"predictions": np.full((3, 400), -1, np.int64)},
        {"features": np.zeros(150, np.float16)},
        {"features": np.zeros((401, 20), np.float16)},
        {"features": np.full((150, 20), np.inf, np.float16)},
        {"gallery_indices": np.zeros(0, np.int32)},
        {"gallery": np.zeros((64, 16, 16, 3), np.uint8)},
        {"cams": np.zeros((3, 8, 8), np.uint8)},
    ],
)
def test_predictions_that_do_not_fit_the_other_files_are_a_fault(places: Layout, change: dict[str, np.ndarray]) -> None:
    path = places.evaluation / "enhanced.npz"
    write_arrays(path, **(read_arrays(path) | change))
    with pytest.raises(UserError, match=r"enhanced\.npz: does not fit"):
        synthetic.results(places)


@pytest.mark.parametrize("missing", ["logits", "features", "gallery", "gallery_indices", "cams"])
def test_an_evaluation_of_an_earlier_version_is_a_fault(places: Layout, missing: str) -> None:
    path = places.evaluation / "enhanced.npz"
    write_arrays(path, **{key: array for key, array in read_arrays(path).items() if key != missing})
    with pytest.raises(UserError, match=r"enhanced\.npz: does not fit.*dvc repro"):
        synthetic.results(places)


@pytest.mark.parametrize("form", ["fp32", "int8"])
def test_a_model_that_was_not_timed_is_named(places: Layout, form: str) -> None:
    path = places.latency
    raw = read_json(path)
    del raw[form]["enhanced"]
    write_json(path, raw)
    with pytest.raises(UserError, match=r"nothing on 'enhanced'; `dvc repro latency`"):
        synthetic.results(places)


def test_a_record_of_another_form_says_where(tmp_path: Path) -> None:
    write_json(tmp_path / "latency.json", {"machine": {}, "fp32": {"a": {"batch_1": {"p50_ms": "fast"}}}})
    with pytest.raises(UserError, match=r"latency\.json: not of this version \(at 'fp32\.a\.batch_1"):
        read_record(tmp_path / "latency.json", Latency)


@pytest.mark.parametrize("stage", ["figures", "report"])
def test_reading_drawing_and_telling_take_no_torch(stage: str) -> None:
    components = ", ".join(f"lightcnn.reporting.figures.{name}" for name in synthetic.FIGURES)
    code = f"import sys, stages.{stage}, {components}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


CURVE = "epoch\tphase\tunfrozen\tlr\ttrain_loss\tvalid_nll\tvalid_top1\n"


@pytest.mark.parametrize(
    "rows",
    [
        "1\t1\tall\t0.1\tnan\t1.0\t0.5\n",
        "1\t1\tall\t0.1\t1.0\tinf\t0.5\n",
        "1\t0\tall\t0.1\t1.0\t1.0\t0.5\n",
        "1\t1\tall\t0.1\t1.0\t1.0\t0.5\n3\t1\tall\t0.1\t1.0\t1.0\t0.5\n",
        "1\t1\tall\t0.1\t1.0\n",
        "1\t1\tall\t0.1\t1.0\t1.0\t0.5\tmore\n",
        "1\t1\tall\t0.1\t1.0\t1.0\t0.5\n2\t1\tall",
        '1\t1\t"all\t0.1\t1.0\t1.0\t0.5\n',
    ],
)
def test_a_curve_with_rows_that_no_training_writes_is_a_fault(places: Layout, rows: str) -> None:
    (places.curves / "enhanced" / "1.tsv").write_text(CURVE + rows)
    with pytest.raises(UserError, match=r"enhanced/1\.tsv: .*dvc repro") as caught:
        synthetic.results(places)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("file", "place", "value"),
    [
        ("metrics/enhanced.json", ("onnx_fp32", "top1"), 1.5),
        ("metrics/enhanced.json", ("test", "top1", "n"), 0),
        ("metrics/enhanced.json", ("test", "nll", "std"), -0.1),
        ("cost/enhanced.json", ("parameters",), -1),
        ("latency.json", ("fp32", "enhanced", "batch_1", "p50_ms"), 0.0),
    ],
)
def test_numbers_that_nothing_can_measure_are_a_fault(places: Layout, file: str, place: tuple[str, ...], value: float) -> None:
    path = places.latency.parent / file
    raw = part = read_json(path)
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = value
    write_json(path, raw)
    with pytest.raises(UserError, match=rf"{file}: not of this version \(at '{'.'.join(place)}'\).*dvc repro"):
        synthetic.results(places)


def test_what_a_file_manager_leaves_beside_curves_is_no_seed(places: Layout) -> None:
    before = len(synthetic.results(places).fusions["enhanced"])
    (places.curves / "enhanced" / "._1.tsv").write_bytes(b"\x00\x05\x16\x07")
    (places.curves / "enhanced" / ".DS_Store").write_bytes(b"\x00")
    assert len(synthetic.results(places).fusions["enhanced"]) == before
