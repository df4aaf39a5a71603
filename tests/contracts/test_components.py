"""Every component of every family that params.yaml can name; a new one is found by itself."""

import ast
import copy
import inspect
import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor, nn
from torch.nn import Parameter

from lightcnn.core import registry
from lightcnn.core.config import StrictModel
from lightcnn.core.types import Shape, Step
from lightcnn.data.types import Batch, Split
from lightcnn.evaluation.types import Ensemble
from lightcnn.models.groups import groups_of
from tests.helpers import ROOT, drawing, floats_of, images_of

LIBRARY = ROOT / "lightcnn"
SLOT = re.compile(r'\bslot\("(\w+)"\)')
FAMILIES = sorted({family for path in LIBRARY.rglob("*.py") for family in SLOT.findall(path.read_text("utf-8"))})
COMPONENTS = [(family, name) for family in FAMILIES for name in registry.available(family)]
RANDOM = [(family, name) for family, name in COMPONENTS if family in ("augment", "mix")]
TECHNIQUES = (
    "augment",
    "mix",
    "convs",
    "attention",
    "heads",
    "optim",
    "schedules",
    "averaging",
    "losses",
    "resize",
    "distill",
    "inference",
    "regularize",
    "precision",
)
CARD = ("source", "differs", "cost", "example", "conflicts")

each_component = pytest.mark.parametrize(("family", "name"), COMPONENTS)
each_random_component = pytest.mark.parametrize(("family", "name"), RANDOM)


def test_the_families_are_found() -> None:
    assert set(FAMILIES) == SLOTS.keys()
    assert len(COMPONENTS) > 25


@each_component
def test_opens_with_its_card(family: str, name: str) -> None:
    card = inspect.getdoc(registry.load(family, name)) or ""
    title, _, fields = card.partition("\n\n")
    assert title.endswith(".")
    for field in CARD if family in TECHNIQUES else CARD[:1]:
        assert len(re.findall(rf"^{field} +\S", fields, re.MULTILINE)) == 1, f"no line {field!r} in the card"


@each_component
def test_its_card_tells_of_clashes_exactly_where_plan_refuses_some(family: str, name: str) -> None:
    component = registry.load(family, name)
    conflicts = getattr(component, "CONFLICTS", {})
    known = set().union(*(registry.traits(*other) for other in COMPONENTS))
    assert all(trait in known and reason for trait, reason in conflicts.items())
    listed = re.findall(r"^conflicts +(.+)$", component.__doc__, re.MULTILINE)
    assert (listed in ([], ["nothing"])) == (not conflicts)


@each_component
def test_has_a_test_file_of_its_own(family: str, name: str) -> None:
    assert (ROOT / "tests" / registry.folder(family).relative_to(LIBRARY) / f"test_{name}.py").is_file()


@each_component
def test_refuses_what_it_does_not_know_and_cannot_be_changed(family: str, name: str) -> None:
    config = registry.load(family, name).Config
    assert issubclass(config, StrictModel)
    assert config.model_config == StrictModel.model_config
    with pytest.raises(ValidationError, match="unknown key"):
        config.from_plain({"no_such_option": 1})
    with pytest.raises(ValidationError, match="frozen"):
        config().no_such_option = 1


@each_component
def test_defaults_survive_a_plan_file(family: str, name: str) -> None:
    component = registry.from_config(family, {"name": name})
    assert registry.from_config(family, registry.to_config(component)) == component


