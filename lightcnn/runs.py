"""A finished run on disk: the weights of all its seeds, and what is needed to build the network again."""

from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from lightcnn import artefacts
from lightcnn.config import Strict
from lightcnn.faults import Fault
from lightcnn.pixels import Normalise
from lightcnn.rooms import slot
from lightcnn.types import Shape

State = dict[str, Tensor]


class Score(Strict):
    """How a seed did on the validation split at the epoch that was kept."""

    top1: float
    nll: float
    epoch: int


class Info(Strict):
    """runs/RUN/config.json. `fusion` is set where two branches of `architecture` are joined."""

    name: str
    architecture: slot("models")  # type: ignore[valid-type]
    fusion: slot("fusions") | None  # type: ignore[valid-type]
    classes: tuple[str, ...]
    channels: int
    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    seeds: tuple[int, ...]
    best_seed: int
    valid: dict[str, Score]

    @property
    def shape(self) -> Shape:
        """What the network has to fit."""
        return Shape(self.channels, self.size, len(self.classes))


class Run(NamedTuple):
    """A run as it was read: what it is, and the weights of each seed."""

    info: Info
    states: dict[int, State]

    def model(self, seed: int) -> nn.Module:
        """The trained network of a seed, in evaluation mode: normalised images to logits."""
        info = self.info
        network: nn.Module = info.architecture.build(info.shape)
        if info.fusion is not None:
            network = info.fusion.build(network, info.architecture.build(info.shape), info.shape.classes)
        network.load_state_dict(self.states[seed])
        return network.eval()

    def normalise(self) -> Normalise:
        """The pixel statistics that the run was trained with."""
        return Normalise(self.info.mean, self.info.std)


def write(folder: Path, run: Run) -> None:
    """Write weights.safetensors (keys `SEED/PARAMETER`) and config.json; the same run gives the same bytes."""
    flat = {f"{seed}/{key}": value.contiguous().cpu() for seed, state in run.states.items() for key, value in state.items()}
    artefacts.write_bytes(folder / "weights.safetensors", save(flat))
    artefacts.write_json(folder / "config.json", run.info.plain())


def read(folder: Path) -> Run:
    """Read a run.

    Raises:
        Fault: where a file is missing, damaged, or does not fit the other.
    """
    try:
        info = Info.parse(artefacts.read_json(folder / "config.json"))
        flat = load_file(folder / "weights.safetensors")
    except FileNotFoundError:
        raise Fault(f"{folder / 'weights.safetensors'}: not there; `dvc pull` or `dvc repro` brings it") from None
    except (ValidationError, SafetensorError) as error:
        raise Fault(f"{folder}: damaged ({str(error).splitlines()[0]}); delete it and `dvc repro` makes it anew") from None
    states: dict[str, State] = {}
    for key, value in flat.items():
        seed, _, parameter = key.partition("/")
        states.setdefault(seed, {})[parameter] = value
    if states.keys() != {str(seed) for seed in info.seeds}:
        raise Fault(f"{folder}: weights and config.json are of different runs; delete both and `dvc repro` makes them anew")
    return Run(info, {seed: states[str(seed)] for seed in info.seeds})
