"""Export the best seed of a run as ONNX (fp32, int8), compare it with torch, and count its cost."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8
from numpy import ndarray
from safetensors.torch import save

from lightcnn.artifacts.layers import write_layers
from lightcnn.artifacts.prepared import read_split
from lightcnn.core.command import run
from lightcnn.core.errors import UserError
from lightcnn.core.files import write_bytes, write_json
from lightcnn.core.threads import pin_threads
from lightcnn.data.normalize import logits_of
from lightcnn.export import ort
from lightcnn.export.int8 import to_int8
from lightcnn.export.onnx import to_onnx
from lightcnn.export.settings import ExportSettings
from lightcnn.models.reparameterize import reparameterized
from lightcnn.models.trained import read_run
from lightcnn.pipeline.plan_file import read_plan
from lightcnn.profiling.cost import costs, count_constants, count_nodes
from lightcnn.profiling.layers import layers_of

CHECKED_IMAGES = 1000
TOLERANCE = 1e-5
"""Of the largest logit on these images."""


def main(plan: Path, *, run: Path, out: Path, cost: Path, prepared: Path = Path("data/prepared")) -> None:
    """Write a run's best seed as model.onnx, model.int8.onnx and model.safetensors (as it was trained), its labels, what it costs, and its layers.

    Before anything is written, the model is compared with the network as it was trained, in torch, on images of the training split; the
    int8 one is calibrated on that split. The test split is not read.
    """
    pin_threads()
    (name, _), trained = read_plan(plan, ExportSettings), read_run(run)
    info, network, normalise = trained.info, trained.model(trained.info.best_seed), trained.normalise()
    shipped = reparameterized(network)
    exported = to_onnx(shipped, normalise, info.shape, info.data.classes)
    content = exported.SerializeToString(deterministic=True)

    train = read_split(prepared, "train", info.shape).images
    images = drawn(train)
    expected = logits_of(network, normalise, torch.from_numpy(images)).numpy()
    difference = np.abs(ort.logits_of(ort.open_session(content), images) - expected).max()
    limit = TOLERANCE * np.abs(expected).max()
    if not difference <= limit:
        raise UserError(f"{name}: ONNX Runtime and torch differ by {difference:.1e} in a logit (limit {limit:.0e}); nothing was exported")

    int8 = to_int8(exported, train).SerializeToString(deterministic=True)
    write_bytes(out / "model.onnx", content)
    write_bytes(out / "model.int8.onnx", int8)
    write_bytes(out / "model.safetensors", save(trained.states[info.best_seed]))
    write_json(out / "labels.json", info.data.classes)
    counts = {"onnx_weights": count_constants(exported), **count_nodes(ort.optimized(content)), "int8_bytes": len(int8)}
    write_json(cost, {**costs(network, shipped, info.shape, exported), **counts})
    write_layers(cost.with_suffix(".tsv"), layers_of(shipped, info.shape))
    sizes = f"{len(content):,} bytes ({len(int8):,} as int8)"
    print(f"{name}: seed {info.best_seed} exported in {sizes}; within {difference:.0e} of torch on {len(images):,} images")


def drawn(images: UInt8[ndarray, "image height width channel"]) -> UInt8[ndarray, "chosen height width channel"]:
    """`CHECKED_IMAGES` of a split, or all: a draw that is always the same, since a split may be sorted by class."""
    chosen = np.random.default_rng(0).permutation(len(images))[:CHECKED_IMAGES]
    return images[np.sort(chosen)]


if __name__ == "__main__":
    run(main)
