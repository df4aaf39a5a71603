"""The training loop: exact repetition and resumption, what is kept, when it stops, and that it learns."""

import copy
from pathlib import Path

import pytest
import torch
from sklearn.metrics import accuracy_score, log_loss
from torch.nn import functional

from lightcnn.core.errors import UserError
from lightcnn.core.types import Step
from lightcnn.data.normalize import logits_of
from lightcnn.data.types import Batch
from lightcnn.training import loop
from lightcnn.training.checkpoints import Checkpoints
from lightcnn.training.loop import Learner, Scores, Selected, State, fit, validate
from tests.helpers import DATA, Setup, network, setup_of

ADAM = {"name": "adamw", "lr": 0.01}
NESTED = {"name": "lookahead", "k": 3, "base_optimizer": {"name": "sam", "base_optimizer": ADAM}}
FULL = setup_of(
    {"epochs": 2, "schedule": {"name": "one_cycle"}},
    {"epochs": 2, "optimizer": NESTED, "schedule": {"name": "cosine"}},
    averaging={"name": "ema", "decay": 0.8},
    snapshots=2,
    augment=[{"name": "crop_flip", "padding": 1, "flip": False}],
    early_stopping={"patience": 2},
)
"""Momentum, then Adam, twice wrapped; an average, dropout, BatchNorm and augmentation: everything that has a state."""


def silent(_: Learner) -> None:
    """Look at nothing."""


def trained(setup: Setup = FULL, model_seed: int = 0) -> Selected:
    return fit(setup.learner(network(model_seed)), DATA, silent)


def same(one: State, two: State) -> bool:
    return one.keys() == two.keys() and all(torch.equal(one[key], two[key]) for key in one)


def test_it_learns() -> None:
    assert trained(setup_of({"epochs": 6})).scores.top1 > 0.9


def test_the_same_seed_gives_the_same_weights_to_the_bit() -> None:
    first, again = trained(), trained()
    assert same(first.state, again.state)
    assert first[:2] == again[:2]


def test_another_seed_gives_others() -> None:
    assert not same(trained().state, trained(FULL._replace(seed=1)).state)


def test_the_global_random_state_is_as_it_was() -> None:
    before = torch.get_rng_state()
    trained()
    assert torch.equal(torch.get_rng_state(), before)


def test_the_global_random_state_has_no_say() -> None:
    first = trained()
    torch.rand(7)
    assert same(first.state, trained().state)


def test_every_epoch_draws_anew_whatever_the_phase(monkeypatch: pytest.MonkeyPatch) -> None:
    orders: list[list[int]] = []
    backward = loop.backward

    def spy(learner: Learner, batch: Batch) -> torch.Tensor:
        orders.append(batch.targets.argmax(1).tolist())
        return backward(learner, batch)

    monkeypatch.setattr(loop, "backward", spy)
    fit(setup_of({"epochs": 2}, {"epochs": 2}, batch_size=70).learner(network()), DATA, silent)
    assert len({tuple(order) for order in orders}) == 4


class Killed(Exception):
    """The process is gone."""


@pytest.mark.parametrize("keep", ["best", "last"])
@pytest.mark.parametrize("epoch", [1, 2, 3, 4])
def test_restored_after_any_epoch_it_ends_with_the_same_bytes(tmp_path: Path, epoch: int, keep: str) -> None:
    setup = FULL._replace(recipe=FULL.recipe.model_copy(update={"checkpoint": keep}))
    checkpoints, undisturbed = Checkpoints(tmp_path), setup.learner(network())
    wanted = fit(undisturbed, DATA, silent)

    def kill(learner: Learner) -> None:
        if len(learner.rows) == epoch:
            checkpoints.save(0, learner.state())
            raise Killed

    with pytest.raises(Killed):
        fit(setup.learner(network()), DATA, kill)
    restored = setup.learner(network(seed=99))
    restored.restore(checkpoints.load(0, torch.device("cpu")))
    found = fit(restored, DATA, silent)
    assert same(found.state, wanted.state)
    assert all(same(one, two) for one, two in zip(found.snapshots, wanted.snapshots, strict=True))
    assert found[:2] == wanted[:2]
    assert restored.rows == undisturbed.rows


def test_scores_are_scikit_learns() -> None:
    model = network()
    probs = logits_of(model, DATA.normalise, DATA.valid.images).softmax(1)
    scores = validate(model, DATA)
    assert scores.top1 == pytest.approx(accuracy_score(DATA.valid.labels, probs.argmax(1)))
    assert scores.nll == pytest.approx(log_loss(DATA.valid.labels, probs.double() / probs.double().sum(1, keepdim=True)), rel=1e-5)


