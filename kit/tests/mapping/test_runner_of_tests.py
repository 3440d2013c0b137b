"""The tests beside a catalog can fail: each kind of difference is found."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kit.mapping import CatalogError
from kit.mapping.testing import run_catalog_tests

CATALOG = """
catalog: mine
sources:
  rows: {money: {amount: Amount, currency: Currency}}
  others: {}
objects: {things: {key: [id]}}
streams:
  things:
    from: rows
    skip: [{when: {Hold: true}, reason: not_posted, detail: Why}]
    fields:
      id: Id
      total: {from: Amount, type: money}
      lines: {each: Lines, item: A}
      name: {lookup: others, by: Id, from: Other, path: Name, missing: unknown_customer}
"""
TESTS = """
variables: {}
fixtures:
  rows: {file: rows.json, by: Id}
  others: {file: others.json, by: Id}
tests:
  - name: a test
    given: {stream: rows, row: R1, but: BUT}
    EXPECT
"""


@pytest.fixture
def problems(tmp_path: Path) -> Callable[..., list[str]]:
    (tmp_path / "mine.yaml").write_text(CATALOG, encoding="utf-8")
    (tmp_path / "rows.json").write_text(
        json.dumps(
            [{"Id": "R1", "Amount": 1.5, "Currency": "USD", "Lines": [{"A": 1}], "Deep": {"x": 1}}]
        ),
        encoding="utf-8",
    )
    (tmp_path / "others.json").write_text(json.dumps([{"Id": "O1", "Name": "n"}]), encoding="utf-8")

    def run(expect: str, but: str = "{}") -> list[str]:
        text = TESTS.replace("BUT", but).replace("EXPECT", expect)
        (tmp_path / "mine.tests.yaml").write_text(text, encoding="utf-8")
        (test,) = run_catalog_tests(tmp_path / "mine.yaml")
        assert test.name == "a test"
        return list(test.problems)

    return run


@pytest.mark.parametrize(
    ("expect", "but"),
    [
        ("expect: [{rule: things, key: R1, data: {total: 1.50, lines: [1], gone: null}}]", "{}"),
        ("expect: [{data: {name: n}}]", "{Other: O1}"),
        ("expect: [{parked: unknown_customer, waits_for: 'others:Id=O9'}]", "{Other: O9}"),
        ("expect: [{skipped: not_posted, detail: w}]", "{Hold: true, Why: w}"),
        ("money: {amount: 1.5, currency: USD}", "{}"),
        ("money: null", "{Amount: null}"),
        ("merged: {object: things, data: {total: 1.5}}", "{}"),
    ],
)
def test_a_true_expectation_passes(
    problems: Callable[..., list[str]], expect: str, but: str
) -> None:
    assert problems(expect, but) == []


@pytest.mark.parametrize(
    ("expect", "but", "sentence"),
    [
        ("expect: []", "{}", "expected 0 results, got 1: "),
        ("expect: [{rule: other}]", "{}", "things: rule: expected 'other', got 'things'"),
        ("expect: [{key: R2}]", "{}", "things: key: expected 'R2', got 'R1'"),
        ("expect: [{data: {total: 1.51}}]", "{}", "things: data.total: expected Decimal('1.51'), got Decimal('1.5')"),
        ("expect: [{data: {total: '1.5'}}]", "{}", "things: data.total: expected '1.5', got Decimal('1.5')"),
        ("expect: [{data: {total: null}}]", "{}", "things: data.total: expected None, got Decimal('1.5')"),
        ("expect: [{data: {lines: [1, 2]}}]", "{}", "things: data.lines: expected [1, 2], got [1]"),
        ("expect: [{data: {lines: [2]}}]", "{}", "things: data.lines[0]: expected 2, got 1"),
        ("expect: [{skipped: not_posted}]", "{}", "things: skipped: expected 'not_posted', got None"),
        ("expect: [{data: {id: R1}}]", "{Hold: true}", "things: data: expected {'id': 'R1'}, got None"),
        ("expect: [{skipped: unknown_customer}]", "{Other: O9}", "things: skipped: expected 'unknown_customer', got None"),
        ("money: {amount: 2, currency: USD}", "{}", "money.amount: expected 2, got Decimal('1.5')"),
        ("money: null", "{}", "money: expected None, got {'amount': Decimal('1.5'), 'currency': 'USD'}"),
        ("merged: {object: things, data: {id: R2}}", "{}", "merged things.id: expected 'R2', got 'R1'"),
        ("merged: {object: things, data: {}}", "{Hold: true}", "the fragments of `things` have not one key but 0"),
    ],
)  # fmt: skip
def test_a_false_expectation_fails(
    problems: Callable[..., list[str]], expect: str, but: str, sentence: str
) -> None:
    (problem,) = problems(expect, but)
    assert problem.startswith(sentence)


def test_a_row_that_the_fixtures_do_not_have(
    tmp_path: Path, problems: Callable[..., list[str]]
) -> None:
    problems("expect: [{}]")
    path = tmp_path / "mine.tests.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("row: R1", "row: R9"), encoding="utf-8"
    )
    with pytest.raises(
        CatalogError,
        match=r"mine\.tests\.yaml:8: tests\[0\]\.given\.row: the fixtures have no such row",
    ):
        run_catalog_tests(tmp_path / "mine.yaml")
