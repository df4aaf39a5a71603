"""The model card, under the headings of Hugging Face, and the note on the licence."""

from typing import Any

from lightcnn.core.registry import available, load
from lightcnn.prediction.preprocessing import describe
from lightcnn.reporting.report import int8
from lightcnn.reporting.report._format import template
from lightcnn.reporting.report.contents import Contents
from lightcnn.reporting.results import Model


def render(contents: Contents, model: Model, recipe: str) -> str:
    """The card of a model, in Markdown; `recipe` is what params.yaml says of it and of its branches. The same contents give the same text."""
    branches = contents.results.branches.get(model.name, ())
    return template("model_card.md.jinja", keep_trailing_newline=True).render(
        contents=contents,
        model=model,
        work=contents.work[model.name],
        branches=branches,
        seconds=sum(contents.work[name].seconds for name in (model.name, *branches)),
        recipe=recipe,
        terms=terms(contents.results.data.name),
        int8=int8,
        preprocessing=describe(contents.results.data.channels, contents.results.data.size),
    )


def facts(contents: Contents, model: Model) -> dict[str, Any]:
    """What lies beside a model for programs to read: the temperature that validation asks for, if it was fitted, and what an image costs.

    A model that was trained on the validation images has the temperature of its sibling, and names it.
    """
    sibling = contents.temperature_from.get(model.name)
    scaling = contents.results.models[sibling or model.name].metrics.inference.get("temperature")
    found = {"temperature": scaling.temperature if scaling else None, **({"temperature_from": sibling} if sibling else {})}
    cost = {**model.cost.to_plain(), "p50_ms": model.speed.batch_1.p50_ms}
    return {"name": model.name, "data": contents.results.data.name, **found, "cost": cost}


def terms(data: str) -> str:
    """The licence of a data set in words."""
    return str(load("datasets", data).LICENCE) if data in available("datasets") else "not known to this project"


def licence(data: str) -> str:
    """The note that lies beside a model, on what may be done with it."""
    return (
        "MIT License. Copyright (c) 2026 lightcnn maintainers.\n\n"
        "The files in this folder, weights included, may be used, copied, changed and passed on under the terms of the MIT License\n"
        "(https://opensource.org/license/mit), without any warranty.\n\n"
        f"They were trained on the data set {data}, whose own licence is: {terms(data)}. No image of it is in this folder. Whether its terms\n"
        "reach what was trained on it is for whoever uses the model to judge.\n"
    )
