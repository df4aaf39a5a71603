"""Accuracy against latency: our points where the files put them, others' marked as published."""

from matplotlib.figure import Figure

from lightcnn.reporting.figures.accuracy_vs_latency import Config, draw
from lightcnn.reporting.results import Results
from tests.synthetic import MODELS, PEERS, TEST_TOP1, speed_of


def drawn(results: Results, config: Config | None = None) -> Figure:
    return draw(config or Config(), results)["accuracy_vs_latency"]


def test_points_are_the_medians_of_one_image(found: Results) -> None:
    points = [container[0].get_xydata().tolist() for container in drawn(found).axes[0].containers]
    assert points == [[[speed_of(i)["batch_1"]["p50_ms"], 100 * TEST_TOP1[name]]] for i, name in enumerate(MODELS)]


def test_the_machine_and_whose_the_other_latencies_are_is_said(found: Results) -> None:
    words = drawn(found).get_supxlabel().replace("\n", " ")
    assert "Imaginary 9000" in words
    assert "Others' accuracies are as published, their latencies from `make bench`: Imaginary 7000." in words
    assert "published" not in drawn(found, Config(published=False)).get_supxlabel()


def test_published_points_are_those_of_the_benchmark_and_of_the_same_data(found: Results) -> None:
    points = [line for line in drawn(found).axes[0].lines if line.get_gid() == "published"]
    expected = [(PEERS[name][1], 100 * PEERS[name][2]) for name in ("quick", "slow")]
    assert [tuple(line.get_xydata()[0]) for line in points] == expected