def test_a_step_is_rate_times_the_gradient_of_the_mean_loss() -> None:
    plain = {"name": "sgd", "lr": 0.5, "momentum": 0.0, "nesterov": False, "weight_decay": 0.0}
    setup = setup_of({"optimizer": plain}, batch_size=70)
    model, twin = (network()[1:] for _ in range(2))
    for one in (model, twin):
        one[0][1], one[0][2] = torch.nn.Identity(), torch.nn.Linear(144, 4, bias=False)
        one[0][2].weight.data.fill_(0.01)
    images = DATA.normalise(DATA.train.images.permute(0, 3, 1, 2))
    functional.cross_entropy(twin(images), DATA.train.labels).backward()
    fit(setup.learner(model), DATA, silent)
    assert torch.allclose(model[0][2].weight, 0.01 - 0.5 * twin[0][2].weight.grad, atol=1e-6)


def test_the_rate_follows_the_schedule_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    learner = setup_of({"epochs": 3, "schedule": {"name": "one_cycle"}}).learner(network())
    used: list[float] = []
    backward = loop.backward

    def spy(learner: Learner, batch: Batch) -> torch.Tensor:
        used.append(learner.optimizer.param_groups[0]["lr"])
        return backward(learner, batch)

    monkeypatch.setattr(loop, "backward", spy)
    fit(learner, DATA, silent)
    schedule = learner.phases[0].schedule.build()
    assert used == [0.05 * schedule(Step(now, 12, 4)) for now in range(12)]
    assert [row["lr"] for row in learner.rows] == used[3::4]


def test_every_group_of_parameters_has_the_rate() -> None:
    learner = setup_of({"optimizer": ADAM, "schedule": {"name": "cosine"}}).learner(network())
    learner.before_step(Step(2, 4, 4))
    assert [group["lr"] for group in learner.optimizer.param_groups] == pytest.approx([0.005, 0.005])


def mark(monkeypatch: pytest.MonkeyPatch, *scores: float | Scores) -> None:
    """Let epochs be given these marks, whatever the network says."""
    marks = iter(score if isinstance(score, Scores) else Scores(score, 1.0) for score in scores)
    monkeypatch.setattr(loop, "validate", lambda *_: next(marks))


def scripted(monkeypatch: pytest.MonkeyPatch, setup: Setup, *scores: float | Scores) -> Learner:
    """A learner that went through `setup` and was given these marks."""
    mark(monkeypatch, *scores)
    learner = setup.learner(network())
    fit(learner, DATA, silent)
    return learner


@pytest.mark.parametrize(
    ("stopping", "top1", "epochs"),
    [
        ({"patience": 2, "min_delta": 0.1}, [0.5, 0.55, 0.59, 0.9, 0.9, 0.9], 3),
        ({"patience": 2, "min_delta": 0.1}, [0.5, 0.55, 0.6, 0.65, 0.69, 0.9], 5),
        ({"patience": 1, "min_delta": 0.0}, [0.5, 0.6, 0.59, 0.9, 0.9, 0.9], 3),
        ({"patience": 2, "start_epoch": 2}, [0.5, 0.5, 0.5, 0.5, 0.5, 0.9], 5),
        ({"patience": 2, "min_delta": 0.0}, [0.5, 0.5, 0.5, 0.9, 0.9, 0.9], 3),
        ({"patience": 6}, [0.5] * 6, 6),
        (None, [0.5] * 6, 6),
    ],
)
def test_it_stops_when_epochs_in_a_row_gain_too_little(
    monkeypatch: pytest.MonkeyPatch, stopping: dict[str, float] | None, top1: list[float], epochs: int
) -> None:
    assert len(scripted(monkeypatch, setup_of({"epochs": 6}, early_stopping=stopping), *top1).rows) == epochs


def test_early_stopping_ends_its_phase_alone_and_counts_anew_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    setup = setup_of({"epochs": 4}, {"epochs": 4}, early_stopping={"patience": 1})
    learner = scripted(monkeypatch, setup, 0.9, 0.9, 0.5, 0.6, 0.6)
    assert [row["phase"] for row in learner.rows] == [1, 1, 2, 2, 2]


def test_early_stopping_counts_on_where_it_was_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    setup = setup_of({"epochs": 9}, early_stopping={"patience": 3})
    mark(monkeypatch, *[0.5] * 9)
    states = []
    fit(setup.learner(network()), DATA, lambda learner: states.append(copy.deepcopy(learner.state())))
    restored = setup.learner(network())
    restored.restore(states[2])
    fit(restored, DATA, silent)
    assert len(restored.rows) == len(states) == 4


