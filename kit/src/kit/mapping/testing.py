"""Runs the tests that stand beside a catalog: `NAME.tests.yaml` with rows and what they become.

What is expected of an object is a part of it: fields that the test does not name may be
anything. The number of results must be exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from kit.mapping.catalog import Catalog, locate_catalog, parse_catalog
from kit.mapping.document import Spot, read_document
from kit.mapping.indexes import indexed_value
from kit.mapping.results import Mapped, Parked, Record, Result, Skipped
from kit.protocol.jsonlines import exact, loads

_EXPECTED: Final = ("rule", "key", "data", "skipped", "parked", "detail", "waits_for")


@dataclass(frozen=True, slots=True)
class CatalogTest:
    """How one test ended.

    Args:
        name: Its name.
        line: Its line in the tests file.
        problems: What differs from the expectation; empty if it passed.
        rules: The rules that mapped something in it.
    """

    name: str
    line: int
    problems: tuple[str, ...]
    rules: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Fixtures:
    """Rows of each stream, and the field that names them."""

    rows: Mapping[str, list[dict[str, Any]]]
    by: Mapping[str, str]

    def find(self, stream: str, field: str, value: object) -> Record | None:
        """Look a row up, as a lookup of the catalog does."""
        rows = self.rows.get(stream, ())
        return next((row for row in rows if indexed_value(row, field) == value), None)


def run_catalog_tests(source: str | Path) -> list[CatalogTest]:
    """Run the tests that stand beside a catalog.

    Args:
        source: The catalog's file, or the name of a shipped catalog.

    Raises:
        CatalogError: The catalog or its tests file is wrong.
        OSError: A file cannot be read.
    """
    path, shown = locate_catalog(source)
    tests_path = path.with_suffix(".tests.yaml")
    tests_shown = shown.removesuffix(path.suffix) + ".tests.yaml"
    root = read_document(tests_path.read_text(encoding="utf-8"), file=tests_shown)
    sections = root.entries(("variables", "fixtures", "tests"))
    catalog = parse_catalog(
        path.read_text(encoding="utf-8"), file=shown, variables=sections["variables"].plain
    )
    fixtures = _fixtures(sections["fixtures"], path.parent)
    return [_run(spot, catalog, fixtures) for spot in sections["tests"].each()]


def _fixtures(spot: Spot, folder: Path) -> _Fixtures:
    rows: dict[str, list[dict[str, Any]]] = {}
    by: dict[str, str] = {}
    for stream, each in spot.items():
        entries = each.entries(("file", "by"))
        rows[stream] = loads((folder / entries["file"].text()).read_bytes())
        by[stream] = entries["by"].text()
    return _Fixtures(rows, by)


def _run(spot: Spot, catalog: Catalog, fixtures: _Fixtures) -> CatalogTest:
    entries = spot.entries(("name", "given", "expect", "money", "merged"))
    given = [_given(each, fixtures) for each in _one_or_many(entries["given"])]
    results = [
        result for stream, row in given for result in catalog.map(stream, row, fixtures.find)
    ]
    problems: list[str] = []
    if "expect" in entries:
        problems += _compare_results(list(entries["expect"].each()), results)
    if "money" in entries:
        problems += _compare_money(entries["money"], catalog, given, fixtures)
    if "merged" in entries:
        problems += _compare_merged(entries["merged"], catalog, results)
    rules = frozenset(result.rule for result in results if isinstance(result, Mapped))
    return CatalogTest(entries["name"].text(), spot.line, tuple(problems), rules)


def _one_or_many(spot: Spot) -> Iterator[Spot]:
    if spot.is_list:
        yield from spot.each()
    else:
        yield spot


def _given(spot: Spot, fixtures: _Fixtures) -> tuple[str, dict[str, Any]]:
    """Read `{stream: customers, row: C1001, but: {...}}`; without `row` it is what `but` says."""
    entries = spot.entries(("stream", "row", "but"))
    stream = entries["stream"].text()
    row: Record = {}
    if "row" in entries:
        found = fixtures.find(stream, fixtures.by[stream], entries["row"].plain)
        if found is None:
            raise entries["row"].fail("the fixtures have no such row")
        row = found
    return stream, _changed(row, entries["but"].plain if "but" in entries else {})


def _changed(row: Record, but: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with some fields changed; groups are changed inside."""
    changed = dict(row)
    for name, value in but.items():
        old = changed.get(name)
        both = isinstance(old, dict) and isinstance(value, dict)
        changed[name] = _changed(old, value) if both else value  # type: ignore[arg-type] # both are
    return changed


def _compare_results(expected: list[Spot], results: list[Result]) -> Iterator[str]:
    if len(expected) != len(results):
        yield f"expected {len(expected)} results, got {len(results)}: {results}"
        return
    for spot, result in zip(expected, results, strict=True):
        wanted = spot.entries(_EXPECTED)
        actual = _described(result)
        for name, each in wanted.items():
            yield from _differences(each.plain, actual.get(name), f"{result.rule}: {name}")


def _described(result: Result) -> dict[str, Any]:
    if isinstance(result, Mapped):
        return {"rule": result.rule, "key": result.key, "data": result.data}
    reason = "parked" if isinstance(result, Parked) else "skipped"
    described = {"rule": result.rule, reason: str(result.reason), "detail": result.detail}
    return described if isinstance(result, Skipped) else described | {"waits_for": result.waits_for}


def _compare_money(
    spot: Spot, catalog: Catalog, given: list[tuple[str, dict[str, Any]]], fixtures: _Fixtures
) -> Iterator[str]:
    for stream, row in given:
        money = catalog.money(stream, row, fixtures.find)
        actual = {"amount": money.amount, "currency": money.currency} if money else None
        yield from _differences(spot.plain, actual, "money")


def _compare_merged(spot: Spot, catalog: Catalog, results: list[Result]) -> Iterator[str]:
    entries = spot.entries(("object", "data"))
    target = entries["object"].text()
    mapped = [each for each in results if isinstance(each, Mapped) and each.object == target]
    if len({each.key for each in mapped}) != 1:
        yield f"the fragments of `{target}` have not one key but {len({e.key for e in mapped})}"
        return
    merged = catalog.merge(target, [each.data for each in mapped])
    wanted = entries["data"].plain
    if merged is None and wanted is not None:
        yield f"merged {target}: expected an object, but these rows only add to one"
        return
    yield from _differences(wanted, merged, f"merged {target}")


def _differences(wanted: Any, actual: Any, where: str) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    """Compare the part that is expected; null also means absent, numbers compare by value."""
    if isinstance(wanted, dict) and isinstance(actual, dict):
        for name, value in wanted.items():
            yield from _differences(value, actual.get(name), f"{where}.{name}")
    elif isinstance(wanted, list) and isinstance(actual, list) and len(wanted) == len(actual):
        for index, (one, other) in enumerate(zip(wanted, actual, strict=True)):
            yield from _differences(one, other, f"{where}[{index}]")
    elif _comparable(wanted) != _comparable(actual):
        yield f"{where}: expected {wanted!r}, got {actual!r}"


def _comparable(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return exact(value) if is_number else value