@each_component
def test_imports_no_other_room(family: str, name: str) -> None:
    others = {f"{registry.package(folder)}.{component}" for folder, component in COMPONENTS}
    tree = ast.parse((registry.folder(family) / f"{name}.py").read_text("utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {f"{node.module}.{alias.name}" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert not imported & others


@each_component
def test_fills_its_slot(family: str, name: str) -> None:
    torch.manual_seed(0)
    SLOTS[family](registry.load(family, name))


@each_random_component
def test_seeded_twice_it_draws_the_same_to_the_bit(family: str, name: str) -> None:
    first, again, other = (run(family, name, seed) for seed in (7, 7, 8))
    assert all(torch.equal(one, two) for one, two in zip(first, again, strict=True))
    assert not all(torch.equal(one, two) for one, two in zip(first, other, strict=True))


@each_random_component
def test_global_random_state_is_left_alone(family: str, name: str) -> None:
    before = torch.get_rng_state()
    run(family, name, 0)
    assert torch.equal(torch.get_rng_state(), before)


@each_random_component
def test_input_is_not_changed(family: str, name: str) -> None:
    given = input_of(family)
    run(family, name, 0, given)
    assert all(torch.equal(one, two) for one, two in zip(given, input_of(family), strict=True))


@pytest.mark.parametrize("name", registry.available("architectures"))
def test_a_network_seeded_twice_begins_the_same_to_the_bit(name: str) -> None:
    states = []
    for _ in range(2):
        torch.manual_seed(3)
        states.append(registry.from_config("architectures", {"name": name}).build(Shape(3, 32, 10)).state_dict())
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])


def input_of(family: str) -> tuple[Tensor, ...]:
    """What flows through an augmentation of pixels, or of batches."""
    return (images_of(9, 3, 12),) if family == "augment" else (floats_of(9, 3, 12, 12), torch.eye(9, 10))


def run(family: str, name: str, seed: int, given: tuple[Tensor, ...] | None = None) -> tuple[Tensor, ...]:
    transform = registry.from_config(family, {"name": name}).build()
    if family == "augment":
        return (transform(*(given or input_of(family)), drawing(seed)),)
    return tuple(transform(Batch(*(given or input_of(family))), Step(3, 10, 5), drawing(seed)))


def check_model(component: ModuleType) -> None:
    for shape in (Shape(3, 32, 10), Shape(1, 28, 7)):
        network = component.build(component.Config(), shape)
        assert isinstance(network, nn.Sequential)
        assert [name for name, _ in network.named_children()][-1] == "head"
        assert network(floats_of(2, shape.channels, shape.size, shape.size)).shape == (2, shape.classes)


def check_conv(component: ModuleType) -> None:
    for stride, side in ((1, 9), (2, 5)):
        assert component.build(component.Config(), 6, 8, stride)(floats_of(2, 6, 9, 9)).shape == (2, 8, side, side)


def check_attention(component: ModuleType) -> None:
    assert component.build(component.Config(), 6)(floats_of(2, 6, 9, 9)).shape == (2, 6, 9, 9)


def check_head(component: ModuleType) -> None:
    assert component.build(component.Config(), 6, 9, 4)(floats_of(2, 6, 9, 9)).shape == (2, 4)


def check_fusion(component: ModuleType) -> None:
    branches = (nn.Sequential(nn.Flatten(), nn.Linear(12, 5)) for _ in range(2))
    fused = component.build(component.Config(), *branches, 5)
    assert fused(floats_of(2, 3, 2, 2)).shape == (2, 5)
    assert list(groups_of(fused)) == ["fusion", "1", "0"]


def check_augment(component: ModuleType) -> None:
    for channels, size in ((3, 32), (1, 7)):
        images = images_of(5, channels, size)
        out = component.build(component.Config())(images, drawing())
        assert (out.shape, out.dtype) == (images.shape, torch.uint8)


def check_mix(component: ModuleType) -> None:
    batch = Batch(floats_of(6, 3, 8, 8), torch.eye(6, 10))
    mixed = component.build(component.Config())(batch, Step(3, 10, 5), drawing())
    assert [part.shape for part in mixed] == [part.shape for part in batch]
    assert torch.allclose(mixed.targets.sum(1), torch.ones(6))
    assert mixed.targets.min() >= 0


def check_resize(component: ModuleType) -> None:
    batch = Batch(floats_of(6, 3, 16, 16), torch.eye(6, 10))
    for step in (Step(now, 10, 5) for now in range(10)):
        images, targets = component.build(component.Config())(batch, step, drawing())
        assert targets is batch.targets
        assert images.shape[:2] == (6, 3)
        assert images.shape[2] == images.shape[3] <= 16


