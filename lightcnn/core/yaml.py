"""YAML as DVC reads it (1.2)."""

import io
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent

from lightcnn.core.errors import UserError


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a mapping exactly as DVC does (YAML 1.2).

    Raises:
        UserError: where it is no YAML mapping, or uses anchors, which make `dvc exp run -S` change nothing and say nothing.
    """
    try:
        text = path.read_text("utf-8")
        for event in YAML(typ="safe").parse(text):
            if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
                line = event.start_mark.line + 1
                raise UserError(
                    f"{path}: line {line}: anchors and aliases are refused (`dvc exp run -S` would pass over them); write the value out"
                )
        content = YAML(typ="safe").load(text)
    except FileNotFoundError:
        raise UserError(f"{path}: not there") from None
    except (YAMLError, ValueError) as error:  # a date that does not exist is a ValueError
        raise UserError(f"{path}: no valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise UserError(f"{path}: a mapping is wanted")
    return content


def as_yaml(content: dict[str, Any]) -> str:
    """Plain data as YAML, as one would write params.yaml."""
    text = io.StringIO()
    yaml = YAML()
    yaml.default_flow_style = None
    yaml.width = 120
    yaml.dump(content, text)
    return text.getvalue()
