"""Benchmarks beside the pipeline: what of them is reported."""

from lightcnn.reporting.report.benchmarks import benchmark
from lightcnn.reporting.report.contents import Contents
from tests import synthetic


def test_of_the_latencies_measured_models_no_longer_among_the_results_are_left_out(contents: Contents) -> None:
    models = contents.results.models
    whole = benchmark("latency", synthetic.benchmark(), models)
    left = benchmark("latency", synthetic.benchmark(), {name: model for name, model in models.items() if name != "baseline"})
    assert [row[0] for row in whole.rows] == ["baseline", *synthetic.PEERS]
    assert [row[0] for row in left.rows] == list(synthetic.PEERS)
    assert left.details is not None
    assert {row[0] for row in left.details.rows} == set(synthetic.PEERS)
