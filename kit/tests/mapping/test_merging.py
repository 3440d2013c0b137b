from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.mapping import parse_catalog
from kit.mapping.taking import Consent, strictest
from kit.protocol.jsonlines import dumps, loads

CATALOG = parse_catalog("""
catalog: merging
sources: {contacts: {}, customers: {}}
objects:
  members:
    key: [{member_key: email}]
    merge:
      - {fields: [fields.FNAME, fields.LNAME], take: priority}
      - {fields: [consent], take: strictest}
      - {fields: [tags], take: union}
      - {fields: [fields], take: field_by_field}
  orders:
    key: [id]
streams:
  contacts: {from: contacts, to: members, priority: 1, fields: {email: E}}
  customers: {from: customers, to: members, priority: 2, fields: {email: E}}
""")

TEXTS = st.sampled_from([None, "a", "b", "ü", ""])
FRAGMENTS = st.fixed_dictionaries(
    {
        "email": st.just("a@b.example"),
        "consent": st.sampled_from(list(Consent)).map(str),
        "fields": st.fixed_dictionaries(
            {
                "FNAME": TEXTS,
                "LNAME": TEXTS,
                "PHONE": TEXTS,
                "ADDRESS": st.none() | st.just({"zip": "1"}),
            }
        ),
        "tags": st.lists(st.sampled_from(["x", "X", "y", "z"]), max_size=3),
        "_from": st.fixed_dictionaries(
            {
                "rule": st.sampled_from(["contacts", "customers", "gone"]),
                "changed": st.sampled_from([None, "2024-01-01", "2024-01-02"]),
            }
        ),
    },
    optional={"language": TEXTS},
)
MANY = st.lists(FRAGMENTS, min_size=1, max_size=5)


def fragment(rule: str, changed: str | None, **data: object) -> dict[str, object]:
    return {"_from": {"rule": rule, "changed": changed}, **data}


@given(MANY, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(fragments: list[dict[str, Any]], order: Any) -> None:
    shuffled = list(fragments)
    order.shuffle(shuffled)
    for name in ("members", "orders"):
        assert CATALOG.merge(name, shuffled) == CATALOG.merge(name, fragments)


@given(MANY)
def test_saying_it_twice_changes_nothing(fragments: list[dict[str, Any]]) -> None:
    for name in ("members", "orders"):
        assert CATALOG.merge(name, fragments * 2) == CATALOG.merge(name, fragments)


@given(MANY)
def test_the_way_through_json_changes_nothing(fragments: list[dict[str, Any]]) -> None:
    again = [loads(dumps(each)) for each in fragments]
    assert CATALOG.merge("members", again) == CATALOG.merge("members", fragments)


@given(MANY)
def test_the_fragments_stay_as_they_are(fragments: list[dict[str, Any]]) -> None:
    before = json.dumps(fragments)
    merged = CATALOG.merge("members", fragments)
    merged["fields"]["FNAME"] = "changed"
    merged["tags"].append("changed")
    assert json.dumps(fragments) == before


@given(MANY)
def test_a_fragment_alone_is_itself(fragments: list[dict[str, Any]]) -> None:
    (only,) = fragments[:1]
    merged = CATALOG.merge("members", [only])
    assert "_from" not in merged
    assert {tag.casefold() for tag in merged["tags"]} == {tag.casefold() for tag in only["tags"]}
    assert {name: value for name, value in merged.items() if name != "tags"} == {
        name: value for name, value in only.items() if name not in {"tags", "_from"}
    }


@given(
    st.lists(st.sampled_from(list(Consent)), min_size=1),
    st.lists(st.sampled_from(list(Consent)), min_size=1),
)
def test_consent_is_a_lattice(some: list[Consent], others: list[Consent]) -> None:
    both = strictest([*some, *others])
    assert both == strictest([*others, *some])
    assert both == strictest([strictest(some), strictest(others)])
    assert strictest([*some, *some]) == strictest(some)
    rank = [Consent.EXCLUDED, Consent.UNKNOWN, Consent.GRANTED, Consent.DENIED]
    assert rank.index(Consent(both)) == max(rank.index(each) for each in [*some, *others])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["denied", "granted"], "denied"),
        (["granted", "unknown"], "granted"),
        (["excluded", "unknown"], "unknown"),
        (["excluded", "denied"], "denied"),
        (["excluded", "excluded"], "excluded"),
    ],
)
def test_strictest(values: list[str], expected: Any) -> None:
    for order in permutations(values):
        assert strictest(order) == expected


def test_a_consent_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="maybe"):
        strictest(["maybe"])


def test_names_come_from_one_person_of_the_first_rule() -> None:
    merged = CATALOG.merge(
        "members",
        [
            fragment(
                "customers", "2024-09-09", fields={"FNAME": "Bob", "LNAME": "Smith", "PHONE": "2"}
            ),
            fragment(
                "contacts", "2024-01-01", fields={"FNAME": "Anna", "LNAME": None, "PHONE": "1"}
            ),
        ],
    )
    assert merged["fields"] == {"FNAME": "Anna", "LNAME": None, "PHONE": "2"}


def test_a_rule_without_names_leaves_them_to_the_next() -> None:
    merged = CATALOG.merge(
        "members",
        [
            fragment("contacts", "2024-09-09", fields={"FNAME": None, "LNAME": " "}),
            fragment("customers", "2024-01-01", fields={"FNAME": "Bob", "LNAME": "Smith"}),
        ],
    )
    assert merged["fields"] == {"FNAME": "Bob", "LNAME": "Smith"}


def test_an_excluded_row_says_nothing_beside_another() -> None:
    active = fragment(
        "customers", "2024-01-01", consent="unknown", fields={"PHONE": "1"}, tags=["a"]
    )
    gone = fragment("contacts", "2024-09-09", consent="excluded", fields={"PHONE": "2"}, tags=["b"])
    merged = CATALOG.merge("members", [active, gone])
    assert merged == {"consent": "unknown", "fields": {"PHONE": "1"}, "tags": ["a"]}
    assert CATALOG.merge("members", [gone, gone])["consent"] == "excluded"


def test_tags_that_differ_in_case_are_one() -> None:
    merged = CATALOG.merge(
        "members",
        [
            fragment("contacts", None, tags=["vip", "B"]),
            fragment("contacts", None, tags=["VIP", "a"]),
        ],
    )
    assert merged["tags"] == ["a", "B", "VIP"]


def test_documents_are_never_mixed() -> None:
    old = fragment("orders", "2024-01-01", id="1", total=5, cancelled="2024-01-01")
    new = fragment("orders", "2024-01-02", id="1", total=7)
    assert CATALOG.merge("orders", [old, new]) == {"id": "1", "total": 7}


def test_what_cannot_be_merged() -> None:
    with pytest.raises(ValueError, match="there is nothing to merge"):
        CATALOG.merge("members", [])
    with pytest.raises(ValueError, match="the catalog merging has no object `people`"):
        CATALOG.merge("people", [{}])
