"""A program: use every component by itself, and tell as JSON which of our files each has loaded."""

import importlib
import json
import re
import sys
import tempfile
from pathlib import Path
from types import ModuleType

import pytest

from lightcnn.core import registry
from tests import synthetic
from tests.contracts.test_components import COMPONENTS, SLOTS
from tests.data.datasets import official, photographs
from tests.helpers import ROOT


def read(component: ModuleType) -> None:
    """Read a data set, which for those that come in files is a small one made up."""
    name = component.__name__.rpartition(".")[2]
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        if name in official.NAMES:
            component.FILES = official.make(name, Path(folder), patch).component.FILES
        if name == "folder":
            root = photographs.make(Path(folder) / "mine", 2, 1)
            with pytest.raises(Exception, match="the fingerprint of these images") as refused:  # of a class that was loaded anew
                component.collect(component.Config(), root, Path(folder))
            (known,) = re.findall("is ([0-9a-f]{32});", str(refused.value))
            component.collect(component.Config(fingerprint=known), root, Path(folder))
        component.read(Path(folder))


def draw(component: ModuleType) -> None:
    with tempfile.TemporaryDirectory() as folder:
        component.draw(component.Config(), synthetic.results(synthetic.write(Path(folder))))


def loaded_by(family: str, name: str) -> list[str]:
    """Paths of the files that are loaded when a component is used, with nothing of ours loaded before."""
    module = f"{registry.package(family)}.{name}"
    for loaded in [loaded for loaded in sys.modules if loaded.partition(".")[0] == "lightcnn"]:
        del sys.modules[loaded]
    {**SLOTS, "datasets": read, "figures": draw}[family](importlib.import_module(module))
    files = [module.__file__ or "" for name, module in list(sys.modules.items()) if name.partition(".")[0] == "lightcnn"]
    return sorted(Path(file).relative_to(ROOT).as_posix() for file in files)


if __name__ == "__main__":
    print(json.dumps({f"{family}.{name}": loaded_by(family, name) for family, name in COMPONENTS}))
