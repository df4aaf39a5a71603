"""Metrics against scikit-learn, torch, and examples worked by hand."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy import ndarray
from sklearn.metrics import balanced_accuracy_score, f1_score, roc_auc_score, top_k_accuracy_score

from lightcnn.evaluation import metrics


def sample(seed: int, images: int = 200, classes: int = 7) -> tuple[ndarray, ndarray]:
    """Random logits that lean towards their labels; every class occurs."""
    generator = np.random.default_rng(seed)
    labels = generator.permutation(np.arange(images) % classes)
    return (generator.normal(size=(images, classes)) + np.eye(classes)[labels]).astype(np.float32), labels


def two_classes(*confidences: float) -> ndarray:
    """Logits by which class 0 has the given probabilities."""
    return np.log([[p, 1 - p] for p in confidences])


seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=20)


@few
@given(seeds, st.integers(1, 6))
def test_top_k_is_scikit_learns(seed: int, k: int) -> None:
    logits, labels = sample(seed)
    assert metrics.top_k(logits, labels, k) == pytest.approx(top_k_accuracy_score(labels, logits, k=k))


def test_macro_averages_as_worked_by_hand() -> None:
    # Eight of class 0, six of them right and two called 1; two of class 1, one right and one called 2; no image of class 2.
    labels, said = np.array([0] * 8 + [1] * 2), np.array([0] * 6 + [1] * 2 + [1, 2])
    recalls, precisions = (6 / 8, 1 / 2), (6 / 6, 1 / 3)
    assert metrics.macro_recall(np.eye(3)[said], labels) == pytest.approx(sum(recalls) / 2)
    f1 = [2 * p * r / (p + r) for p, r in zip(precisions, recalls, strict=True)]
    assert metrics.macro_f1(np.eye(3)[said], labels) == pytest.approx(sum(f1) / 2)


@few
@given(seeds)
def test_macro_averages_of_classes_that_all_occur_are_scikit_learns(seed: int) -> None:
    logits, labels = sample(seed)
    said = logits.argmax(axis=1)
    assert metrics.macro_recall(logits, labels) == pytest.approx(balanced_accuracy_score(labels, said))
    assert metrics.macro_f1(logits, labels) == pytest.approx(f1_score(labels, said, average="macro"))


def test_of_equal_logits_only_the_first_counts() -> None:
    assert metrics.top_k(np.zeros((100, 100)), np.arange(100), k=5) == 0.05
    logits = np.random.default_rng(0).integers(0, 3, (200, 100)).astype(np.float32)
    assert metrics.top_k(logits, logits.argmax(axis=1)) == 1


@few
@given(seeds)
def test_nll_is_torchs_cross_entropy(seed: int) -> None:
    logits, labels = sample(seed)
    expected = torch.nn.functional.cross_entropy(torch.from_numpy(logits).double(), torch.from_numpy(labels))
    assert metrics.nll(logits, labels) == pytest.approx(expected.item())


def test_nll_of_a_network_that_is_sure_and_wrong_stays_finite() -> None:
    assert metrics.nll(np.array([[1000.0, 0.0]], np.float32), np.array([1])) == 1000


def test_ece_as_worked_by_hand() -> None:
    # 0.88 and 0.92 lie in the bin (13/15, 14/15]: one of two right, sure by 0.90 on average, off by 0.40.
    # 0.65 and 0.65 in (9/15, 10/15]: both right, off by 0.35. Half of the images lie in each.
    labels = np.array([0, 1, 0, 0])
    assert metrics.ece(two_classes(0.88, 0.92, 0.65, 0.65), labels) == pytest.approx(0.5 * 0.40 + 0.5 * 0.35)


def test_a_confidence_on_an_edge_belongs_to_the_bin_below() -> None:
    # 0.5 and right, 0.75 and wrong: together in one bin they would be off by |1.25 - 1| / 2 only.
    assert metrics.ece(two_classes(0.5, 0.75), np.array([0, 1]), bins=2) == pytest.approx((0.5 + 0.75) / 2)


@few
@given(seeds)
def test_ece_with_one_bin_is_accuracy_less_confidence(seed: int) -> None:
    logits, labels = sample(seed)
    confidence = torch.from_numpy(logits).double().softmax(1).amax(1).mean().item()
    assert metrics.ece(logits, labels, bins=1) == pytest.approx(abs(metrics.top_k(logits, labels) - confidence))
    assert metrics.ece(logits, labels, bins=1) <= metrics.ece(logits, labels) + 1e-12 <= 1


@few
@given(seeds)
def test_auc_is_scikit_learns(seed: int) -> None:
    logits, labels = sample(seed)
    probs = torch.from_numpy(logits).double().softmax(1).numpy()
    assert metrics.macro_auc(logits, labels) == pytest.approx(roc_auc_score(labels, probs, multi_class="ovr"))


def test_a_class_without_images_has_no_curve_and_no_part_in_the_mean() -> None:
    logits, labels = sample(0)
    logits, labels = logits[labels != 3], labels[labels != 3]
    probs = torch.from_numpy(logits).double().softmax(1).numpy()
    present = [0, 1, 2, 4, 5, 6]
    assert [curve.label for curve in metrics.roc(logits, labels)] == present
    assert metrics.macro_auc(logits, labels) == pytest.approx(np.mean([roc_auc_score(labels == c, probs[:, c]) for c in present]))


def test_labels_of_one_class_have_no_auc() -> None:
    with pytest.raises(ValueError, match="at least one"):
        metrics.macro_auc(np.zeros((3, 2)), np.zeros(3, np.int64))


@few
@given(seeds)
def test_curves_rise_from_corner_to_corner(seed: int) -> None:
    for curve in metrics.roc(*sample(seed)):
        for rate in (curve.false_positive_rate, curve.true_positive_rate):
            assert rate[0] == 0
            assert rate[-1] == 1
            assert (np.diff(rate) >= 0).all()


def test_scores_are_all_of_these_also_of_labels_stored_as_bytes() -> None:
    logits, labels = sample(0)
    assert metrics.scores(logits, labels.astype(np.uint8)) == {
        "top1": metrics.top_k(logits, labels),
        "top5": metrics.top_k(logits, labels, 5),
        "macro_recall": metrics.macro_recall(logits, labels),
        "macro_f1": metrics.macro_f1(logits, labels),
        "nll": metrics.nll(logits, labels),
        "ece": metrics.ece(logits, labels),
        "auc": metrics.macro_auc(logits, labels),
    }


@given(st.lists(st.floats(0, 1), min_size=2, max_size=9))
def test_summary_is_numpys(values: list[float]) -> None:
    expected = {"mean": np.mean(values), "std": np.std(values, ddof=1), "n": len(values)}
    assert metrics.mean_std_n(values) == pytest.approx(expected, abs=1e-12)


def test_one_value_has_no_spread() -> None:
    assert metrics.mean_std_n([0.5]) == {"mean": 0.5, "std": 0.0, "n": 1}


@pytest.mark.parametrize(("classes", "is_stated"), [(2, False), (5, False), (6, True), (10, True)])
def test_top_5_is_stated_where_it_can_be_missed(classes: int, is_stated: bool) -> None:
    random = np.random.default_rng(0)
    found = metrics.scores(random.normal(size=(60, classes)).astype(np.float32), np.arange(60) % classes)
    assert ("top5" in found) == is_stated
