"""Parse YAML 1.2 as DVC does, or refuse it in one line."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, Event, ScalarEvent

from lightcnn.core.errors import UserError

LONGEST = 2**18
"""Characters; params.yaml of this project has 8,000, and YAML takes some seconds a million."""

DEEPEST = 64
"""Levels of lists and mappings in one another, far from where Python's stack ends."""


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a mapping exactly as DVC does (YAML 1.2).

    Raises:
        UserError: where it is missing, or `parse_yaml` refuses it.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise UserError(f"{path}: not there") from None
    except ValueError as error:
        raise UserError(f"{path}: invalid YAML: {error}") from None
    return parse_yaml(text, str(path))


def parse_yaml(text: str, name: str) -> dict[str, Any]:
    """Parse a mapping exactly as DVC does (YAML 1.2); `name` is what an error calls it.

    Raises:
        UserError: where it is no YAML mapping, too large, or uses anchors, which make `dvc exp run -S` change nothing and say nothing.
    """
    if len(text) > LONGEST:
        raise UserError(f"{name}: {len(text):,} characters are too many (at most {LONGEST:,}); write less")
    try:
        for line, problem in _refused(YAML(typ="safe").parse(text)):
            raise UserError(f"{name}: line {line}: {problem}")
        content = YAML(typ="safe").load(text)
    except (YAMLError, ValueError) as error:  # a date that does not exist is a ValueError
        raise UserError(f"{name}: invalid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise UserError(f"{name}: expected a mapping (KEY: VALUE)")
    return content


def _refused(events: Iterator[Event]) -> Iterator[tuple[int, str]]:
    """What is valid YAML and refused all the same: its line, and why."""
    depth = 0
    for event in events:
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            yield _line(event), "anchors and aliases are refused (`dvc exp run -S` would pass over them); write the value out"
        if depth > DEEPEST:
            yield _line(event), f"nested deeper than {DEEPEST} levels"
        if isinstance(event, ScalarEvent) and any("\ud800" <= letter <= "\udfff" for letter in event.value):
            yield _line(event), "half a character (a lone surrogate), which no file can hold; write the whole one"


def _line(event: Event) -> int:
    return event.start_mark.line + 1


def as_yaml(content: dict[str, Any]) -> str:
    """Plain data as YAML, as one would write params.yaml."""
    text = io.StringIO()
    yaml = YAML()
    yaml.default_flow_style = None
    yaml.width = 120
    yaml.dump(content, text)
    return text.getvalue()
