"""Reduce params.yaml: fewer runs, or less training."""

import copy
from typing import Any


def shortened(params: dict[str, Any], data: dict[str, Any], epochs: int, phase_epochs: int, note: str) -> dict[str, Any]:
    """The same runs on other data, with less training and one seed."""
    short = copy.deepcopy(params)
    short |= {"note": note, "data": {"split_seed": 0, **data}}
    for training in (*short["trainings"].values(), *short.get("distillations", {}).values()):
        training |= {"epochs": epochs, "seeds": training["seeds"][:1]}
    for fusion in short.get("fusions", {}).values():
        for phase in fusion["phases"].values():
            phase["epochs"] = phase_epochs
    return short


def only(params: dict[str, Any], run: str) -> dict[str, Any]:
    """Of all runs just one and those that it takes; what is reported and claimed, too."""
    kinds = {kind: params.get(kind, {}) for kind in ("trainings", "distillations", "fusions")}
    kept, waiting = set[str](), [run]
    while waiting:
        name = waiting.pop()
        if name in kept:
            continue
        kept.add(name)
        waiting += kinds["fusions"].get(name, {}).get("branches", [])
        waiting += [kinds["distillations"][name]["teacher"]] if name in kinds["distillations"] else []
    left = {kind: {name: settings for name, settings in runs.items() if name in kept} for kind, runs in kinds.items()}
    models = [name for name in params["models"] if name in kept]
    claims = {
        name: claim for name, claim in params.get("claims", {}).items() if {claim["run"], claim.get("control", claim["run"])} <= {*models}
    }
    return {**params, **left, "models": models, "claims": claims}
