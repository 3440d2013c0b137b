"""Small catalogs for the tests: one rule, one object, and what it makes of a row."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent, indent
from typing import Any, TypeAlias

import pytest

from kit.mapping import Catalog, Lookup, Mapped, Result, no_rows, parse_catalog

Make: TypeAlias = Callable[..., Catalog]
MapValue: TypeAlias = Callable[..., Any]

_TEMPLATE = """
catalog: small
variables:
  company: {{default: wholesale}}
  tags: {{default: [A, B]}}
sources:
  rows: {{changed: Changed}}
  others: {{}}
objects:
  things: {{key: [id]}}
streams:
  things:
    from: rows
{rule}
"""


@pytest.fixture
def make() -> Make:
    """Compile a catalog with one rule, given as YAML."""

    def compiled(rule: str, **variables: Any) -> Catalog:
        text = _TEMPLATE.format(rule=indent(dedent(rule).strip("\n"), "    "))
        return parse_catalog(text, file="small.yaml", variables=variables)

    return compiled


@pytest.fixture
def result(make: Make) -> Callable[..., Any]:
    """Compile a rule and map one row; return its only result."""

    def mapped(rule: str, row: dict[str, Any], lookup: Lookup = no_rows) -> Result:
        (only,) = make(rule).map("rows", row, lookup)
        return only

    return mapped


@pytest.fixture
def value_of(result: Callable[..., Any]) -> MapValue:
    """Compile one value, given as YAML in one line, and return what it gives for a row."""

    def mapped(value: str, row: dict[str, Any], lookup: Lookup = no_rows, let: str = "{}") -> Any:
        rule = f"let: {let}\nfields:\n  id: {{value: x}}\n  field: {value}"
        found = result(rule, row, lookup)
        return found.data.get("field") if isinstance(found, Mapped) else found

    return mapped
