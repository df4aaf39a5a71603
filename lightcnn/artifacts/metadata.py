"""runs/RUN/metadata.json: the machine that trained a run, and the time it took."""

from pydantic import Field

from lightcnn.artifacts.record import Record


class Machine(Record):
    """Device, processor, threads and versions; `compile` is torch.compile's mode; `seconds` of training."""

    device: str
    cpu: str
    cpu_capability: str
    threads: int
    versions: dict[str, str]
    compile: str | None = None
    seconds: float = Field(ge=0)


class Metadata(Machine):
    """The machine of the first seed, with the seconds of all seeds together; `seeds` has each of its own, which may be several machines."""

    seeds: dict[str, Machine] = Field(default_factory=dict)
