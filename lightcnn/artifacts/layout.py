"""Paths of all files in a project; a test compares them with dvc.yaml."""

from pathlib import Path
from typing import NamedTuple


class Layout(NamedTuple):
    """The paths of the pipeline below `root`."""

    root: Path = Path()

    @property
    def prepared(self) -> Path:
        """The data set, decoded and split."""
        return self.root / "data/prepared"

    @property
    def runs(self) -> Path:
        """A folder a run: weights and what built them."""
        return self.root / "runs"

    @property
    def exported(self) -> Path:
        """A folder a model: what export made."""
        return self.root / "exported"

    @property
    def models(self) -> Path:
        """A folder a model: what is shipped."""
        return self.root / "models"

    @property
    def evaluation(self) -> Path:
        """A file of arrays a model."""
        return self.root / "evaluation"

    @property
    def reports(self) -> Path:
        """What git tracks of the results."""
        return self.root / "reports"

    @property
    def metrics(self) -> Path:
        """A file a model."""
        return self.reports / "metrics"

    @property
    def cost(self) -> Path:
        """Two files a model: its cost and its layers."""
        return self.reports / "cost"

    @property
    def curves(self) -> Path:
        """A folder a run, a file a seed."""
        return self.reports / "curves"

    @property
    def figures(self) -> Path:
        """The pictures."""
        return self.reports / "figures"

    @property
    def benchmarks(self) -> Path:
        """What `make bench` measured; may be empty."""
        return self.reports / "benchmarks"

    @property
    def latency(self) -> Path:
        """Latency of all models."""
        return self.reports / "latency.json"

    @property
    def claims(self) -> Path:
        """What came of the claims."""
        return self.reports / "claims.json"

    @property
    def lock(self) -> Path:
        """DVC's record of what was run."""
        return self.root / "dvc.lock"
