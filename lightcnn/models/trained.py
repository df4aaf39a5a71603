"""A finished run on disk: the weights of all seeds, and how to build the network."""

from pathlib import Path
from typing import Annotated, NamedTuple, Self

import torch
from pydantic import Field, ValidationError, model_validator
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from lightcnn.artifacts.prepared import Meta
from lightcnn.core.config import Fraction, StrictModel
from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json, write_bytes, write_json
from lightcnn.core.registry import Component, slot
from lightcnn.core.types import Shape
from lightcnn.data.normalize import Normalize
from lightcnn.models.fusions._fused import Fused

State = dict[str, Tensor]


class SeedScore(StrictModel):
    """How a seed did on the validation split at the epoch that was kept."""

    top1: Fraction
    nll: float = Field(ge=0)
    epoch: int = Field(ge=0)


class RunConfig(StrictModel):
    """runs/RUN/config.json. `fusion` is set where two branches of `architecture` are joined; `data` is what it was trained on.

    `best_seed` is the first, and `valid` None, where the validation images were trained on as well.
    """

    name: str
    architecture: Annotated[Component[nn.Sequential], slot("architectures")]
    fusion: Annotated[Component[Fused], slot("fusions")] | None
    data: Meta
    seeds: tuple[int, ...] = Field(min_length=1)
    best_seed: int
    valid: dict[str, SeedScore] | None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.best_seed not in self.seeds or (self.valid is not None and self.valid.keys() != {*map(str, self.seeds)}):
            raise ValueError("the best seed and the scores are not those of the seeds")
        return self

    @property
    def shape(self) -> Shape:
        """What the network has to fit."""
        return Shape(self.data.channels, self.data.size, len(self.data.classes))


class TrainedRun(NamedTuple):
    """A run as it was read: what it is, the weights of each seed, and the snapshots taken on the way, if any."""

    info: RunConfig
    states: dict[int, State]
    snapshots: dict[int, tuple[State, ...]]

    def model(self, seed: int) -> nn.Module:
        """The trained network of a seed, in evaluation mode: normalised images to logits."""
        return self._network(self.states[seed])

    def members(self) -> list[nn.Module]:
        """Those who vote: of each seed its snapshots, or itself where there are none."""
        return [self._network(state) for seed in self.info.seeds for state in self.snapshots[seed] or (self.states[seed],)]

    def _network(self, state: State) -> nn.Module:
        network = begun(self.info)
        network.load_state_dict(state)
        return network.eval()

    def normalise(self) -> Normalize:
        """The pixel statistics that the run was trained with."""
        return Normalize(self.info.data.mean, self.info.data.std)


def write_run(folder: Path, run: TrainedRun) -> None:
    """Write weights.safetensors (keys `SEED/PARAMETER`, and `SEED.NUMBER/PARAMETER` of snapshots) and config.json.

    The same run gives the same bytes.
    """
    states = {str(seed): state for seed, state in run.states.items()}
    states |= {f"{seed}.{number}": state for seed, taken in run.snapshots.items() for number, state in enumerate(taken)}
    flat = {f"{name}/{key}": value.contiguous().cpu() for name, state in states.items() for key, value in state.items()}
    write_bytes(folder / "weights.safetensors", save(flat))
    write_json(folder / "config.json", run.info.to_plain())


def begun(info: RunConfig) -> nn.Module:
    """A network as `info` describes it, before any training."""
    network: nn.Module = info.architecture.build(info.shape)
    if info.fusion is not None:
        network = info.fusion.build(network, info.architecture.build(info.shape), info.shape.classes)
    return network


def read_run(folder: Path) -> TrainedRun:
    """Read a run.

    Raises:
        UserError: where a file is missing, damaged, or does not fit the other.
    """
    try:
        info = RunConfig.from_plain(read_json(folder / "config.json"))
        flat = load_file(folder / "weights.safetensors")
    except FileNotFoundError:
        raise UserError(f"{folder / 'weights.safetensors'}: missing; run `dvc pull` or `dvc repro`") from None
    except (ValidationError, SafetensorError) as error:
        reason = " ".join(str(error).split("\n  For further")[0].split())
        raise UserError(f"{folder}: damaged ({reason}); delete it and `dvc repro` recreates it") from None
    states: dict[str, State] = {}
    for key, value in flat.items():
        name, _, parameter = key.partition("/")
        states.setdefault(name, {})[parameter] = value
    counts = {seed: sum(name.startswith(f"{seed}.") for name in states) for seed in info.seeds}
    taken = {seed: [f"{seed}.{number}" for number in range(count)] for seed, count in counts.items()}
    if states.keys() != {*map(str, info.seeds), *(name for names in taken.values() for name in names)}:
        raise UserError(f"{folder}: weights and config.json are of different runs; delete both and `dvc repro` recreates them")
    if problem := _misfit(info, states):
        raise UserError(f"{folder / 'weights.safetensors'}: {problem}; delete it and `dvc repro` recreates it")
    snapshots = {seed: tuple(states[name] for name in names) for seed, names in taken.items()}
    return TrainedRun(info, {seed: states[str(seed)] for seed in info.seeds}, snapshots)


def _misfit(info: RunConfig, states: dict[str, State]) -> str | None:
    """What is wrong with weights: others than the network has, of another shape or type, or no numbers."""
    try:
        with torch.random.fork_rng([]):
            wanted = begun(info).state_dict()
    except (RuntimeError, ValueError) as error:
        return f"no network can be built for it ({error})"
    for name, state in states.items():
        if lacking := wanted.keys() ^ state.keys():
            return f"not the weights of the network in config.json ({name}/{min(lacking)})"
        for key, value in state.items():
            if (value.shape, value.dtype) != (wanted[key].shape, wanted[key].dtype):
                return f"{name}/{key} is {value.dtype} {[*value.shape]}, and the network's is {wanted[key].dtype} {[*wanted[key].shape]}"
            if not value.isfinite().all():
                return f"{name}/{key} holds what is no finite number"
    return None
