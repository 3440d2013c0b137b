"""Conditions of `when`, `skip` and `where`: what a field must be, or a word such as `any`.

    {Status: Active}                  the field is that value
    {Status: [Open, Closed]}          one of these
    {Email: null}                     null or blank
    {any: [...]}  {all: [...]}  {not: {...}}
    {missing: $email}  {present: $email}  {bad_email: $email}  {expr: "Balance == 0"}

Several entries of one mapping must all hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, TypeAlias

from kit.mapping import convert
from kit.mapping.document import Spot
from kit.mapping.emails import is_email
from kit.mapping.errors import BadValueError
from kit.mapping.expressions import compile_expression
from kit.mapping.scope import Condition, Frame, Getter, Scope, compile_path

_Compiler: TypeAlias = Callable[[Spot, Frame], Condition]


def compile_condition(spot: Spot, frame: Frame) -> Condition:
    """Compile a condition.

    Raises:
        CatalogError: A name is unknown, or the form is not one of those above.
    """
    parts = [
        WORDS[name](each, frame) if name in WORDS else _field_is(name, each, frame)
        for name, each in spot.items()
    ]
    if not parts:
        raise spot.fail("a condition must not be empty")
    return parts[0] if len(parts) == 1 else _all_of(parts)


def _all_of(parts: list[Condition]) -> Condition:
    return lambda scope: all(part(scope) for part in parts)


def _each(spot: Spot, frame: Frame) -> list[Condition]:
    parts = [compile_condition(each, frame) for each in spot.each()]
    if not parts:
        raise spot.fail("the list of conditions must not be empty")
    return parts


def _any(spot: Spot, frame: Frame) -> Condition:
    parts = _each(spot, frame)
    return lambda scope: any(part(scope) for part in parts)


def _all(spot: Spot, frame: Frame) -> Condition:
    return _all_of(_each(spot, frame))


def _not(spot: Spot, frame: Frame) -> Condition:
    part = compile_condition(spot, frame)
    return lambda scope: not part(scope)


def _missing(spot: Spot, frame: Frame) -> Condition:
    get = compile_path(spot.text(), frame, spot).get
    return lambda scope: convert.is_empty(get(scope))


def _present(spot: Spot, frame: Frame) -> Condition:
    get = compile_path(spot.text(), frame, spot).get
    return lambda scope: not convert.is_empty(get(scope))


def _bad_email(spot: Spot, frame: Frame) -> Condition:
    get = compile_path(spot.text(), frame, spot).get

    def holds(scope: Scope) -> bool:
        value = get(scope)
        if convert.is_empty(value):
            return False
        return not (isinstance(value, str) and is_email(value.strip()))

    return holds


def _expr(spot: Spot, frame: Frame) -> Condition:
    get = compile_expression(spot, frame).get

    def holds(scope: Scope) -> bool:
        value = get(scope)
        if value is not None and not isinstance(value, bool):
            raise BadValueError("the expression of a condition must give true or false")
        return bool(value)

    return holds


def _field_is(path: str, spot: Spot, frame: Frame) -> Condition:
    get = compile_path(path, frame, spot).get
    expected = _literals(spot, frame)
    if all(isinstance(each, str) for each in expected):
        texts = frozenset(expected)
        return lambda scope: type(value := get(scope)) is str and value in texts
    return _one_of(path, get, expected)


def _literals(spot: Spot, frame: Frame) -> list[Any]:
    if spot.is_mapping:
        raise spot.fail("a field is compared with one value or with a list of values")
    plain = spot.plain
    if isinstance(plain, str) and plain.startswith("$"):
        value = compile_path(plain, frame, spot)
        if not value.constant:
            raise spot.fail(f"`{plain}` is no variable; compare two fields with `expr`")
        plain = value.literal
    return plain if isinstance(plain, list) else [plain]


def _one_of(path: str, get: Getter, expected: list[Any]) -> Condition:
    tests = [_equals(literal) for literal in expected]

    def holds(scope: Scope) -> bool:
        value = get(scope)
        try:
            return any(test(value) for test in tests)
        except BadValueError as error:
            raise error.within(path) from None

    return holds


def _equals(literal: Any) -> Callable[[Any], bool]:  # noqa: ANN401 - any JSON value
    if literal is None:
        return convert.is_empty
    if isinstance(literal, bool):
        return lambda value: value is literal
    if isinstance(literal, int | Decimal):
        return lambda value: _is_number(value) and convert.to_number(value) == literal
    return lambda value: type(value) is str and value == literal


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


WORDS: Final[Mapping[str, _Compiler]] = {
    "any": _any,
    "all": _all,
    "not": _not,
    "missing": _missing,
    "present": _present,
    "bad_email": _bad_email,
    "expr": _expr,
}
"""Words that are no field names. A field of such a name is tested with `expr`."""