def check_loss(component: ModuleType) -> None:
    logits = floats_of(6, 4).requires_grad_()
    batch = Batch(floats_of(6, 3, 2, 2), floats_of(6, 4, seed=1).softmax(1))
    loss = component.build(component.Config(), torch.tensor([3, 1, 5, 9]))(logits, batch)
    loss.backward()
    assert loss.shape == ()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()


def check_optimizer(component: ModuleType) -> None:
    weights = [Parameter(floats_of(4, 3)), Parameter(floats_of(5))]
    optimizer = component.build(component.Config(), nn.ParameterList(weights))

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = torch.stack([weight.square().sum() for weight in weights]).sum()
        loss.backward()
        return loss.detach()

    losses = [float(optimizer.step(closure)) for _ in range(10)]
    assert losses[-1] < losses[0]
    assert sum(len(group["params"]) for group in optimizer.param_groups) == len(weights)


def check_schedule(component: ModuleType) -> None:
    schedule = component.build(component.Config())
    for total in range(1, 40):
        factors = [schedule(Step(now, total, 1)) for now in range(total)]
        assert all(0 <= factor <= 1 for factor in factors)
        assert factors == [schedule(Step(now, total, 1)) for now in range(total)]


def check_distillation(component: ModuleType) -> None:
    teacher = nn.Sequential(nn.Flatten(), nn.Linear(12, 4))
    logits, batch = floats_of(6, 4).requires_grad_(), Batch(floats_of(6, 3, 2, 2), torch.eye(6, 4))
    loss = component.build(component.Config(), teacher, lambda logits, _: logits.square().mean())(logits, batch)
    loss.backward()
    assert loss.shape == ()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()


def check_inference(component: ModuleType) -> None:
    split = Split(images_of(60, 3, 8).permute(0, 2, 3, 1), torch.arange(60) % 4)
    weights = floats_of(2, 8 * 8 * 3, 4) / 1000
    panel = Ensemble(*[[lambda images, weight=weight: images.flatten(1).float() @ weight for weight in weights]] * 2)
    predictors = component.build(component.Config(), panel, split)
    assert len(predictors) in (1, 2)
    assert all(predict(split.images).shape == (60, 4) for predict in predictors)


def check_regularizer(component: ModuleType) -> None:
    branch = registry.from_config("architectures", {"name": "enhanced"}).build(Shape(3, 8, 10))
    images = floats_of(4, 3, 8, 8)
    expected, keys = branch.eval()(images), branch.state_dict().keys()
    regularize = component.build(component.Config(), branch)
    regularize(Step(3, 10, 5))
    for network in (branch, copy.deepcopy(branch)):
        assert torch.equal(network.eval()(images), expected)
        assert network.state_dict().keys() == keys
        assert not torch.equal(network.train()(images), network(images))


def check_precision(component: ModuleType) -> None:
    context = component.build(component.Config(), torch.device("cpu"))
    for _ in range(2):
        with context():
            assert (floats_of(2, 2) @ floats_of(2, 2)).isfinite().all()


def check_averaging(component: ModuleType) -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    average = component.build(component.Config(), model)
    average.update()
    assert average.steps == 1
    assert average.model is not model
    assert average.model.state_dict().keys() == model.state_dict().keys()


def check_data(component: ModuleType) -> None:
    assert all(re.fullmatch("[0-9a-f]{32}", md5) for md5 in component.FILES.values())
    assert all(len(inspect.signature(function).parameters) == 1 for function in (component.download, component.read))


def check_figure(component: ModuleType) -> None:
    assert len(inspect.signature(component.draw).parameters) == 2


SLOTS: dict[str, Callable[[Any], None]] = {
    "architectures": check_model,
    "convs": check_conv,
    "attention": check_attention,
    "heads": check_head,
    "fusions": check_fusion,
    "augment": check_augment,
    "mix": check_mix,
    "losses": check_loss,
    "resize": check_resize,
    "optim": check_optimizer,
    "schedules": check_schedule,
    "averaging": check_averaging,
    "distill": check_distillation,
    "inference": check_inference,
    "regularize": check_regularizer,
    "precision": check_precision,
    "datasets": check_data,
    "figures": check_figure,
}
