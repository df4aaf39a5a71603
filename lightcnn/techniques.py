"""docs/techniques.md, made of the rooms' cards: what there is, where it is from, and the line of params.yaml that asks for it."""

import inspect
import re
import sys
from collections.abc import Iterator
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple, get_args, get_origin

from pydantic import PlainValidator

from lightcnn import rooms
from lightcnn.config import Strict
from lightcnn.params import Params
from lightcnn.recipe import Distillation, Fusion

ROOM = "ROOM"

HEAD = """# Techniques

Written by `lightcnn docs` from the cards that the rooms open with; do not edit it here.

A line below goes into a run of `trainings:`, `distillations:` or `fusions:` in `params.yaml`, in the place of the one that has its key, and lists take
more than one room. A fusion has `optimizer` and `schedule` in each of its phases, and its model from its branches; `distill` is for distillations
alone, `head` of the family `fusions` for fusions alone; `inference` stands outside of the runs and holds for all models. What is not given has a
default, which `plan/` shows. What does not go together is refused before any work.
"""


class Technique(NamedTuple):
    """A room and its card: one line that says what it is, then `fields` such as source and cost; `clashes` as plan knows them."""

    family: str
    name: str
    title: str
    fields: dict[str, str]
    clashes: dict[str, str]

    @property
    def room(self) -> str:
        """Family and name, as in `optim.sam`."""
        return f"{self.family}.{self.name}"

    @property
    def ids(self) -> list[str]:
        """What the list of techniques calls it, as in `E5`; most rooms have one, some none."""
        return self.fields.get("id", "").replace(",", " ").split()

    @property
    def setting(self) -> str:
        """The room as params.yaml names it, with the options that its card says to try."""
        options = self.fields.get("try", f"name: {self.name}")
        return f"{{{options}}}" if options.startswith("name:") else f"{{name: {self.name}, {options}}}"


def page() -> str:
    """The whole page."""
    lines = places()
    techniques = [read(family, name) for family in lines for name in rooms.names(family)]
    clashes = _clashes(techniques)
    parts = [HEAD, *_table(techniques)]
    for family, group in groupby(techniques, lambda technique: technique.family):
        parts += ["", f"## {family}", "", (sys.modules[f"lightcnn.{family}"].__doc__ or "").strip()]
        for technique in group:
            parts += _entry(technique, lines[family], clashes[technique.room])
    return re.sub(r"arXiv:(\d+\.\d+)", r"[arXiv:\1](https://arxiv.org/abs/\1)", "\n".join([*parts, ""]))


def places() -> dict[str, str]:
    """Family to the line of params.yaml that names a room of it; `ROOM` stands where the room is to stand."""
    found = dict([*_slots(Fusion), *_slots(Distillation), *((family, line) for family, line in _slots(Params) if family == "inference")])
    waiting = list(found)
    for family in waiting:
        for name in rooms.names(family):
            for inner, line in _slots(rooms.load(family, name).Config):
                if inner not in found:
                    found[inner] = found[family].replace(ROOM, f"{{name: {name}, {line}}}")
                    waiting.append(inner)
    return found


def read(family: str, name: str) -> Technique:
    """A room's card, taken apart."""
    room = rooms.load(family, name)
    title, card, *_ = (inspect.getdoc(room) or "").split("\n\n")
    fields = {key: " ".join(text.split()) for key, text in re.findall(r"^(\w+) +(.+(?:\n +.+)*)", card, re.MULTILINE)}
    return Technique(family, name, " ".join(title.split()), fields, getattr(room, "CLASHES", {}))


def _slots(config: type[Strict]) -> Iterator[tuple[str, str]]:
    """The families that a configuration takes rooms of, each with its line."""
    for key, field in config.model_fields.items():
        place = f"[{ROOM}]" if get_origin(field.annotation) is tuple else ROOM
        yield from ((family, f"{key}: {place}") for family in _families(field.rebuild_annotation()))


def _families(hint: Any) -> Iterator[str]:
    for part in get_args(hint):
        if isinstance(part, PlainValidator) and isinstance(part.func, partial):
            yield part.func.args[0]
        yield from _families(part)


def _clashes(techniques: list[Technique]) -> dict[str, list[str]]:
    """Room to what it does not go with: a pair is told by one of the two, and holds for both."""
    found: dict[str, list[str]] = {technique.room: [] for technique in techniques}
    for technique in techniques:
        for other, reason in technique.clashes.items():
            found[technique.room].append(f"{other} ({reason})")
            found[other].append(f"{technique.room} ({reason})")
    return found


def _table(techniques: list[Technique]) -> list[str]:
    rows = sorted((name, technique.title, technique.room) for technique in techniques for name in technique.ids)
    lines = [f"| {name} | {title} | [{room}](#{room.replace('.', '')}) |" for name, title, room in rows]
    return ["| id | technique | room |", "| --- | --- | --- |", *lines]


def _entry(technique: Technique, line: str, clashes: list[str]) -> list[str]:
    path = f"lightcnn/{technique.family}/{technique.name}.py"
    facts = {key: text for key, text in technique.fields.items() if key not in ("try", "clashes")}
    facts |= {"does not go with": "; ".join(clashes) or "nothing", "file": f"[{path}](../{path})"}
    yaml = ["```yaml", line.replace(ROOM, technique.setting), "```"]
    return ["", f"### {technique.room}", "", technique.title, "", *yaml, "", *(f"- {key}: {text}" for key, text in facts.items())]
