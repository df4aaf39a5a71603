"""Find a component by name: `{name: sam, rho: 0.05}` in family `optim` is `lightcnn/training/optim/sam.py`.

A component is one file with a header card, a `Config` (a `StrictModel`) and one public `build` (a figure: `draw`). This
module holds the only dynamic import of the project.
"""

import difflib
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, TypeVar

from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from lightcnn.core.config import StrictModel
from lightcnn.core.errors import UserError

LIBRARY = Path(__file__).parents[1]
Built = TypeVar("Built")


@dataclass(frozen=True)
class Component(Generic[Built]):
    """A component that params.yaml names, with its checked configuration; `Built` is what its slot wants of it."""

    family: str
    name: str
    config: StrictModel

    @property
    def module(self) -> str:
        """The dotted name of the component's file."""
        return f"{package(self.family)}.{self.name}"

    def build(self, *args: Any) -> Built:
        """Build what the slot wants, from the configuration and from what the slot gives."""
        built: Built = importlib.import_module(self.module).build(self.config, *args)
        return built


@cache
def folder(family: str) -> Path:
    """Where the components of a family lie: it is a package below that of its subject."""
    return next(path for path in LIBRARY.glob(f"*/{family}") if path.parent.name.isidentifier())


def package(family: str) -> str:
    """The dotted name of a family's package."""
    return ".".join(folder(family).relative_to(LIBRARY.parent).parts)


def available(family: str) -> list[str]:
    """The components of a family, sorted: its modules, but for those that begin with `_`."""
    return sorted(path.stem for path in folder(family).glob("[a-z]*.py") if path.stem.isidentifier())


def load(family: str, name: Any) -> ModuleType:
    """Import a component.

    Raises:
        PydanticCustomError: where there is no such component; the text lists those that there are.
        UserError: where its file, or what that imports, cannot be imported.
    """
    known = available(family)
    if not isinstance(name, str) or not re.fullmatch("[a-z][a-z0-9_]*", name) or name not in known:
        near = difflib.get_close_matches(str(name), known, 1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise PydanticCustomError("component", "{text}", {"text": f"no such component {name!r} ({hint}there are: {', '.join(known)})"})
    return _imported(f"{package(family)}.{name}")


def _imported(module: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except UserError:
        raise
    except Exception as error:  # whatever a file raises that is wrong in itself; the settings that name it are not to blame
        reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
        raise UserError(f"{module.replace('.', '/')}.py: cannot be imported ({reason}); fix it, or what it imports") from error


def traits(family: str, name: str) -> frozenset[str]:
    """What others may conflict with: the component itself, as `family.name`, and what its module says of it in `FACTS`."""
    return frozenset({f"{family}.{name}", *getattr(load(family, name), "FACTS", ())})


@dataclass(frozen=True)
class slot:
    """Marks a configuration field that names one component: `optimizer: Annotated[Component[Optimizer], slot("optim")]`."""

    family: str

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        """Read the field with `from_config` and write it with `to_config`."""
        serialization = core_schema.plain_serializer_function_ser_schema(to_config)
        return core_schema.no_info_plain_validator_function(partial(from_config, self.family), serialization=serialization)


def from_config(family: str, raw: Any) -> Component[Any]:
    """Check a `{name: ..., option: ...}` mapping against the component's own `Config`.

    Raises:
        PydanticCustomError: where it is no such mapping or names no component.
        pydantic.ValidationError: where the component refuses its options.
    """
    if not isinstance(raw, dict) or "name" not in raw:
        text = f"expected a mapping with a 'name', as in {{name: {available(family)[0]}}}"
        raise PydanticCustomError("component", "{text}", {"text": text})
    options = {key: value for key, value in raw.items() if key != "name"}
    return Component(family, raw["name"], load(family, raw["name"]).Config.from_plain(options))


def to_config(component: Component[Any]) -> dict[str, Any]:
    """A component as plain data, its defaults filled in."""
    return {"name": component.name, **component.config.to_plain()}


def components_in(value: Any) -> Iterator[Component[Any]]:
    """Every component that a checked configuration names, at any depth."""
    if isinstance(value, Component):
        yield value
        value = value.config
    if isinstance(value, StrictModel):
        value = tuple(getattr(value, field) for field in type(value).model_fields)
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        for item in value:
            yield from components_in(item)
