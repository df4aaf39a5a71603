"""Figures: each component draws one or more from the results."""

from lightcnn.core import plotting  # noqa: F401 - ahead of Matplotlib, so that it can say what is wrong with MPLBACKEND
