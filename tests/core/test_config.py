"""Configuration: strict, frozen, and all that is wrong said at once."""

from typing import Any

import pytest
from pydantic import Field, ValidationError

from lightcnn.core.config import Name, StrictModel


class Inner(StrictModel):
    rate: float = 1.0
    count: int = 1


class Outer(StrictModel):
    inner: Inner = Inner()
    items: tuple[Inner, ...] = ()
    flag: bool = False
    name: Name = "x"
    text: str = ""
    share: float = Field(0.5, ge=0, lt=1)


def problems(**raw: Any) -> dict[str, str]:
    """Place to text of all that is wrong."""
    with pytest.raises(ValidationError) as caught:
        Outer.from_plain(raw)
    return {".".join(map(str, problem["loc"])): problem["msg"] for problem in caught.value.errors()}


@pytest.mark.parametrize(
    "wrong",
    [
        {"inner": {"rate": "0.1"}},
        {"inner": {"rate": True}},
        {"inner": {"rate": float("nan")}},
        {"inner": {"rate": float("inf")}},
        {"inner": {"rate": float("-inf")}},
        {"inner": {"rate": None}},
        {"inner": {"count": 1.0}},
        {"inner": {"count": True}},
        {"inner": {"count": "1"}},
        {"flag": 1},
        {"flag": "true"},
        {"flag": "off"},
        {"text": 3},
        {"items": {}},
        {"items": "ab"},
        {"inner": []},
        {"share": 1.0},
    ],
    ids=str,
)
def test_what_is_of_another_kind_is_refused_at_its_place(wrong: dict[str, Any]) -> None:
    (key, value), *_ = wrong.items()
    place = f"{key}.{next(iter(value))}" if key == "inner" and value else key
    assert list(problems(**wrong)) == [place]


def test_a_whole_number_is_taken_for_a_float() -> None:
    assert Outer.from_plain({"inner": {"rate": 3}}).inner.rate == 3


def test_every_fault_is_named_at_once_with_its_place() -> None:
    found = problems(inner={"rate": "1", "cuont": 2}, items=[{}, {"count": 0.5}], flagg=True)
    assert list(found) == ["inner.rate", "inner.cuont", "items.1.count", "flagg"]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("flagg", "unknown key (did you mean 'flag'? there are: inner, items, flag, name, text, share)"),
        ("zzz", "unknown key (there are: inner, items, flag, name, text, share)"),
        (7, "unknown key (there are: inner, items, flag, name, text, share)"),
    ],
)
def test_of_an_unknown_key_it_is_said_which_was_probably_meant(key: Any, text: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Outer.from_plain({key: 1})
    assert text in str(caught.value) or "should be strings" in str(caught.value)


def test_a_suggestion_is_made_at_any_depth() -> None:
    assert problems(items=[{"rat": 1}]) == {"items.0.rat": "unknown key (did you mean 'rate'? there are: rate, count)"}


def test_nothing_can_be_set_afterwards() -> None:
    config = Outer.from_plain({"items": [{}]})
    with pytest.raises(ValidationError, match="frozen"):
        config.flag = True
    assert isinstance(config.items, tuple)


def test_plain_data_comes_back_with_defaults_filled_in() -> None:
    plain = Outer.from_plain({"items": [{"rate": 2}]}).to_plain()
    assert plain["items"] == [{"rate": 2.0, "count": 1}]
    assert plain["share"] == 0.5
    assert Outer.from_plain(plain).to_plain() == plain


@pytest.mark.parametrize("name", ["a", "A-b_3", "0", "x" * 64])
def test_a_name_is_letters_digits_and_dashes(name: str) -> None:
    assert Outer.from_plain({"name": name}).name == name


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a\\b", ".a", "-a", "_a", "a b", "a.b", "a\n", "\u00e4", "x" * 65, "a${b}", "a@b"])
def test_a_name_that_no_file_or_stage_should_have_is_refused(name: str) -> None:
    assert "pattern" in problems(name=name)["name"]


def test_plain_data_nested_without_end_is_a_fault_like_others() -> None:
    nested: Any = 1
    for _ in range(100_000):
        nested = [nested]
    assert problems(items=nested) == {"": "nested too deep"}
