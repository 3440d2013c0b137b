"""The page for ERP admins names all that there is, and its examples are true."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kit.mapping import Mapped, compiling, fields, objects, parse_catalog, rules, variables
from kit.mapping.conditions import WORDS
from kit.mapping.expressions import FUNCTIONS
from kit.mapping.steps import STEPS, TYPES
from kit.mapping.taking import Take
from kit.protocol.jsonlines import exact
from kit.protocol.reasons import Reason

PAGE = (Path(__file__).parents[3] / "docs" / "catalogs.md").read_text(encoding="utf-8")
STEP = re.compile(r"^\| `(.+?)` \| `(.+?)` \| `(.+?)` \| (.+?) \|$", re.MULTILINE)


def rows_of(heading: str) -> list[str]:
    """Return the first cells of the tables below a heading."""
    section = re.split(r"^#+ ", PAGE.split(f"# {heading}\n")[1], flags=re.MULTILINE)[0]
    return [name.split(":")[0] for name in re.findall(r"^\| `(.+?)`", section, re.MULTILINE)]


def examples() -> list[tuple[str, str, str]]:
    section = PAGE.split("### Steps\n")[1].split("## Conditions")[0]
    return [(step, given, gives) for step, given, gives, _ in STEP.findall(section)]


def test_each_step_is_documented_with_its_example() -> None:
    assert [step.split(":")[0] for step, _, _ in examples()] == list(STEPS)


def plain(value: Any) -> Any:
    return exact(value) if isinstance(value, float) else value


@pytest.mark.parametrize(("step", "given", "gives"), examples())
def test_the_examples_of_the_steps_are_true(
    value_of: Callable[..., Any], step: str, given: Any, gives: str
) -> None:
    entry = f"{{{step}}}" if ":" in step else step
    found = value_of(f"{{from: A, steps: [{entry}]}}", {"A": json.loads(given)})
    assert plain(found) == plain(json.loads(gives))


def test_each_step_says_what_it_does() -> None:
    assert all(step.about.endswith(".") for step in STEPS.values())


@pytest.mark.parametrize(
    ("heading", "names"),
    [
        ("Variables", variables._KEYS),
        ("Sources", compiling.SOURCE_KEYS),
        ("Objects", (*objects.OBJECT_KEYS, *Take)),
        ("Rules", rules._KEYS),
        ("Origins", fields.ORIGINS),
        ("Modifiers", fields._MODIFIERS),
    ],
)
def test_each_key_is_documented(heading: str, names: Any) -> None:
    assert set(rows_of(heading)) == {str(name) for name in names}


def test_sections_companions_words_functions_and_types_are_documented() -> None:
    for name in compiling._SECTIONS:
        assert re.search(rf"^{name}:", PAGE, re.MULTILINE), name
    origins = PAGE.split("### Origins")[1].split("### Modifiers")[0]
    for companions, _ in fields.ORIGINS.values():
        for name in companions:
            assert f"{name}:" in origins or f"`{name}`" in origins, name
    conditions = PAGE.split("## Conditions")[1].split("## Expressions")[0]
    for word in WORDS:
        assert f"{{{word}: " in conditions, word
    expressions = PAGE.split("## Expressions")[1]
    for name in FUNCTIONS:
        assert f"`{name}`" in expressions, name
    for name in TYPES:
        assert f"`{name}`" in PAGE.split("### Modifiers")[1], name


def test_the_reasons_it_names_exist() -> None:
    section = PAGE.split("Reasons are those")[1].split("\n\n")[0]
    named = set(re.findall(r"`([a-z_]+)`", section))
    assert named
    assert named <= {reason.value for reason in Reason}


def test_the_example_catalog_works() -> None:
    text = re.findall(r"```yaml\n(catalog: .+?)```", PAGE, re.DOTALL)[0]
    catalog = parse_catalog(text, variables={"company": "w"})
    (member,) = catalog.map("customers", {"Email": " A@b.example "})
    (order,) = catalog.map(
        "invoices", {"Type": "I", "Number": "1", "Currency": "USD", "Amount": 1.5}
    )
    assert isinstance(member, Mapped)
    assert isinstance(order, Mapped)
    assert member.data["email_address"] == "a@b.example"
    assert order.key == "w/USD/I-1"


def test_the_origins_examples_compile(value_of: Callable[..., Any]) -> None:
    section = PAGE.split("### Origins")[1].split("### Modifiers")[0]
    shown = re.findall(r"^\| `\w+` \| `(\{.+?\})` \|", section, re.MULTILINE)
    assert len(shown) == len(fields.ORIGINS)
    for example in shown:
        value_of(example.replace("$member_tags", "$tags").replace("customers", "others"), {})


def test_the_conditions_examples_compile(result: Callable[..., Any]) -> None:
    section = PAGE.split("## Conditions")[1].split("## Expressions")[0]
    shown = re.findall(r"^\| `(\{.+?\})` \|", section, re.MULTILINE)
    assert len(shown) > len(WORDS)
    for example in shown:
        condition = (
            example.replace("$sale_types", "$tags")
            .replace("$shop", "$company")
            .replace("$email", "Email")
        )
        rule = f"skip: [{{when: {condition}, reason: excluded}}]\nfields: {{id: {{value: x}}}}"
        assert result(rule, {}) is not None
