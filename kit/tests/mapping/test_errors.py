"""Every mistake in a catalog is one sentence with file, line and field."""

from __future__ import annotations

from typing import Any

import pytest

from kit.mapping import CatalogError, parse_catalog
from kit.protocol.errors import ConfigError

GOOD = """catalog: x
variables:
  company: {default: w}
sources:
  rows:
    changed: Changed
    money: {amount: Amount, currency: Currency}
objects:
  things:
    level: 1
    key: [id]
    merge:
      - {fields: [tags], take: union}
streams:
  things:
    from: rows
    let:
      email: {from: Email, steps: [trim]}
      row: {lookup: rows, by: Id, from: A}
    skip:
      - {when: {missing: $email}, reason: no_email}
    fields:
      id: A
"""


def test_the_example_itself_is_good() -> None:
    assert parse_catalog(GOOD).name == "x"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("catalog: x", "name: x", "c.yaml:1: unknown key `name` (known: catalog, about, variables, sources, objects, streams)"),
        ("catalog: x\n", "", "c.yaml:1: `catalog` is missing"),
        ("catalog: x", "catalog: [x]", "c.yaml:1: catalog: expected text, got a list"),
        ("company: {default: w}", "Company: {default: w}", "c.yaml:3: variables.Company: `Company` is no name for a variable: small letters, not `parent`"),
        ("company: {default: w}", "parent: {default: w}", "c.yaml:3: variables.parent: `parent` is no name for a variable: small letters, not `parent`"),
        ("company: {default: w}", "company: {required: true}", "c.yaml:3: variables.company: the variable `company` is required: set it under `variables`"),
        ("company: {default: w}", "company: {default: w, pattern: 'x+'}", "c.yaml:3: variables.company: the variable `company` must match x+"),
        ("company: {default: w}", "company: {default: w, pattern: '('}", "c.yaml:3: variables.company.pattern: this is no pattern: missing ), unterminated subpattern at position 0"),
        ("company: {default: w}", "company: {standard: w}", "c.yaml:3: variables.company: unknown key `standard` (known: about, required, default, pattern, unique)"),
        ("    changed: Changed\n", "    change: Changed\n", "c.yaml:6: sources.rows: unknown key `change` (known: about, also_from, changed, money, let)"),
        (", currency: Currency}", "}", "c.yaml:7: sources.rows.money: `money` needs `amount` and `currency`"),
        ("level: 1", "level: first", "c.yaml:10: objects.things.level: expected a whole number of at least 1, got the text `first`"),
        ("    key: [id]\n", "", "c.yaml:9: objects.things: an object needs a `key`"),
        ("key: [id]", "key: []", "c.yaml:11: objects.things.key: a key needs at least one field"),
        ("key: [id]", "key: [{hash: id}]", "c.yaml:11: objects.things.key[0]: unknown key `hash` (known: member_key)"),
        ("key: [id]", "key: [{}]", "c.yaml:11: objects.things.key[0]: `member_key` is missing"),
        ("key: [id]", "key: [id, number]", "c.yaml:15: streams.things: the key needs the field `number`, which `fields` lacks"),
        ("take: union", "take: all", "c.yaml:13: objects.things.merge[0].take: unknown way `all` (known: newest, priority, union, by_id, sum, strictest, field_by_field)"),
        (", take: union", "", "c.yaml:13: objects.things.merge[0]: an entry of `merge` needs `fields` and `take`"),
        ("    from: rows\n", "", "c.yaml:15: streams.things: `from` is missing"),
        ("    from: rows\n", "    from: row\n", "c.yaml:16: streams.things.from: unknown source `row` (known: rows)"),
        ("    from: rows\n", "    from: rows\n    to: thing\n", "c.yaml:17: streams.things.to: unknown object `thing` (known: things)"),
        ("  things:\n    from: rows", "  stuff:\n    from: rows", "c.yaml:15: streams.stuff: `stuff` is no object (known: things); name one in `to`"),
        ("    from: rows\n", "    from: rows\n    person: perhaps\n", "c.yaml:17: streams.things.person: expected true or false, got the text `perhaps`"),
        ("    from: rows\n", "    from: rows\n    enabled: $company\n", "c.yaml:17: streams.things.enabled: expected true, false, or a variable that is true or false"),
        ("email: {from", "Email: {from", "c.yaml:18: streams.things.let.Email: `Email` cannot be a name: small letters, not `parent`, no variable"),
        ("email: {from", "company: {from", "c.yaml:18: streams.things.let.company: `company` cannot be a name: small letters, not `parent`, no variable"),
        ("[trim]", "[trimm]", "c.yaml:18: streams.things.let.email: unknown step `trimm` (known: trim, lower, upper, default, map, replace, slice, first, before, split, item, currency, url, text, integer, number, money, boolean, date, datetime)"),
        ("[trim]", "[first]", "c.yaml:18: streams.things.let.email: the step `first` needs an argument"),
        ("[trim]", "[{trim: 5}]", "c.yaml:18: streams.things.let.email: the step `trim` takes no argument"),
        ("[trim]", "[{trim: 5, lower: 6}]", "c.yaml:18: streams.things.let.email: a step is one name with its argument, such as `first: 5`"),
        ("[trim]", "[{first: 0}]", "c.yaml:18: streams.things.let.email: first: expected a whole number of at least 1, got the number 0"),
        ("[trim]", "[{map: {otherwise: x}}]", "c.yaml:18: streams.things.let.email: map: `map` needs a `table`"),
        ("[trim]", "[{map: {tables: x}}]", "c.yaml:18: streams.things.let.email: map: unknown key `tables` (known: table, otherwise, keep_others)"),
        ("[trim]", "[{replace: {find: x}}]", "c.yaml:18: streams.things.let.email: replace: `replace` needs `find` and `with`"),
        ("[trim]", "[{replace: {find: '', with: y}}]", "c.yaml:18: streams.things.let.email: replace.find: `find` must not be empty"),
        ("[trim]", "[{before: ''}]", "c.yaml:18: streams.things.let.email: before: `before` needs a text to look for"),
        ("[trim]", "[{split: ''}]", "c.yaml:18: streams.things.let.email: split: `split` needs the marks to cut at"),
        ("[trim]", "[{item: -1}]", "c.yaml:18: streams.things.let.email: item: expected a whole number of at least 0, got the number -1"),
        ("[trim]", "trim", "c.yaml:18: streams.things.let.email.steps: expected a list, got the text `trim`"),
        ("steps: [trim]", "type: string", "c.yaml:18: streams.things.let.email.type: unknown type `string` (known: text, integer, number, money, boolean, date, datetime)"),
        ("steps: [trim]", "step: [trim]", "c.yaml:18: streams.things.let.email: unknown key `step` (known: from, when, steps, type, default)"),
        ("{from: Email, steps: [trim]}", "{steps: [trim]}", "c.yaml:18: streams.things.let.email: a value has one origin, found none (known: from, value, expr, first_of, case, concat, join, lookup, fields, list, each)"),
        ("{from: Email, steps: [trim]}", "{from: A, value: b}", "c.yaml:18: streams.things.let.email: a value has one origin, found `from` and `value` (known: from, value, expr, first_of, case, concat, join, lookup, fields, list, each)"),
        ("from: Email", "from: E-mail", "c.yaml:18: streams.things.let.email.from: `E-mail` is no path to a field (for a fixed text write `{value: ...}`)"),
        ("{from: Email, steps: [trim]}", "5", "c.yaml:18: streams.things.let.email: expected text, got the number 5"),
        ("{from: Email, steps: [trim]}", "{case: []}", "c.yaml:18: streams.things.let.email: `case` needs at least one branch"),
        ("{from: Email, steps: [trim]}", "{first_of: []}", "c.yaml:18: streams.things.let.email.first_of: the list must not be empty"),
        ("{from: Email, steps: [trim]}", "{join: {parts: [A]}}", "c.yaml:18: streams.things.let.email: `join` needs `parts` and `with`"),
        ("{from: Email, steps: [trim]}", "{each: A}", "c.yaml:18: streams.things.let.email: `each` needs either `fields` or `item`"),
        ("{from: Email, steps: [trim]}", "{fields: {a: A}, require: [b]}", "c.yaml:18: streams.things.let.email.require[0]: `b` is no field of this group (known: a)"),
        ("{from: Email, steps: [trim]}", "{fields: {a: A}, nulls: drop}", "c.yaml:18: streams.things.let.email.nulls: unknown choice `drop` (known: omit, keep)"),
        ("by: Id, ", "", "c.yaml:19: streams.things.let.row: `lookup` needs `by` (a field there) and `from` (the value here)"),
        ("{lookup: rows,", "{lookup: people,", "c.yaml:4: sources: `people` is looked up by `Id` but is no source (known: rows)"),
        ("from: A}", "from: A, missing: gone}", "c.yaml:19: streams.things.let.row.missing: unknown reason `gone` (known: no_email, bad_email, "),
        ("from: A}", "from: A, path: x-y}", "c.yaml:19: streams.things.let.row.path: `x-y` is no path to a field (for a fixed text write `{value: ...}`)"),
        ("reason: no_email", "reason: no_mail", "c.yaml:21: streams.things.skip[0].reason: unknown reason `no_mail` (known: no_email, bad_email, "),
        (", reason: no_email", "", "c.yaml:21: streams.things.skip[0]: `reason` is missing"),
        ("{missing: $email}", "{missing: $emial}", "c.yaml:21: streams.things.skip[0].when.missing: unknown name `$emial` (known: $company, $email, $row)"),
        ("{missing: $email}", "{missing: $parent.A}", "c.yaml:21: streams.things.skip[0].when.missing: unknown name `$parent` (known: $company, $email, $row)"),
        ("{missing: $email}", "{missing: $email.a}", "c.yaml:21: streams.things.skip[0].when.missing: `$email` is a single value: it has no fields"),
        ("{missing: $email}", "{}", "c.yaml:21: streams.things.skip[0].when: a condition must not be empty"),
        ("{missing: $email}", "{any: []}", "c.yaml:21: streams.things.skip[0].when.any: the list of conditions must not be empty"),
        ("{missing: $email}", "{A: {b: c}}", "c.yaml:21: streams.things.skip[0].when.A: a field is compared with one value or with a list of values"),
        ("{missing: $email}", "{A: $email}", "c.yaml:21: streams.things.skip[0].when.A: `$email` is no variable; compare two fields with `expr`"),
        ("{missing: $email}", "$email", "c.yaml:21: streams.things.skip[0].when: expected a mapping, got the text `$email`"),
        ("    fields:\n      id: A\n", "", "c.yaml:15: streams.things: `fields` is missing"),
        ("      id: A\n", "      id: A\n      id: B\n", "c.yaml:24: streams.things.fields.id: `id` is given twice"),
        ("      id: A\n", "      id: {each: Lines, item: $parent.parent.A}\n", "c.yaml:23: streams.things.fields.id.item: `$parent.parent` is not a name: one level up is all there is"),
        ("      id: A\n", "      id: $row\n", "c.yaml:23: streams.things.fields.id: `$row` is a whole row: name one of its fields"),
    ],
)  # fmt: skip
def test_mistake(old: str, new: str, sentence: str) -> None:
    assert GOOD.count(old) == 1
    with pytest.raises(CatalogError) as caught:
        parse_catalog(GOOD.replace(old, new), file="c.yaml")
    message = str(caught.value)
    assert message == sentence or (sentence.endswith(", ") and message.startswith(sentence))


def test_an_error_of_a_catalog_is_one_of_the_settings() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_catalog(GOOD.replace("[trim]", "[trimm]"), file="c.yaml")
    assert isinstance(caught.value, CatalogError)
    assert (caught.value.file, caught.value.line) == ("c.yaml", 18)
    assert caught.value.setting == caught.value.field == "streams.things.let.email"
    assert caught.value.problem.startswith("unknown step `trimm`")


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"compny": "x"}, "c.yaml:1: the variable `compny` is given but not declared (known: company)"),
        ({"company": 5}, "c.yaml:3: variables.company: the variable `company` must be of type string"),
        ({"company": ["x"]}, "c.yaml:3: variables.company: the variable `company` must be of type string"),
    ],
)  # fmt: skip
def test_variables_that_do_not_fit(variables: dict[str, Any], sentence: str) -> None:
    with pytest.raises(CatalogError) as caught:
        parse_catalog(GOOD, file="c.yaml", variables=variables)
    assert str(caught.value) == sentence
