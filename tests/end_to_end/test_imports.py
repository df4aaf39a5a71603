"""A plan's list of code holds whatever the stage, and each component by itself, really imports."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lightcnn.core import registry
from lightcnn.core.files import read_json
from lightcnn.core.yaml import read_yaml
from lightcnn.pipeline.fingerprints import fingerprints, read_sources
from tests.end_to_end.pipe import Pipe
from tests.helpers import ROOT

SPY = """
import atexit, json, os, sys

@atexit.register
def tell():
    files = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
    ours = sorted(os.path.relpath(file) for file in files if file.startswith(os.getcwd() + os.sep))
    open(os.environ["SPY_OUT"], "w").write(json.dumps(ours))
"""
STAGES = (
    "fetch",
    "prepare",
    "train@baseline-augmented",
    "fuse@baseline",
    "export@baseline",
    "evaluate@baseline",
    "latency",
    "claims",
    "figures",
    "report",
)


@pytest.mark.parametrize("stage", STAGES)
def test_all_that_a_stage_imports_is_in_its_plan(pipe: Pipe, tmp_path: Path, stage: str) -> None:
    (tmp_path / "sitecustomize.py").write_text(SPY)
    lock = read_yaml(pipe.folder / "dvc.lock")["stages"][stage]
    done = pipe.run("sh", "-c", lock["cmd"], PYTHONPATH=str(tmp_path), SPY_OUT=str(tmp_path / "modules.json"))
    assert done.code == 0, done.text
    imported = {path for path in json.loads((tmp_path / "modules.json").read_text()) if path.startswith(("lightcnn", "stages"))}
    plan = next(dependency["path"] for dependency in lock["deps"] if dependency["path"].startswith("plan/"))
    assert f"stages/{stage.partition('@')[0]}.py" in read_json(pipe.folder / plan)["code"]
    assert imported
    assert imported <= set(read_json(pipe.folder / plan)["code"])


def test_all_that_a_room_imports_when_it_is_used_is_within_its_reach() -> None:
    program = [sys.executable, "-m", "tests.end_to_end.components_used"]
    used = json.loads(subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    sources, missing = read_sources(ROOT), {}
    for component, files in used.items():
        family, name = component.split(".")
        assert f"{registry.package(family).replace('.', '/')}/{name}.py" in files
        named = [*registry.components_in(registry.from_config(family, {"name": name}))]
        if family == "regularize":  # is tried on a network of another component
            named += registry.components_in(registry.from_config("architectures", {"name": "enhanced"}))
        missing[component] = set(files) - fingerprints([part.module for part in named], sources).keys()
    assert len(used) > 25
    assert {component: files for component, files in missing.items() if files} == {}
