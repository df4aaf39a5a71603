"""A finished run on disk: the weights of all its seeds, and what is needed to build the network again."""

from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from lightcnn.artifacts.prepared import Meta
from lightcnn.core.config import StrictModel
from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json, write_bytes, write_json
from lightcnn.core.registry import Component, slot
from lightcnn.core.types import Shape
from lightcnn.data.normalize import Normalize
from lightcnn.models.fusions._fused import Fused

State = dict[str, Tensor]


class SeedScore(StrictModel):
    """How a seed did on the validation split at the epoch that was kept."""

    top1: float
    nll: float
    epoch: int


class RunConfig(StrictModel):
    """runs/RUN/config.json. `fusion` is set where two branches of `architecture` are joined; `data` is what it was trained on."""

    name: str
    architecture: Annotated[Component[nn.Sequential], slot("architectures")]
    fusion: Annotated[Component[Fused], slot("fusions")] | None
    data: Meta
    seeds: tuple[int, ...]
    best_seed: int
    valid: dict[str, SeedScore]

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
        info = self.info
        network: nn.Module = info.architecture.build(info.shape)
        if info.fusion is not None:
            network = info.fusion.build(network, info.architecture.build(info.shape), info.shape.classes)
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


def read_run(folder: Path) -> TrainedRun:
    """Read a run.

    Raises:
        UserError: where a file is missing, damaged, or does not fit the other.
    """
    try:
        info = RunConfig.from_plain(read_json(folder / "config.json"))
        flat = load_file(folder / "weights.safetensors")
    except FileNotFoundError:
        raise UserError(f"{folder / 'weights.safetensors'}: not there; `dvc pull` or `dvc repro` brings it") from None
    except (ValidationError, SafetensorError) as error:
        raise UserError(f"{folder}: damaged ({str(error).splitlines()[0]}); delete it and `dvc repro` makes it anew") from None
    states: dict[str, State] = {}
    for key, value in flat.items():
        name, _, parameter = key.partition("/")
        states.setdefault(name, {})[parameter] = value
    taken = {seed: [name for name in states if name.startswith(f"{seed}.")] for seed in info.seeds}
    if states.keys() != {*map(str, info.seeds), *(name for names in taken.values() for name in names)}:
        raise UserError(f"{folder}: weights and config.json are of different runs; delete both and `dvc repro` makes them anew")
    snapshots = {seed: tuple(states[f"{seed}.{number}"] for number in range(len(names))) for seed, names in taken.items()}
    return TrainedRun(info, {seed: states[str(seed)] for seed in info.seeds}, snapshots)
