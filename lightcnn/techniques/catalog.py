"""Write docs/techniques.md from the cards of the components."""

import inspect
import re
import sys
from collections.abc import Iterator
from itertools import combinations, groupby
from types import ModuleType
from typing import Any, NamedTuple, get_args, get_origin

from ruamel.yaml import YAML

from lightcnn.core import registry
from lightcnn.core.config import StrictModel
from lightcnn.pipeline.params import Params
from lightcnn.search import study
from lightcnn.techniques.combine import Lines, joined, refusal
from lightcnn.training.recipe import Distillation, Fusion

COMPONENT = "COMPONENT"

HEAD = """# Techniques

Written by `lightcnn docs` from the cards that the components open with, and the search; do not edit it here.

A line below goes into a run of `trainings:`, `distillations:` or `fusions:` in `params.yaml`, instead of the one that has its key, and lists take
more than one component. A fusion has `optimizer` and `schedule` in each of its phases, and its model from its branches; `distill` is for distillations
alone, `head` of the family `fusions` for fusions alone; `inference` stands outside of the runs and holds for all models. What is not given has a
default, which `plan/` shows. What does not go together is refused before any work.
"""


class Technique(NamedTuple):
    """A component and its card: one line that says what it is, then `fields` such as source and cost; `conflicts` as plan knows them.

    A command has a card too, and no family.
    """

    family: str
    name: str
    title: str
    fields: dict[str, str]
    conflicts: dict[str, str]

    @property
    def component(self) -> str:
        """Family and name, as in `optim.sam`; of a command the name."""
        return f"{self.family}.{self.name}".lstrip(".")

    @property
    def path(self) -> str:
        """Its file."""
        module = f"{registry.package(self.family)}.{self.name}" if self.family else study.__name__
        return f"{module.replace('.', '/')}.py"

    @property
    def ids(self) -> list[str]:
        """What the list of techniques calls it, as in `E5`; most components have one, some none."""
        return self.fields.get("id", "").replace(",", " ").split()

    @property
    def setting(self) -> str:
        """The component as params.yaml names it, with the options that its card says to try."""
        options = self.fields.get("example", f"name: {self.name}")
        return f"{{{options}}}" if options.startswith("name:") else f"{{name: {self.name}, {options}}}"


class NumberedTechnique(NamedTuple):
    """A technique of the list: its ids, what params.yaml says to have it, and what has to stand there too."""

    ids: list[str]
    own: Lines
    beside: Lines

    @property
    def lines(self) -> Lines:
        """All that params.yaml says."""
        return joined(self.own, self.beside)

    @property
    def letters(self) -> set[str]:
        """The parts of the list that it is in, A to F."""
        return {name[0] for name in self.ids}


def page() -> str:
    """The whole page."""
    lines = places()
    techniques = [read(family, name) for family in lines for name in registry.available(family)]
    conflicts = _conflicts(techniques)
    command = _of("", "search", study)
    parts = [HEAD, *_table([*techniques, command]), *_together(listed())]
    for family, group in groupby(techniques, lambda technique: technique.family):
        parts += ["", f"## {family}", "", (sys.modules[registry.package(family)].__doc__ or "").strip()]
        for technique in group:
            parts += ["", f"### {technique.component}"]
            parts += _entry(technique, "yaml", lines[family].replace(COMPONENT, technique.setting), conflicts[technique.component])
    parts += ["", "## search", *_entry(command, "sh", command.fields["example"], [])]
    return re.sub(r"arXiv:(\d+\.\d+)", r"[arXiv:\1](https://arxiv.org/abs/\1)", "\n".join([*parts, ""]))


def listed() -> dict[str, NumberedTechnique]:
    """Every component that has an id, by family and name."""
    techniques = [(read(family, name), line) for family, line in places().items() for name in registry.available(family)]
    load = YAML(typ="safe").load
    return {
        technique.component: NumberedTechnique(
            technique.ids, load(line.replace(COMPONENT, technique.setting)), load(technique.fields.get("requires", "{}"))
        )
        for technique, line in techniques
        if technique.ids
    }


