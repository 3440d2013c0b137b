"""Pages join without a gap, also while rows leave the window that is read."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_acumatica.errors import ConfigError, PassingError
from source_acumatica.reading.paging import (
    MOST_STEPS_BACK,
    Asked,
    PageToken,
    Seen,
    next_page,
    refuse_too_many,
)


def walk(rows: list[str], size: int, between_pages: object = None) -> list[str]:
    """Read a list page by page; `between_pages` changes it after each page."""
    read: list[str] = []
    token: PageToken | None = PageToken(size=size)
    while token is not None:
        page = rows[token.skip : token.skip + token.size]
        read += page
        seen = Seen(len(page), page[0], page[-1]) if page else Seen(0, None, None)
        token = next_page(token, seen, "Customer")
        if callable(between_pages):
            between_pages(rows)
    return read


@given(st.integers(min_value=0, max_value=60), st.integers(min_value=1, max_value=9))
def test_every_row_is_read(count: int, size: int) -> None:
    rows = [str(n) for n in range(count)]
    assert list(dict.fromkeys(walk(rows, size))) == rows


@given(
    st.integers(min_value=0, max_value=80),
    st.integers(min_value=4, max_value=9),
    st.integers(),
)
def test_no_row_is_missed_while_others_leave(count: int, size: int, seed: int) -> None:
    rows = [str(n) for n in range(count)]
    gone: set[str] = set()
    chance = random.Random(seed)  # noqa: S311 - no secret

    def some_leave(left: list[str]) -> None:
        for _ in range(chance.randrange(size // 2 + 1) if len(gone) < MOST_STEPS_BACK else 0):
            if left:
                gone.add(left.pop(chance.randrange(len(left))))

    read = set(walk(rows, size, some_leave))
    assert read >= {str(n) for n in range(count)} - gone


def test_plain_skipping_would_miss_a_row() -> None:
    rows, read = ["a", "b", "c", "d", "e"], []
    for skip in (0, 2, 4):
        read += rows[skip : skip + 2]
        rows = [row for row in rows if row != "a"]
    assert "c" not in read


def test_rows_that_never_stand_still_end_the_walk() -> None:
    token = PageToken(size=2, skip=4, anchor="x", steps_back=MOST_STEPS_BACK)
    with pytest.raises(PassingError, match="changed so often"):
        next_page(token, Seen(2, "y", "z"), "Customer")


def test_the_page_after_a_step_back_covers_the_joint() -> None:
    back = next_page(PageToken(size=10, skip=18, anchor="x"), Seen(10, "y", "z"), "Customer")
    assert back == PageToken(size=10, skip=9, steps_back=1)


def test_an_address_tells_what_was_asked_for() -> None:
    url = "http://x/entity?%24filter=A+ge+1&%24top=5&%24skip=8"
    assert Asked.by(url) == Asked("A ge 1", 5, 8)


def test_more_rows_than_asked_for_stop_the_read() -> None:
    with pytest.raises(ConfigError, match=r"501 rows of Customer where 500"):
        refuse_too_many(501, Asked("", 500, 0), "Customer")
    refuse_too_many(500, Asked("", 500, 0), "Customer")
