"""int8 beside fp32: the rule that chooses, worked by hand, and that it is told as it was measured."""

import pytest

from lightcnn.artifacts.latency import Speed
from lightcnn.reporting.analysis import Int8, int8
from lightcnn.reporting.report.contents import Contents
from lightcnn.reporting.report.int8 import HEADER, RULE, row, verdict
from lightcnn.reporting.results import Model
from tests.synthetic import speed_of


def with_int8(model: Model, drop: float, factor: float) -> Model:
    """A model whose int8 file loses so much and takes so many times as long."""
    scores = model.metrics.onnx_int8.model_copy(update={"top1": model.metrics.onnx_fp32.top1 - drop})
    speeds = [Speed.from_plain(speed_of(2, times)) for times in (1.0, factor)]
    return model._replace(metrics=model.metrics.model_copy(update={"onnx_int8": scores}), speed=speeds[0], int8_speed=speeds[1])


@pytest.mark.parametrize(
    ("drop", "factor", "shipped", "close"),
    [
        (0.0049, 0.99, True, True),
        (-0.02, 0.5, True, True),
        (0.0049, 1.01, False, True),
        (0.0051, 0.5, False, False),
        (0.0051, 1.5, False, False),
    ],
)
def test_int8_is_shipped_where_it_is_close_and_faster(contents: Contents, drop: float, factor: float, shipped: bool, close: bool) -> None:
    model = with_int8(contents.best, drop, factor)
    found = int8(model)
    assert found == Int8(pytest.approx(drop), pytest.approx(1 / factor))
    assert (found.is_shipped, found.is_close) == (shipped, close)
    assert row(model)[-1] == ("int8" if shipped else "fp32")
    told = verdict(model)
    assert ("ship model.int8.onnx:" in told) is shipped
    assert ("which is too much" in told) is not close
    assert ("is slower on the machine" in told) is (factor > 1)
    assert "less than 0.5 points" in RULE


def test_the_row_has_the_numbers_of_both_files(contents: Contents) -> None:
    # The second of the made-up models: 9,310 parameters, 69.43 % in torch.
    assert dict(zip(HEADER, row(contents.results.models["baseline-augmented"]), strict=True)) == {
        "model": "baseline-augmented",
        "fp32 top-1, %": "69.56",
        "int8 top-1, %": "69.45",
        "change, points": "−0.11",
        "fp32 file": "44.2 kB",
        "int8 file": "18.3 kB",
        "fp32 p50, ms": "0.043",
        "int8 p50, ms": "0.052",
        "ship": "fp32",
    }


def test_the_verdict_gives_the_numbers_that_it_rests_on(contents: Contents) -> None:
    assert verdict(contents.results.models["baseline-augmented"]) == (
        "Of baseline-augmented, ship model.onnx (fp32): int8 changes test accuracy by −0.11 points, makes the file 18.3 kB instead of "
        "44.2 kB, and is slower on the machine measured (0.052 ms an image instead of 0.043 ms)."
    )
