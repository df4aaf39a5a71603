"""Draw the images of a split that are shown; their order in the data set may not be random."""

import numpy as np
from jaxtyping import Int
from numpy import ndarray


def drawn(labels: Int[ndarray, "image"], seed: int = 0) -> Int[ndarray, "image"]:
    """All images in random order, in which the classes take turns: the first N are as even over the classes as can be.

    The numbers are those of PCG64's raw stream, which NumPy promises for good (NEP 19): the same draw on every machine.
    """
    keys = np.random.PCG64(seed).random_raw(len(labels))
    turns = np.empty(len(labels), np.int64)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        turns[members[np.argsort(keys[members], kind="stable")]] = np.arange(len(members))
    return np.lexsort((keys, turns))
