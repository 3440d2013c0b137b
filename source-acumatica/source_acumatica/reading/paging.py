"""Pages by `$skip` that notice when rows shift.

The API has no order, no count and no link to the next page. A row that leaves a window while it is
read (because somebody changes it) moves all later rows up by one, and a plain `$skip` would miss
one of them for ever. So each page begins with the last row of the page before it; where another
row stands there, the walk goes one page back.
"""

from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qs, urlsplit

from source_acumatica.errors import ConfigError, PassingError

MOST_STEPS_BACK: Final = 20


@dataclass(frozen=True, slots=True)
class PageToken:
    """Where a page begins.

    Attributes:
        size: Value of `$top`.
        skip: Value of `$skip`.
        anchor: Id of the row that should stand first; None if it does not matter.
        steps_back: How often the walk went back in this window.
    """

    size: int
    skip: int = 0
    anchor: str | None = None
    steps_back: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page was asked for with, read back from its address.

    Attributes:
        window: The `$filter`, which no other window of the stream has.
        top: Value of `$top`.
        skip: Value of `$skip`.
    """

    window: str
    top: int
    skip: int

    @classmethod
    def by(cls, url: str) -> "Asked":
        """Read a page's address.

        Args:
            url: The whole address.
        """
        query = parse_qs(urlsplit(url).query)
        first = {name: values[0] for name, values in query.items()}
        return cls(first.get("$filter", ""), int(first["$top"]), int(first.get("$skip", 0)))


@dataclass(frozen=True, slots=True)
class Seen:
    """What came on a page.

    Attributes:
        count: Number of rows.
        first: Id of the first row.
        last: Id of the last row.
    """

    count: int
    first: str | None
    last: str | None


def next_page(token: PageToken, seen: Seen, entity: str) -> PageToken | None:
    """Decide where the next page begins.

    Args:
        token: The page that was asked for.
        seen: What came.
        entity: The entity, for messages.

    Returns:
        The next page, or None if this was the last one.

    Raises:
        PassingError: Rows shift faster than they can be read.
    """
    if token.anchor is not None and seen.first != token.anchor:
        return _one_page_back(token, entity)
    if seen.count < token.size:
        return None
    if token.size == 1:
        return replace(token, skip=token.skip + 1, anchor=None)
    return replace(token, skip=token.skip + token.size - 1, anchor=seen.last)


def refuse_too_many(count: int, asked: Asked, entity: str) -> None:
    """Stop where paging is not heeded: reading on would read everything, again and again.

    Args:
        count: Number of rows that came.
        asked: What was asked for.
        entity: The entity, for messages.

    Raises:
        ConfigError: More rows came than were asked for.
    """
    if count > asked.top:
        raise ConfigError(
            f"Acumatica answered {count} rows of {entity} where {asked.top} were asked for: "
            "something on the way drops $top and $skip from the address. Have the proxy in front "
            "of the instance pass them on."
        )


def _one_page_back(token: PageToken, entity: str) -> PageToken:
    if token.steps_back >= MOST_STEPS_BACK:
        raise PassingError(
            f"Rows of {entity} were changed so often while they were read that pages could not be "
            "joined. What was read so far is kept; run again when the instance is quieter, or "
            "set `window_days` lower."
        )
    return PageToken(
        size=token.size,
        skip=max(0, token.skip - token.size + 1),
        steps_back=token.steps_back + 1,
    )
