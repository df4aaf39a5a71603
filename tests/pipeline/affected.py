"""How far changes reach: the project's own plans, and tables, written by hand, of whose plans a change alters.

In a row RUN, PAIR (a fusion, or what its branches are named after), VIEW (raw or augmented) and # (a number) stand for any. Plans are
given by shell patterns. The report's plan goes along with every change and is named only where it is the only one.
"""

import re
from fnmatch import fnmatch
from typing import Any

import pytest

from lightcnn.core.yaml import read_yaml
from lightcnn.pipeline.fingerprints import read_sources
from lightcnn.pipeline.params import Params
from lightcnn.pipeline.plan import plan_files
from tests.helpers import ROOT

OWN = read_yaml(ROOT / "params.yaml")
PARAMS = Params.from_plain(OWN)
FILES = read_sources(ROOT)
BEFORE = plan_files(PARAMS, FILES)


def assert_altered(before: dict[str, Any], after: dict[str, Any], plans: str) -> None:
    """These plans are others than before, the report's too, and no more."""
    every = {**before, **after}
    wanted = {path for path in every for plan in plans.split() if fnmatch(path, f"{plan}.json")}
    assert {path for path in every if before.get(path) != after.get(path)} == (wanted and {*wanted, "report.json"})


def fits(row: str, name: str) -> re.Match[str] | None:
    """What a row's capitals stand for, where `name` is one of those that it is about."""
    pattern = row.replace(".", r"\.").replace("#", r"\d+").replace("VIEW", "(raw|augmented)")
    return re.fullmatch(pattern.replace("RUN", r"(?P<RUN>[^.]+)").replace("PAIR", r"(?P<PAIR>[^.-]+)"), name)


def reach_of(name: str, table: dict[str, str]) -> str:
    """What the first row says that `name` fits."""
    for row, plans in table.items():
        if found := fits(row, name):
            return re.sub("[A-Z]+", lambda capitals: found[capitals[0]], plans)
    pytest.fail(f"{name}: no row says how far it reaches")