def places() -> dict[str, str]:
    """Family to the line of params.yaml that names a component of it, with `COMPONENT` where the component is to stand.

    If several components take a family, the line is that of one that the list of techniques numbers.
    """
    found = dict([*_slots(Fusion), *_slots(Distillation), *((family, line) for family, line in _slots(Params) if family == "inference")])
    waiting = list(found)
    for family in waiting:
        for name in sorted(registry.available(family), key=lambda name: not read(family, name).ids):
            for inner, line in _slots(registry.load(family, name).Config):
                if inner not in found:
                    found[inner] = found[family].replace(COMPONENT, f"{{name: {name}, {line}}}")
                    waiting.append(inner)
    return found


def read(family: str, name: str) -> Technique:
    """A component's card, taken apart."""
    return _of(family, name, registry.load(family, name))


def _of(family: str, name: str, component: ModuleType) -> Technique:
    title, card, *_ = (inspect.getdoc(component) or "").split("\n\n")
    fields = {key: " ".join(text.split()) for key, text in re.findall(r"^(\w+) +(.+(?:\n +.+)*)", card, re.MULTILINE)}
    return Technique(family, name, " ".join(title.split()), fields, getattr(component, "CONFLICTS", {}))


def _slots(config: type[StrictModel]) -> Iterator[tuple[str, str]]:
    """The families that a configuration takes components of, each with its line."""
    for key, field in config.model_fields.items():
        place = f"[{COMPONENT}]" if get_origin(field.annotation) is tuple else COMPONENT
        yield from ((family, f"{key}: {place}") for family in _families(field.rebuild_annotation()))


def _families(hint: Any) -> Iterator[str]:
    for part in get_args(hint):
        if isinstance(part, registry.slot):
            yield part.family
        yield from _families(part)


def _conflicts(techniques: list[Technique]) -> dict[str, list[str]]:
    """Component to what it does not go with: a pair is declared by one of the two, and holds for both."""
    found: dict[str, list[str]] = {technique.component: [] for technique in techniques}
    for technique in techniques:
        for trait, reason in technique.conflicts.items():
            for other in (t for t in techniques if trait in registry.traits(t.family, t.name)):
                found[technique.component].append(f"{other.component} ({reason})")
                found[other.component].append(f"{technique.component} ({reason})")
    return found


def _table(techniques: list[Technique]) -> list[str]:
    rows = sorted((name, technique.title, technique.component) for technique in techniques for name in technique.ids)
    lines = [f"| {name} | {title} | [{component}](#{component.replace('.', '')}) |" for name, title, component in rows]
    return ["| id | technique | component |", "| --- | --- | --- |", *lines]


def _together(techniques: dict[str, NumberedTechnique]) -> list[str]:
    pairs = [pair for pair in combinations(techniques, 2) if not set.intersection(*(techniques[component].letters for component in pair))]
    reasons = {pair: refusal(joined(*(techniques[component].lines for component in pair))) for pair in pairs}
    refused = {pair: reason for pair, reason in reasons.items() if reason}
    title = f"{len(pairs) - len(refused)} of {len(pairs)} pairs of techniques across the list's families, A to F, go together in one run."
    titles = {component: f"{component} ({', '.join(technique.ids)})" for component, technique in techniques.items()}
    rows = [f"- {titles[one]} with {titles[other]}: {reason}" for (one, other), reason in refused.items()]
    return ["", "## Together", "", f"{title} `plan` refuses, and says why:", "", *rows]


def _entry(technique: Technique, language: str, example: str, conflicts: list[str]) -> list[str]:
    facts = {key: text for key, text in technique.fields.items() if key not in ("example", "conflicts")}
    facts |= {"does not go with": "; ".join(conflicts) or "nothing", "file": f"[{technique.path}](../{technique.path})"}
    code = [f"```{language}", example, "```"]
    return ["", technique.title, "", *code, "", *(f"- {key}: {text}" for key, text in facts.items())]
