"""runs/RUN/metadata.json: what trained a run, and for how long; no stage but the report depends on it."""

from pydantic import Field

from lightcnn.artifacts.record import Record


class Metadata(Record):
    """Device, processor, threads and versions; `seconds` of all seeds together; `compile` is torch.compile's mode."""

    device: str
    cpu: str
    cpu_capability: str
    threads: int
    versions: dict[str, str]
    compile: str | None = None
    seconds: float = Field(ge=0)
