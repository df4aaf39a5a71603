"""README's table: one row a model, every number with its spread and count."""

from scipy.stats import ttest_ind

from lightcnn.artifacts.metrics import Statistic
from lightcnn.reporting.report import int8
from lightcnn.reporting.report.contents import Contents
from lightcnn.reporting.report.markdown import headline_table, int8_table, results_table
from lightcnn.reporting.results import Results
from tests.synthetic import MODELS, NOTE


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def band_over_seeds(score: Statistic) -> list[float]:
    """Three scores that have its mean and its deviation."""
    return [score.mean - score.std, score.mean, score.mean + score.std]


def single(results: Results, name: str) -> Results:
    """The results of one model of one seed."""
    top1 = results.models[name].metrics.test.top1.model_copy(update={"n": 1, "std": 0.0})
    metrics = results.models[name].metrics
    metrics = metrics.model_copy(update={"test": metrics.test.model_copy(update={"top1": top1})})
    return results._replace(models={name: results.models[name]._replace(metrics=metrics)})


def test_each_model_has_a_row_with_its_numbers(contents: Contents) -> None:
    header, rule, *rows = [cells(line) for line in results_table(contents.results).splitlines() if line.startswith("|")]
    assert [row[0] for row in rows] == list(MODELS)
    assert {len(row) for row in (header, rule, *rows)} == {9}
    assert dict(zip(header, rows[-1], strict=True)) == {
        "model": "enhanced",
        "parameters": "28,946",
        "test top-1, %": "86.71 ± 0.26 (n = 3)",
        "valid top-1, %": "87.43 ± 0.98 (n = 3)",
        "test NLL": "0.4828 ± 0.0040 (n = 3)",
        "test ECE": "0.0417 ± 0.0061 (n = 3)",
        "ONNX size": "122.8 kB",
        "MACs": "12.38 M",
        "latency p50, ms": "0.108",
    }


def test_the_headline_leaves_out_branches_and_says_the_number_of_seeds_once(contents: Contents) -> None:
    lines = headline_table(contents.results).splitlines()
    rows = [cells(line) for line in lines if line.startswith("|")][2:]
    branches = {branch for pair in contents.results.branches.values() for branch in pair}
    assert {row[0] for row in rows} == set(MODELS) - branches
    assert rows[0] == ["enhanced", "28,946", "86.71 ± 0.26", "0.108", "122.8 kB"]
    assert [float(row[2].split()[0]) for row in rows] == sorted((float(row[2].split()[0]) for row in rows), reverse=True)
    assert lines.count("Mean ± standard deviation over 3 seeds.") == 1
    assert lines[-1] == f"> {NOTE}"


def test_the_headline_of_single_seeds_has_no_deviation(contents: Contents) -> None:
    lines = headline_table(single(contents.results, "baseline")).splitlines()
    assert cells(lines[2])[2] == "74.67"
    assert "One seed each." in lines


def test_int8_has_a_row_for_each_model_and_a_verdict_below(contents: Contents) -> None:
    lines = int8_table(contents.results).splitlines()
    assert [cells(line) for line in lines[2:8]] == [int8.row(model) for model in contents.results.models.values()]
    assert lines[8:] == ["", f"> {NOTE}", "", f"{int8.verdict(contents.best)} {int8.RULE}"]


def test_a_single_seed_says_its_count_and_no_deviation(contents: Contents) -> None:
    row = cells(results_table(single(contents.results, "baseline")).splitlines()[2])
    assert row[2] == "74.67 (n = 1)"


def test_the_note_stands_below(contents: Contents) -> None:
    alone = single(contents.results, "baseline")
    assert results_table(alone).endswith(f"|\n\n> {NOTE}\n")
    assert results_table(contents.results).endswith(f"\n\n> {NOTE}\n")
    assert results_table(alone._replace(note="two\nlines")).endswith("\n> two lines\n")
    assert results_table(alone._replace(note=None)).endswith("|\n")


def test_what_was_to_be_found_out_is_answered_with_intervals(contents: Contents) -> None:
    fusing, ahead, rule = results_table(contents.results._replace(note=None)).split("\n\n")[1:]
    assert fusing == (
        "Fusing, against the branch that is better on validation: baseline over baseline-augmented +5.24 points [+4.70, +5.78]; "
        "enhanced over enhanced-augmented −0.23 points [−0.80, +0.34] (within noise)."
    )
    models = contents.results.models
    samples = [band_over_seeds(models[name].metrics.test.top1) for name in ("enhanced", "baseline")]
    low, high = ttest_ind(*samples, equal_var=False).confidence_interval()
    assert ahead == f"enhanced, against what else was fused: baseline +12.04 points [{100 * low:+.2f}, {100 * high:+.2f}]."
    assert "95 %" in rule
