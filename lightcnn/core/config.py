"""Base classes of configuration: strict and frozen, without unknown keys or infinite numbers."""

import difflib
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
"""A name that is also a file's and a stage's: letters, digits, `_` and `-`."""

Fraction = Annotated[float, Field(ge=0, le=1)]


class StrictModel(BaseModel):
    """A model that takes no unknown key, no string for a number, no NaN, and cannot be changed. Sequences are tuples."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, protected_namespaces=())

    @classmethod
    def from_plain(cls, raw: Any) -> Self:
        """Check plain data as YAML and JSON give it.

        Raises:
            pydantic.ValidationError: with every error found, each with its place.
        """
        try:
            frozen = _lists_to_tuples(raw)
        except RecursionError:
            raise errors(cls.__name__, [((), "nested too deep")]) from None
        return cls.model_validate(frozen)

    def to_plain(self) -> Any:
        """The same as plain data, defaults filled in: what a plan file holds."""
        return self.model_dump(mode="json")

    @model_validator(mode="wrap")
    @classmethod
    def _suggest(cls, raw: Any, check: ModelWrapValidatorHandler[Self]) -> Self:
        """Say of an unknown key which one was probably meant."""
        try:
            return check(raw)
        except ValidationError as error:
            raise errors(cls.__name__, [(problem["loc"], cls._message(problem)) for problem in error.errors()]) from None

    @classmethod
    def _message(cls, problem: Any) -> str:
        if problem["type"] != "extra_forbidden":
            return str(problem["msg"])
        near = difflib.get_close_matches(str(problem["loc"][0]), cls.model_fields, 1)
        known = f"there are: {', '.join(cls.model_fields)}" if cls.model_fields else "there are none to set here"
        return f"unknown key ({f'did you mean {near[0]!r}? ' if near else ''}{known})"


def errors(title: str, problems: list[tuple[tuple[int | str, ...], str]]) -> ValidationError:
    """One error of many errors, each a place and what is wrong there."""
    details = [
        InitErrorDetails(type=PydanticCustomError("error", "{text}", {"text": text}), loc=place, input=None) for place, text in problems
    ]
    return ValidationError.from_exception_data(title, details)


def _lists_to_tuples(raw: Any) -> Any:
    """Lists to tuples, at any depth."""
    if isinstance(raw, list | tuple):
        return tuple(_lists_to_tuples(item) for item in raw)
    return {key: _lists_to_tuples(value) for key, value in raw.items()} if isinstance(raw, dict) else raw
