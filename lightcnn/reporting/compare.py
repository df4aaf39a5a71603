"""Compare two revisions in Markdown, each difference with its interval."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from lightcnn.artifacts.cost import Cost
from lightcnn.artifacts.latency import Latency
from lightcnn.artifacts.metrics import Metrics
from lightcnn.core.errors import UserError
from lightcnn.core.files import flatten, parse_json
from lightcnn.core.git import git
from lightcnn.core.yaml import parse_yaml
from lightcnn.evaluation.intervals import Accuracy, difference
from lightcnn.reporting.report._format import code, count, interval, interval_points, kilobytes, milliseconds, percent_mean_std, points
from lightcnn.reporting.report._format import markdown as escaped
from lightcnn.reporting.report.markdown import table

RULE = """A difference is **noise** where its 95 % interval holds 0, and **real** elsewhere. Over seeds, intervals are Student's t, those of
differences Welch's. Of a single seed they are Wilson's and Newcombe's on the images of the split, and cover the choice of images alone:
another seed may differ by more. Latencies compare on one machine only.
"""
LATENCY = "reports/latency.json"


class Revision(NamedTuple):
    """The committed results of one revision; of what it does not have there is nothing."""

    name: str
    params: dict[str, Any]
    metrics: dict[str, Metrics]
    costs: dict[str, Cost]
    latency: Latency | None


def read_revision(name: str, root: Path) -> Revision:
    """Read params.yaml, and reports/ on the models that it lists, as git has them at a revision, without checking it out.

    Raises:
        UserError: where there is no such revision, or a file in it is of another form.
    """
    paths = git(root, "ls-tree", "-r", "--name-only", name, "params.yaml", "reports").splitlines()
    if "params.yaml" not in paths:
        raise UserError(f"{name}: no params.yaml there")

    params = parse_yaml(git(root, "show", f"{name}:params.yaml"), f"{name}:params.yaml")
    models = params.get("models", [])
    if not (isinstance(models, list) and all(isinstance(model, str) for model in models)):
        raise UserError(f"{name}:params.yaml: models: expected a list of names; compare with another revision")

    def parsed(folder: str, kind: Any) -> dict[str, Any]:
        wanted = {model: f"reports/{folder}/{model}.json" for model in models}
        return {model: parse(kind, path) for model, path in wanted.items() if path in paths}

    def parse(kind: Any, path: str) -> Any:
        return kind.from_plain(parse_json(git(root, "show", f"{name}:{path}")))

    try:
        latency = parse(Latency, LATENCY) if LATENCY in paths else None
        return Revision(name, params, parsed("metrics", Metrics), parsed("cost", Cost), latency)
    except ValueError as error:
        raise UserError(f"{name}: its reports/ are of another version of this project ({str(error).splitlines()[0]})") from None


def markdown(old: Revision, new: Revision) -> str:
    """The summary."""
    names = escaped(old.name), escaped(new.name)
    parts = [f"## Results: {' to '.join(names)}\n"]
    if note := new.params.get("note"):
        parts.append(f"> {' '.join(str(note).split())}\n")
    header = ("model", "split", *names, "difference, points", "verdict")
    parts.append(table(header, [row for name in _models(old, new) for row in _scores(name, old, new)]))
    parts.append(RULE)
    parts.append(table(("model", "parameters", "ONNX file", "latency p50, ms"), [_costs(name, old, new) for name in _models(old, new)]))
    changed = _params(old, new)
    parts.append(table(("params.yaml", *names), changed) if changed else "No key of params.yaml changed.\n")
    return "\n".join(parts)


def _models(old: Revision, new: Revision) -> list[str]:
    return list(dict.fromkeys([*old.metrics, *new.metrics]))


def _scores(name: str, old: Revision, new: Revision) -> Iterator[list[str]]:
    """Test and validation accuracy of a model, top-1."""
    for split in ("test", "valid"):
        before, after = (_accuracy(revision, name, split) for revision in (old, new))
        if before is after is None:  # trained on the validation images
            continue
        cells = [f"{percent_mean_std(score.top1)} {interval(score.interval)}" if score else "–" for score in (before, after)]
        if before is None or after is None:
            yield [name, split, *cells, "–", "gone" if after is None else "new"]
        elif before == after:
            yield [name, split, *cells, "0", "unchanged"]
        else:
            found = difference(before, after)
            change = f"{points(after.top1.mean - before.top1.mean)} {interval_points(found)}"
            yield [name, split, *cells, change, "noise" if found.includes_zero else "**real**"]


def _accuracy(revision: Revision, name: str, split: str) -> Accuracy | None:
    found = revision.metrics.get(name)
    if found is None:
        return None
    if split == "test":
        return Accuracy(found.test.top1, found.images.test)
    return Accuracy(found.valid.top1, found.images.valid) if found.valid else None


def _costs(name: str, old: Revision, new: Revision) -> list[str]:
    costs = [revision.costs.get(name) for revision in (old, new)]
    speeds = [revision.latency and revision.latency.fp32.get(name) for revision in (old, new)]
    sizes = [
        [show(getattr(cost, key)) if cost else "–" for cost in costs] for key, show in (("parameters", count), ("onnx_bytes", kilobytes))
    ]
    times = [milliseconds(speed.batch_1.p50_ms) if speed else "–" for speed in speeds]
    return [name, *(before if before == after else f"{before} → {after}" for before, after in (*sizes, times))]


def _params(old: Revision, new: Revision) -> list[list[str]]:
    """Dotted keys whose values differ."""
    before, after = flatten(old.params), flatten(new.params)
    keys = [key for key in {**before, **after} if before.get(key, flatten) != after.get(key, flatten)]
    return [[code(key), *(code(tree[key]) if key in tree else "–" for tree in (before, after))] for key in keys]
