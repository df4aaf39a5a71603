"""What is concluded from results, against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_score, recall_score

from lightcnn.artifacts.curves import Curve
from lightcnn.evaluation.intervals import difference
from lightcnn.reporting.analysis import accuracy_of, band_over_seeds, best, confusion, groups, per_class, unfreezing_epochs
from lightcnn.reporting.results import Model, Results
from tests import synthetic


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return synthetic.results(synthetic.write(tmp_path_factory.mktemp("results")))


def curve(phases: list[int]) -> Curve:
    values = np.zeros(len(phases))
    return Curve(np.array(phases), tuple("abc"[phase - 1] for phase in phases), values, values, values)


def test_the_best_model_is_chosen_on_validation_not_on_test(found: Results) -> None:
    on_test = max(found.models.values(), key=lambda model: model.metrics.test.top1.mean)
    assert (on_test.name, best(found).name) == ("enhanced-augmented", "enhanced")


def test_of_two_equally_good_models_the_smaller_is_best(found: Results) -> None:
    large = found.models["enhanced"]
    small = large._replace(name="small", cost=large.cost.model_copy(update={"parameters": 5}))
    assert best(found._replace(models={"large": large, "small": small})).name == "small"
    assert best(found._replace(models={"small": small, "large": large})).name == "small"


def test_confusion_counts_all_seeds(found: Results) -> None:
    model = found.models["baseline"]
    expected = confusion_matrix(np.tile(model.labels, 3), model.predictions.ravel())
    np.testing.assert_array_equal(confusion(model, 10), expected)


def test_recall_and_precision_agree_with_scikit_learn(found: Results) -> None:
    model = found.models["baseline"]
    scores = per_class(model, found.data.classes)
    assert [score.name for score in scores] == list(synthetic.CLASSES)
    for ours, theirs in (("recall", recall_score), ("precision", precision_score)):
        seeds = np.array([theirs(model.labels, said, average=None) for said in model.predictions])
        np.testing.assert_allclose([getattr(score, ours).mean for score in scores], seeds.mean(0))
        np.testing.assert_allclose([getattr(score, ours).std for score in scores], seeds.std(0, ddof=1))
        assert {getattr(score, ours).n for score in scores} == {3}


def worked(found: Results, labels: list[int], *predictions: list[int]) -> Model:
    return found.models["baseline"]._replace(labels=np.array(labels), predictions=np.array(predictions))


def test_what_a_class_is_taken_for_is_what_is_said_most_often_instead(found: Results) -> None:
    a, b, c = per_class(worked(found, [0, 0, 0, 0, 1], [0, 2, 2, 1, 1]), ("a", "b", "c"))
    assert (a.most_confused_with, b.most_confused_with, c.most_confused_with) == ("c", None, None)


def test_classes_that_never_occur_or_are_never_said_count_as_zero(found: Results) -> None:
    a, b, c = per_class(worked(found, [0, 1], [0, 0]), ("a", "b", "c"))
    assert (a.recall.mean, b.recall.mean, c.recall.mean) == (1, 0, 0)
    assert (a.precision.mean, b.precision.mean, c.precision.mean) == (0.5, 0, 0)
    assert a.recall.std == 0


def test_a_seed_that_stopped_early_is_left_out_from_there_on() -> None:
    spread = band_over_seeds([np.array([1.0, 2.0, 6.0]), np.array([3.0, 4.0]), np.array([2.0, np.nan])])
    assert spread.mean.tolist() == [2, 3, 6]
    assert spread.low.tolist() == [1, 2, 6]
    assert spread.high.tolist() == [3, 4, 6]


def test_an_epoch_without_any_value_is_not_a_number() -> None:
    assert np.isnan(band_over_seeds([np.array([1.0, np.nan])]).mean).tolist() == [False, True]


def test_openings_are_the_earliest_epochs_of_their_phases() -> None:
    assert unfreezing_epochs([curve([1, 1, 2, 3])]) == {1: "a", 3: "b", 4: "c"}
    assert unfreezing_epochs([curve([1, 1, 2, 2, 3]), curve([1, 2, 2, 2, 3])]) == {1: "a", 2: "b", 5: "c"}
    assert unfreezing_epochs([]) == {}


def test_branches_stand_with_their_fusion_and_the_rest_alone(found: Results) -> None:
    models = {name: found.models[name] for name in ("baseline", "enhanced-raw", "enhanced", "baseline-raw")}
    grouped = groups(found._replace(models=models, branches={"enhanced": ("baseline-raw", "enhanced-raw"), "gone": ("baseline",)}))
    assert [(g.fused.name if g.fused else None, [b.name for b in g.branches]) for g in grouped] == [
        ("enhanced", ["baseline-raw", "enhanced-raw"]),
        (None, ["baseline"]),
    ]


def test_the_gain_is_over_the_branch_that_is_better_on_validation(found: Results) -> None:
    _, enhanced = groups(found)
    assert enhanced.gain is not None
    assert enhanced.gain.value == pytest.approx(0.8671 - 0.8694)
    better_on_test = enhanced.branches[0].metrics.test.top1.model_copy(update={"mean": 0.99})
    test = enhanced.branches[0].metrics.test.model_copy(update={"top1": better_on_test})
    raw = enhanced.branches[0]._replace(metrics=enhanced.branches[0].metrics.model_copy(update={"test": test}))
    assert enhanced._replace(branches=[raw, enhanced.branches[1]]).gain == enhanced.gain
    assert enhanced._replace(branches=[]).gain is None


def test_the_gain_is_as_sure_as_its_two_accuracies_over_their_seeds(found: Results) -> None:
    _, enhanced = groups(found)
    assert enhanced.gain is not None
    assert enhanced.fused is not None
    assert enhanced.gain.interval == difference(accuracy_of(enhanced.branches[1]), accuracy_of(enhanced.fused))
    assert accuracy_of(enhanced.fused).images == 400
