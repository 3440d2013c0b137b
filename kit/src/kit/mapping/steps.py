"""The steps of a `steps:` list: small pure functions, compiled once, applied in order.

A step sees no null: null passes by, except at `default`. `STEPS` is the whole list; each entry
has one sentence for people, and the format's documentation is tested against it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from kit.mapping import convert
from kit.mapping.document import Spot
from kit.mapping.errors import BadValueError
from kit.mapping.scope import Getter, Scope

Function: TypeAlias = Callable[[Any], Any]
Variables: TypeAlias = Mapping[str, Any]
_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Step:
    """One compiled step.

    Args:
        run: The function.
        on_null: Whether it wants to see null too.
        kind: JSON type of its result, where it is known.
    """

    run: Function
    on_null: bool = False
    kind: str | None = None

    @property
    def refuses_groups(self) -> bool:
        """Whether it raises BadValueError for a list or a group of fields, as all but `default`."""
        return not self.on_null


@dataclass(frozen=True, slots=True)
class StepType:
    """One kind of step.

    Args:
        about: What it does, in one sentence.
        build: Makes the step from its argument (the entry itself for a step without one) and
            the values of the catalog's variables.
        argument: Whether it needs an argument.
    """

    about: str
    build: Callable[[Spot, Variables], Step]
    argument: bool = False


def _text_step(name: str, function: Callable[[str], Any]) -> Step:
    def run(value: Any) -> Any:  # noqa: ANN401 - any JSON value
        if type(value) is not str:
            kind = convert.kind_of(value)
            raise BadValueError(f"`{name}` expects text, got {kind}; put `text` before it")
        return function(value)

    return Step(run, kind="string")


def _plain_text(name: str, about: str, function: Callable[[str], Any]) -> StepType:
    step = _text_step(name, function)
    return StepType(about, lambda _, __: step)


def _conversion(about: str, function: Function, kind: str) -> StepType:
    step = Step(function, kind=kind)
    return StepType(about, lambda _, __: step)


def _with_argument(about: str, build: Callable[[Spot], Step]) -> StepType:
    return StepType(about, lambda spot, _: build(spot), argument=True)


def _default(spot: Spot) -> Step:
    literal = spot.plain
    return Step(lambda value: literal if convert.is_empty(value) else value, on_null=True)


def _map(spot: Spot, variables: Variables) -> Step:
    entries = spot.entries(("table", "otherwise", "keep_others"))
    if "table" not in entries:
        raise spot.fail("`map` needs a `table`")
    table = _table(entries["table"], variables)
    if "keep_others" in entries and entries["keep_others"].flag():
        return Step(lambda value: table.get(convert.to_text(value), value))
    if "otherwise" in entries:
        literal = entries["otherwise"].plain
        return Step(lambda value: table.get(convert.to_text(value), literal))
    return Step(lambda value: _looked_up(table, convert.to_text(value)))


def _table(spot: Spot, variables: Variables) -> Mapping[str, Any]:
    """Return a table that is written here, or is a variable."""
    if spot.is_mapping:
        return {key: each.plain for key, each in spot.items()}
    table = variables.get(spot.text().removeprefix("$"))
    if not spot.text().startswith("$") or not isinstance(table, Mapping):
        raise spot.fail("expected a table, or a variable that is one")
    return table


def _looked_up(table: Mapping[str, Any], key: str) -> Any:  # noqa: ANN401 - any JSON value
    if key not in table:
        raise BadValueError("the value is not in the table of `map`, which has no `otherwise`")
    return table[key]


def _replace(spot: Spot) -> Step:
    entries = spot.entries(("find", "with"))
    if set(entries) != {"find", "with"}:
        raise spot.fail("`replace` needs `find` and `with`")
    find, new = entries["find"].text(), entries["with"].text()
    if not find:
        raise entries["find"].fail("`find` must not be empty")
    return _text_step("replace", lambda text: text.replace(find, new))


def _slice(spot: Spot) -> Step:
    entries = spot.entries(("from", "length"))
    start = entries["from"].count() if "from" in entries else 0
    end = start + entries["length"].count(least=1) if "length" in entries else None
    return _text_step("slice", lambda text: text[start:end])


def _first(spot: Spot) -> Step:
    length = spot.count(least=1)
    return _text_step("first", lambda text: text[:length])


def _before(spot: Spot) -> Step:
    mark = spot.text()
    if not mark:
        raise spot.fail("`before` needs a text to look for")
    return _text_step("before", lambda text: text.split(mark, 1)[0])


def _split(spot: Spot) -> Step:
    marks = spot.text()
    if not marks:
        raise spot.fail("`split` needs the marks to cut at")
    cut = re.compile(f"[{re.escape(marks)}]")

    def pieces(text: str) -> list[str]:
        return list(dict.fromkeys(piece.strip() for piece in cut.split(text) if piece.strip()))

    return replace(_text_step("split", pieces), kind="array")


def _item(spot: Spot) -> Step:
    index = spot.count()

    def run(value: Any) -> Any:  # noqa: ANN401 - any JSON value
        if not isinstance(value, list):
            raise BadValueError(f"`item` expects a list, got {convert.kind_of(value)}")
        return value[index] if index < len(value) else None

    return Step(run)


def _currency(text: str) -> str:
    if not _CURRENCY.fullmatch(text):
        raise BadValueError("expected a currency code of three capital letters, such as EUR")
    return text


def _url(text: str) -> str | None:
    has_host = text.lower().startswith(("http://", "https://")) and len(text.split("/", 3)[2]) > 0
    return text if has_host and not any(letter.isspace() for letter in text) else None


STEPS: Final[Mapping[str, StepType]] = {
    "trim": _plain_text(
        "trim",
        "Cuts white space at both ends; a blank text becomes null.",
        lambda text: text.strip() or None,
    ),
    "lower": _plain_text("lower", "Writes the text in small letters.", str.lower),
    "upper": _plain_text("upper", "Writes the text in capital letters.", str.upper),
    "default": _with_argument("Takes this value where there is none or a blank one.", _default),
    "map": StepType("Looks the value up in a table.", _map, argument=True),
    "replace": _with_argument("Replaces each occurrence of a text by another.", _replace),
    "slice": _with_argument("Cuts a piece out, counted from 0.", _slice),
    "first": _with_argument("Keeps the first N characters.", _first),
    "before": _with_argument("Keeps what stands before a mark, or all if it is missing.", _before),
    "split": _with_argument("Cuts a text at each of these marks: a list of the pieces.", _split),
    "item": _with_argument("Takes one element of a list, counted from 0.", _item),
    "currency": _plain_text("currency", "Keeps a currency code, else refuses.", _currency),
    "url": _plain_text("url", "Keeps a web address (http or https); else null.", _url),
    "text": _conversion("Makes text of a single value.", convert.to_text, "string"),
    "integer": _conversion("Makes a whole number.", convert.to_integer, "integer"),
    "number": _conversion("Makes an exact decimal number.", convert.to_number, "number"),
    "money": _conversion(
        "Makes an exact amount; one of more than 15 digits is refused.",
        convert.to_number,
        "number",
    ),
    "boolean": _conversion("Makes true or false.", convert.to_boolean, "boolean"),
    "date": _conversion("Makes a date such as 2020-02-05.", convert.to_date, "string"),
    "datetime": _conversion(
        "Makes a time in UTC such as 2020-02-05T00:00:00+00:00.", convert.to_datetime, "string"
    ),
}

TYPES: Final = ("text", "integer", "number", "money", "boolean", "date", "datetime")
"""The steps that may also be written as `type:`."""


def compile_step(spot: Spot, label: str, variables: Variables) -> Step:
    """Compile one entry of a `steps:` list: a name, or a name with its argument.

    Args:
        spot: The entry.
        label: The field that the steps belong to, for the errors.
        variables: Values of the catalog's variables.

    Raises:
        CatalogError: The step is unknown or its argument is wrong.
    """
    spot = spot.named(label)
    if not spot.is_mapping:
        name, argument = spot.text(), None
    else:
        pairs = list(spot.items())
        if len(pairs) != 1:
            raise spot.fail("a step is one name with its argument, such as `first: 5`")
        name, argument = pairs[0]
    step_type = STEPS.get(name)
    if step_type is None:
        raise spot.fail(f"unknown step `{name}` (known: {', '.join(STEPS)})")
    if step_type.argument != (argument is not None):
        needs = "needs an argument" if step_type.argument else "takes no argument"
        raise spot.fail(f"the step `{name}` {needs}")
    place = argument.named(f"{label}: {name}") if argument else spot
    return step_type.build(place, variables)


def stepped(get: Getter, steps: list[Step]) -> Getter:
    """Return what `get` gives, with the steps applied in order."""
    if len(steps) == 1 and not steps[0].on_null:
        only = steps[0].run
        return lambda scope: None if (value := get(scope)) is None else only(value)
    plan = tuple((step.run, step.on_null) for step in steps)

    def apply(scope: Scope) -> Any:  # noqa: ANN401 - any JSON value
        value = get(scope)
        for run, on_null in plan:
            if value is not None or on_null:
                value = run(value)
        return value

    return apply
