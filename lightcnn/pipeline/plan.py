"""Plan files: for each stage its settings and the hashes of its code."""

import hashlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from lightcnn.core.config import StrictModel
from lightcnn.core.errors import UserError
from lightcnn.core.files import flatten
from lightcnn.core.registry import Component, components_in, load, to_config
from lightcnn.data.settings import DataConfig, FetchSettings
from lightcnn.evaluation.settings import EvaluateSettings
from lightcnn.export.settings import ExportSettings
from lightcnn.pipeline.fingerprints import Sources, fingerprints
from lightcnn.pipeline.held_out import is_fitted_on_valid, siblings
from lightcnn.pipeline.params import Params
from lightcnn.profiling.latency import LatencySettings
from lightcnn.reporting.claim_settings import ClaimsSettings
from lightcnn.reporting.results import FigureSettings, ReportSettings
from lightcnn.training.recipe import Distillation, Fusion, Training

Plan = dict[str, Any]
REPORT_ONLY_KEYS = ("params.", "code")

STAGES: dict[str, type[StrictModel]] = {
    "fetch": FetchSettings,
    "prepare": DataConfig,
    "train": Training,
    "distill": Distillation,
    "fuse": Fusion,
    "export": ExportSettings,
    "evaluate": EvaluateSettings,
    "latency": LatencySettings,
    "claims": ClaimsSettings,
    "figures": FigureSettings,
    "report": ReportSettings,
}
"""Every stage after plan, and what its plan files hold."""


class Task(NamedTuple):
    """One stage's work: `name` is the run or model it is for, None where a stage has just one task."""

    stage: str
    name: str | None
    settings: dict[str, Any]
    components: tuple[Component[Any], ...]

    @property
    def path(self) -> str:
        """The plan file's place under plan/."""
        return f"{self.stage}/{self.name}.json" if self.name else f"{self.stage}.json"


def plan_files(params: Params, sources: Sources) -> dict[str, Plan]:
    """Path under plan/ to content, for every stage that follows. The report gets all settings and all code, as it shows them.

    Raises:
        UserError: where code that a stage can reach is invalid Python.
    """
    files = {task.path: _plan(task, sources) for task in tasks(params)}
    every = {path: code for plan in files.values() for path, code in plan["code"].items()} | _code(["stages.report"], sources)
    code = hashlib.sha256(repr(sorted(every.items())).encode()).hexdigest()[:12]
    settings = {"figures": [component.name for component in params.figures], "code": code, "params": _settings(params)}
    if any(component.name == "temperature" for component in params.inference):
        settings["temperature_from"] = siblings(params.runs, params.models)
    report = _all_runs_task("report", params, settings, (params.data.dataset,))
    return {**files, report.path: _plan(report, sources)}


def _plan(task: Task, sources: Sources) -> Plan:
    code = _code([f"stages.{task.stage}", *(component.module for component in task.components)], sources)
    settings = STAGES[task.stage].from_plain(task.settings).to_plain()
    return {"stage": task.stage, "name": task.name, "settings": settings, "code": code}


def _code(entries: list[str], sources: Sources) -> dict[str, str]:
    try:
        return fingerprints(entries, sources)
    except SyntaxError as error:
        raise UserError(f"{error.filename}: invalid Python ({error.msg}); fix it") from None


def tasks(params: Params) -> Iterator[Task]:
    """Every task of the pipeline but the report, in the order in which it is done."""
    data, dataset = params.data, params.data.dataset
    yield Task("fetch", None, {"data": to_config(dataset)}, (dataset,))
    yield Task("prepare", None, data.to_plain(), (dataset,))
    for name, training in params.trainings.items():
        yield _task("train", name, training)
    for name, distillation in params.distillations.items():
        yield _task("distill", name, distillation, _architecture(params, distillation.teacher))
    for name, fusion in params.fusions.items():
        yield _task("fuse", name, fusion, _architecture(params, name))
    for model in params.models:
        yield Task("export", model, {}, _architecture(params, model))
    for model in params.models:
        inference = [
            component for component in params.inference if params.runs[model].train_on == "train" or not is_fitted_on_valid(component)
        ]
        settings = {"inference": [to_config(component) for component in inference]}
        yield Task("evaluate", model, settings, (*inference, *_architecture(params, model)))
    yield Task("latency", None, {"models": list(params.models), **params.latency.to_plain()}, ())
    claims = {name: claim.to_plain() for name, claim in params.claims.items()}
    yield _all_runs_task("claims", params, {"claims": claims, "note": None})
    yield _all_runs_task("figures", params, {"figures": [to_config(component) for component in params.figures]}, params.figures)


def _task(stage: str, name: str, config: StrictModel, more: tuple[Component[Any], ...] = ()) -> Task:
    return Task(stage, name, config.to_plain(), (*components_in(config), *more))


def _all_runs_task(stage: str, params: Params, settings: dict[str, Any], components: tuple[Component[Any], ...] = ()) -> Task:
    """A stage that looks at all runs at once."""
    fusions = {name: list(fusion.branches) for name, fusion in params.fusions.items()}
    seeds = {name: list(training.seeds) for name, training in params.networks.items()}
    seeds |= {name: seeds[branches[0]] for name, branches in fusions.items()}
    wanted: dict[str, Any] = {"models": list(params.models), "seeds": seeds, "trainings": list(params.networks), "fusions": fusions}
    # The data set's proper name: its module's docstring begins with it.
    dataset = (load("datasets", params.data.dataset.name).__doc__ or "").partition(":")[0]
    wanted |= {"dataset": dataset, "note": params.note, "budget": params.budget}
    return Task(stage, None, {**wanted, **settings}, components)


def _settings(params: Params) -> Any:
    """All of params.yaml that is in any plan, defaults filled in."""
    return {key: value for key, value in params.to_plain().items() if key != "runtime"}


def _architecture(params: Params, run: str) -> tuple[Component[Any], ...]:
    """The components that a run's network is built from."""
    if run in params.fusions:
        fusion: Fusion = params.fusions[run]
        return (fusion.fusion, *components_in(params.networks[fusion.branches[0]].architecture))
    return tuple(components_in(params.networks[run].architecture))


def describe_changes(before: dict[str, Plan], after: dict[str, Plan]) -> list[str]:
    """What is different between two plans, a line each, in words."""
    lines = [f"{_title(plan)}: gone" for path, plan in before.items() if path not in after]
    for path, plan in after.items():
        if path not in before:
            lines.append(f"{_title(plan)}: new")
            continue
        old, new = flatten(before[path]["settings"]), flatten(plan["settings"])
        # The report's copy of all params and code changes with everything else, and says nothing of its own.
        keys = [key for key in {**old, **new} if old.get(key) != new.get(key) and not key.startswith(REPORT_ONLY_KEYS)]
        lines += [f"{_title(plan)}: {key} {old.get(key, 'absent')} -> {new.get(key, 'absent')}" for key in keys]
        edited = [file for file, code in plan["code"].items() if before[path]["code"].get(file) != code]
        lost = [file for file in before[path]["code"] if file not in plan["code"]]
        if edited or lost:
            lines.append(f"{_title(plan)}: code of {', '.join(edited + lost)}")
    return lines


def _title(plan: Plan) -> str:
    return f"{plan['stage']} {plan['name']}" if plan["name"] else str(plan["stage"])
