"""Seeds: members that an account is filled with before a test, in whatever state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from simulators.mailchimp.bodies import Document
from simulators.mailchimp.consent import Status
from simulators.mailchimp.merge_fields import Value
from simulators.mailchimp.people import People

STATES = (*Status, "complained", "erased")


@dataclass(frozen=True, slots=True)
class SeedMember:
    """One member to fill an account with.

    Attributes:
        email_address: The address; not checked.
        status: A status, `complained` or `erased`. `unsubscribed` means: left by themselves.
        merge_fields: Values by tag.
        tags: Names of tags.
        language: Language code.
    """

    email_address: str
    status: str = "subscribed"
    merge_fields: Mapping[str, Value] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    language: str = ""

    @classmethod
    def parsed(cls, row: object) -> SeedMember:
        """Return a seed from a JSON object, a pair of address and state, or an object with both.

        Raises:
            ValueError: It has no address, or a state that does not exist.
        """
        match row:
            case SeedMember():
                seed = row
            case dict():
                seed = cls._of_document(row)
            case (str(address), str(state)):
                seed = cls(address, state)
            case _:
                seed = cls(_text(row, "email_address"), _text(row, "status"))
        if seed.status not in STATES:
            raise ValueError(f"{seed.status!r} is no state of a member: {', '.join(STATES)}.")
        return seed

    @classmethod
    def _of_document(cls, row: Document) -> SeedMember:
        if not isinstance(row.get("email_address"), str):
            raise ValueError("A member to seed needs email_address.")  # noqa: TRY004 - a bad value
        return cls(
            row["email_address"],
            str(row.get("status", "subscribed")),
            dict(row.get("merge_fields", {})),
            tuple(row.get("tags", ())),
            str(row.get("language", "")),
        )


def _text(row: object, name: str) -> str:
    value = getattr(row, name, None)
    if not isinstance(value, str):
        raise ValueError(f"A member to seed needs {name}; found {type(row).__name__}.")  # noqa: TRY004 - a bad value of a seed
    return value


def parsed(rows: Iterable[object]) -> Iterator[SeedMember]:
    """Return seeds from rows of any of the forms that `SeedMember.parsed` takes."""
    return (SeedMember.parsed(row) for row in rows)


def plant(people: People, seeds: Iterable[SeedMember]) -> None:
    """Bring every seed's address into its state."""
    for seed in seeds:
        status = Status(seed.status) if seed.status in tuple(Status) else Status.SUBSCRIBED
        people.add(
            seed.email_address,
            status if status is not Status.UNSUBSCRIBED else Status.SUBSCRIBED,
            merge_fields=seed.merge_fields,
            tags=seed.tags,
            language=seed.language,
        )
        people.put(seed.email_address, seed.status)