@pytest.mark.parametrize(
    ("keep", "scores", "epoch"),
    [
        ("best", [Scores(0.5, 1.0), Scores(0.7, 1.0), Scores(0.6, 0.1)], 2),
        ("best", [Scores(0.7, 1.0), Scores(0.7, 0.9), Scores(0.7, 0.9)], 2),
        ("last", [Scores(0.5, 1.0), Scores(0.7, 1.0), Scores(0.6, 0.1)], 3),
    ],
)
def test_the_best_weights_are_kept_or_the_last(monkeypatch: pytest.MonkeyPatch, keep: str, scores: list[Scores], epoch: int) -> None:
    kept = scripted(monkeypatch, setup_of({"epochs": 3}, checkpoint=keep), *scores).selected
    assert kept is not None
    assert kept[:2] == (scores[epoch - 1], epoch)


def test_what_is_kept_are_the_weights_of_its_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    states = []
    learner = setup_of({"epochs": 3}).learner(network())
    mark(monkeypatch, 0.5, 0.7, 0.6)
    kept = fit(learner, DATA, lambda learner: states.append({key: value.clone() for key, value in learner.model.state_dict().items()}))
    assert same(kept.state, states[1])
    assert not same(kept.state, states[2])


def test_a_phase_begins_with_the_best_weights_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    learner = scripted(monkeypatch, setup_of({"epochs": 2}, {}), 0.9, 0.5, 0.6)
    assert learner.selected is not None
    assert learner.selected.epoch == 1
    learner.start_phase(1)
    assert same(learner.model.state_dict(), learner.selected.state)


def test_what_is_scored_and_kept_is_the_average() -> None:
    learner = setup_of({"epochs": 2}, averaging={"name": "ema", "decay": 0.8}, checkpoint="last").learner(network())
    kept = fit(learner, DATA, silent)
    assert same(kept.state, learner.average.model.state_dict())
    assert not same(kept.state, learner.model.state_dict())
    assert validate(learner.average.model, DATA) == kept.scores


def test_a_row_is_written_for_every_epoch() -> None:
    learner = setup_of({"epochs": 2, "unfreeze": ["a", "b"]}, {"unfreeze": ["c"]}).learner(network())
    fit(learner, DATA, silent)
    columns = ["epoch", "phase", "unfrozen", "lr", "train_loss", "valid_nll", "valid_top1"]
    assert [list(row) for row in learner.rows] == [columns] * 3
    assert [list(row.values())[:3] for row in learner.rows] == [[1, 1, "a+b"], [2, 1, "a+b"], [3, 2, "c"]]


def test_a_loss_that_is_no_number_is_told_with_epoch_seed_and_rate() -> None:
    model = network()
    learner = setup_of({"epochs": 3}, seed=5).learner(model)

    def spoil(learner: Learner) -> None:
        learner.model[1][2].bias.data[0] = float("nan")

    with pytest.raises(UserError, match=r"^the loss became nan in epoch 2 \(seed 5, rate 0\.05\): lower the optimizer's lr"):
        fit(learner, DATA, spoil)
    assert len(learner.rows) == 1


def test_weights_that_the_last_step_blew_up_are_not_kept() -> None:
    # One step: its loss is still that of the weights before it.
    learner = setup_of({}, batch_size=70).learner(network())
    schedule = learner.schedule
    learner.schedule = lambda step: 1e38 * schedule(step)
    with pytest.raises(UserError, match=r"^the loss became nan in epoch 1 "):
        fit(learner, DATA, silent)
    assert learner.selected is None


@pytest.mark.parametrize(("parts", "epochs", "ends"), [(0, 4, []), (1, 4, [4]), (2, 4, [2, 4]), (3, 4, [2, 3, 4]), (4, 4, [1, 2, 3, 4])])
def test_snapshots_are_what_the_last_phase_had_at_the_end_of_each_part(parts: int, epochs: int, ends: list[int]) -> None:
    states: list[State] = []

    def note(learner: Learner) -> None:
        states.append({key: value.clone() for key, value in learner.model.state_dict().items()})

    kept = fit(setup_of({"epochs": 3}, {"epochs": epochs}, snapshots=parts).learner(network()), DATA, note)
    assert len(kept.snapshots) == len(ends)
    assert all(same(taken, states[3 + end - 1]) for taken, end in zip(kept.snapshots, ends, strict=True))
