from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from hashlib import md5
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_mailchimp.details import Details
from destination_mailchimp.holdings import CodeMap, Held, Holdings, Shelf, digest_of


@given(st.lists(st.tuples(st.binary(min_size=16, max_size=16), st.integers(0, 7)), max_size=200))
def test_it_is_a_map(entries: list[tuple[bytes, int]]) -> None:
    codes, expected = CodeMap(), dict(entries)
    for digest, code in entries:
        codes.set(digest, code)
    assert len(codes) == len(expected)
    assert all(codes.get(digest) == code for digest, code in expected.items())


def test_entries_are_not_found_across_their_borders() -> None:
    codes = CodeMap()
    codes.set(b"\x00\x00" + b"\x01" * 14, 1)
    codes.set(b"\x00\x00" + b"\x01" * 13 + b"\x02", 1)
    assert codes.get(b"\x00\x00" + b"\x01" * 12 + b"\x01\x00") is None
    assert codes.get(b"\x01" * 14 + b"\x01\x00") is None


@pytest.mark.slow
def test_two_hundred_thousand_members_fit_into_six_megabytes() -> None:
    digests = [md5(b"%d" % number, usedforsecurity=False).digest() for number in range(200_000)]
    tracemalloc.start()
    codes = CodeMap()
    for digest in digests:
        codes.set(digest, 3)
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(codes) == 200_000
    assert used < 6_000_000
    assert codes.get(digests[-1]) == 3
    assert codes.get(digest_of("nobody")) is None


class _Shelf:
    def __init__(self, pages: int) -> None:
        self.all_reads = 0
        self.single_reads: list[str] = []
        self.shelf = Shelf(digest_of, lambda: pages, self.read_all, self.read_one)

    def read_all(self, _whole: bool) -> Iterator[Any]:  # noqa: FBT001 - Shelf's own signature
        self.all_reads += 1
        yield digest_of("there"), 2, {"id": "there"}

    def read_one(self, identifier: str) -> Held:
        self.single_reads.append(identifier)
        return Held(2, {"id": identifier}) if identifier == "there" else Held(0)


def test_many_expected_lookups_read_everything_at_once() -> None:
    shelf = _Shelf(pages=6)
    holdings = Holdings(shelf.shelf, expected=7)
    assert [holdings.look(each).code for each in ("there", "absent")] == [2, 0]
    assert (shelf.all_reads, shelf.single_reads) == (1, [])


def test_few_expected_lookups_read_one_by_one_and_only_once_each() -> None:
    shelf = _Shelf(pages=6)
    holdings = Holdings(shelf.shelf, expected=6)
    assert holdings.known("there") is None
    assert holdings.look("there").detail == {"id": "there"}
    assert holdings.look("there").code == 2
    assert holdings.look("absent").code == 0
    assert (shelf.all_reads, shelf.single_reads) == (0, ["there", "absent"])


@pytest.mark.parametrize("expected", [None, 2])
def test_a_wrong_guess_costs_no_more_than_twice(expected: int | None) -> None:
    shelf = _Shelf(pages=6)
    holdings = Holdings(shelf.shelf, expected=expected)
    for number in range(100):
        holdings.look(f"id-{number}")
    assert len(shelf.single_reads) == 7
    assert shelf.all_reads == 1


def test_own_writes_are_known_and_reading_everything_does_not_undo_them() -> None:
    shelf = _Shelf(pages=0)
    holdings = Holdings(shelf.shelf, expected=None)
    holdings.note("there", 4)
    holdings.look("x")
    holdings.look("y")
    assert shelf.all_reads == 1
    assert holdings.known("there") == 4


def test_what_is_forgotten_is_read_again() -> None:
    shelf = _Shelf(pages=6)
    holdings = Holdings(shelf.shelf, expected=100)
    assert holdings.known("absent") == 0
    holdings.forget("absent")
    assert holdings.known("absent") is None
    assert holdings.look("absent").code == 0
    assert shelf.single_reads == ["absent"]


def test_a_plan_keeps_whole_objects() -> None:
    shelf = _Shelf(pages=0)
    holdings = Holdings(shelf.shelf, expected=5, keeper=Details())
    assert holdings.look("there").detail == {"id": "there"}
    assert holdings.look("absent") == Held(0)
