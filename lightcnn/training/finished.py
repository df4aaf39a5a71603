"""A seed that was trained to its end, wherever that was: what is kept of it until the run is put together."""

from typing import Any, NamedTuple

import torch

from lightcnn.artifacts.metadata import Machine
from lightcnn.core.errors import UserError
from lightcnn.training.checkpoints import ANEW, Checkpoints
from lightcnn.training.loop import Scores, Selected


class FinishedSeed(NamedTuple):
    """The weights selected, the rows of its curve, and the machine that it was trained on, with the seconds that took."""

    selected: Selected
    rows: list[dict[str, Any]]
    machine: Machine

    @classmethod
    def found(cls, checkpoints: Checkpoints, seed: int, device: torch.device) -> "FinishedSeed | None":
        """A seed as it was kept, if it was.

        Raises:
            UserError: where it is damaged or of another version.
        """
        kept = checkpoints.finished(seed, device)
        if kept is None:
            return None
        try:
            scores, epoch, state, snapshots = kept["selected"]
            selected = Selected(scores and Scores(*scores), epoch, state, tuple(snapshots))
            return cls(selected, kept["rows"], Machine.from_plain(kept["machine"]))
        except (AttributeError, LookupError, TypeError, ValueError):
            raise UserError(f"{checkpoints.finished_path(seed)}: not a seed of this version; {ANEW}") from None

    def keep(self, checkpoints: Checkpoints, seed: int) -> None:
        """Keep it for who puts the run together; its checkpoint is no longer wanted."""
        scores, epoch, state, snapshots = self.selected
        plain = [scores and [*scores], epoch, state, [*snapshots]]
        checkpoints.finish(seed, {"selected": plain, "rows": self.rows, "machine": self.machine.to_plain()})
