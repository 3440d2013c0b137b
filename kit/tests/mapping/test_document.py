from __future__ import annotations

from decimal import Decimal

import pytest

from kit.mapping import CatalogError
from kit.mapping.document import read_document


def test_only_few_plain_scalars_are_more_than_text() -> None:
    text = """
    country: NO
    leading: 00501
    grouped: 1_000
    time: 12:30
    word: None
    day: 2020-02-05
    octal: 0o17
    quoted: "7"
    empty:
    yes: true
    whole: -7
    part: 0.10
    block: |
      true
    """
    assert read_document(text, file="x").plain == {
        "country": "NO",
        "leading": "00501",
        "grouped": "1_000",
        "time": "12:30",
        "word": "None",
        "day": "2020-02-05",
        "octal": "0o17",
        "quoted": "7",
        "empty": None,
        "yes": True,
        "whole": -7,
        "part": Decimal("0.10"),
        "block": "true\n",
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "x.yaml:1: the file is empty"),
        ("# nothing\n", "x.yaml:1: the file is empty"),
        ("a: [1\nb: 2", "x.yaml:2: this is no YAML: expected ',' or ']', but got ':'"),
        ("a: &one 1\nb: *one", "x.yaml:2: this is no YAML: aliases are not used in catalogs"),
        ("a: 1\na: 2", "x.yaml:2: a: `a` is given twice"),
        ("a: 1\nb:\n  c: 1\n  c: 2", "x.yaml:4: b.c: `c` is given twice"),
        ("a: 1234567890123456", "x.yaml:1: a: a number has at most 15 digits; put quotes around a text"),
        ("a: \x07", 'x.yaml:1: this is no YAML: unacceptable character #x0007: special characters are not allowed\n  in "<unicode string>", position 3'),
    ],
)  # fmt: skip
def test_errors_name_file_line_and_field(text: str, sentence: str) -> None:
    with pytest.raises(CatalogError) as caught:
        _ = read_document(text, file="x.yaml").plain
    assert str(caught.value) == sentence


def test_deep_nesting_is_one_sentence() -> None:
    with pytest.raises(CatalogError, match=r"^x\.yaml:1: it is nested too deeply$"):
        read_document("[" * 5_000 + "]" * 5_000, file="x.yaml")


def test_typed_reading_says_what_it_found() -> None:
    root = read_document("a: {b: c}\nd: [1]\ne: 5\nf: on\ng: true\nh:", file="x.yaml")
    spots = dict(root.items())
    for name, method, sentence in [
        ("a", "text", "x.yaml:1: a: expected text, got a mapping"),
        ("d", "text", "x.yaml:2: d: expected text, got a list"),
        ("e", "text", "x.yaml:3: e: expected text, got the number 5"),
        ("f", "flag", "x.yaml:4: f: expected true or false, got the text `on`"),
        ("g", "count", "x.yaml:5: g: expected a whole number of at least 0, got true"),
        ("h", "text", "x.yaml:6: h: expected text, got nothing"),
    ]:
        with pytest.raises(CatalogError) as caught:
            getattr(spots[name], method)()
        assert str(caught.value) == sentence
    with pytest.raises(CatalogError, match="expected a list, got a mapping"):
        list(spots["a"].each())
    with pytest.raises(CatalogError, match="expected a mapping, got a list"):
        list(spots["d"].items())
    with pytest.raises(CatalogError, match=r"unknown key `b` \(known: x, y\)"):
        spots["a"].entries(("x", "y"))
