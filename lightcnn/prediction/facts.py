"""model.json beside a model: its name, temperature and cost."""

import json
from pathlib import Path
from typing import Any

from lightcnn.core.errors import UserError

FACTS = "model.json"


def read_facts(folder: Path) -> dict[str, Any]:
    """Read it; nothing where there is no such file.

    Raises:
        UserError: where it is damaged.
    """
    path = folder / FACTS
    try:
        facts = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise UserError(f"{path}: not readable as JSON ({error}); copy the folder of the model again") from None
    if not isinstance(facts, dict) or not isinstance(facts.get("temperature"), int | float | None):
        raise UserError(f"{path}: not of this version; copy the folder of the model again")
    return facts
