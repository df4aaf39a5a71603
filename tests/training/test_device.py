"""The machine that training runs on."""

import json
from collections.abc import Iterator
from typing import Literal

import pytest
import torch

from lightcnn.core.errors import UserError
from lightcnn.core.runtime import Runtime
from lightcnn.training.device import compile_mode, environment, setup_determinism


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    threads, exact = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    filled = torch.utils.deterministic.fill_uninitialized_memory
    yield
    torch.utils.deterministic.fill_uninitialized_memory = filled
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(exact)


def test_training_is_set_up_to_repeat_exactly() -> None:
    assert setup_determinism(Runtime(device="cpu")) == torch.device("cpu")
    assert torch.are_deterministic_algorithms_enabled()
    assert not torch.backends.cudnn.benchmark
    assert not torch.utils.deterministic.fill_uninitialized_memory


def test_threads_are_as_asked() -> None:
    setup_determinism(Runtime(device="cpu", threads=2))
    assert torch.get_num_threads() == 2
    setup_determinism(Runtime(device="cpu"))
    assert torch.get_num_threads() == 1


def test_a_device_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UserError, match=r"^runtime\.device: cuda, but torch finds no GPU"):
        setup_determinism(Runtime(device="cuda"))
    assert setup_determinism(Runtime(device="auto")) == torch.device("cpu")


def test_what_results_may_differ_by_is_recorded() -> None:
    found = json.loads(json.dumps(environment(torch.device("cpu"))))
    assert set(found) == {"device", "cpu", "cpu_capability", "threads", "versions"}
    assert found["device"] == "cpu"
    assert found["versions"]["torch"] == torch.__version__.partition("+")[0]


@pytest.mark.parametrize(
    ("asked", "device", "mode"),
    [
        ("auto", "cpu", None),
        ("auto", "cuda", "reduce-overhead"),
        ("on", "cpu", "default"),
        ("on", "cuda", "reduce-overhead"),
        ("off", "cuda", None),
    ],
)
def test_compiling_is_left_to_gpus_unless_asked_for(asked: Literal["auto", "on", "off"], device: str, mode: str | None) -> None:
    assert compile_mode(Runtime(compile=asked), torch.device(device)) == mode
