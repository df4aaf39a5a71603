"""Settings of the stage export."""

from lightcnn.core.config import StrictModel


class ExportSettings(StrictModel):
    """Nothing to choose: an export is decided by the run."""
