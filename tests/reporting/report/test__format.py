"""How numbers are written, by example."""

import pytest

from lightcnn.artifacts.metrics import Statistic
from lightcnn.reporting.report import _format

STATISTIC = Statistic(mean=0.86714, std=0.00126, n=3)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("count", 28946, "28,946"),
        ("percent", 0.5, "50.00"),
        ("points", 0.0123, "+1.23"),
        ("points", -0.0123, "−1.23"),
        ("points", -0.00004, "0.00"),
        ("points", 0.0, "0.00"),
        ("points", 0.00004, "0.00"),
        ("points", -0.00006, "−0.01"),
        ("percent", -0.00004, "0.00"),
        ("percent_mean_std", STATISTIC, "86.71 ± 0.13 (n = 3)"),
        ("mean_std", STATISTIC, "0.8671 ± 0.0013 (n = 3)"),
        ("percent_mean_std", Statistic(mean=0.86714, std=0.0, n=1), "86.71 (n = 1)"),
        ("mean_std", Statistic(mean=0.86714, std=0.0, n=1), "0.8671 (n = 1)"),
        ("millions", 12_380_000, "12.38 M"),
        ("kilobytes", 1_234_567, "1,234.6 kB"),
        ("milliseconds", 0.1078, "0.108"),
        ("rate", 10133.4, "10,133"),
        ("scientific", 7.24e-6, "7.2e-06"),
        ("duration", 59.6, "1 min 0 s"),
        ("duration", 611.5, "10 min 12 s"),
        ("duration", 3 * 3600 + 125.0, "3 h 2 min"),
        ("flatten_text", {"cpu": "X", "of": {"cores": 2, "none": None}}, "cpu X, of cores 2, none None"),
    ],
)
def test_numbers_are_written_so(name: str, value: object, text: str) -> None:
    assert _format.FILTERS[name](value) == text  # type: ignore[operator]
