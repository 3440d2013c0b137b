"""What a write would change: asked against held, field by field. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from kit.protocol.outcomes import Difference

_IDENTIFIED = frozenset({"lines", "variants"})


def member_differences(
    asked: Mapping[str, Any], held: Mapping[str, Any], *, add: Iterable[str], remove: Iterable[str]
) -> tuple[Difference, ...]:
    """Compare a member's body with what Mailchimp holds.

    Args:
        asked: The body to be written: merge fields and language.
        held: The member as it was read.
        add: Tags to add.
        remove: Tags to remove.
    """
    merge_fields = asked.get("merge_fields", {})
    found = list(_compare_tree(merge_fields, held.get("merge_fields") or {}, "merge_fields."))
    if asked.get("language") and not _same(asked["language"], held.get("language")):
        found.append(Difference("language", held.get("language"), asked["language"]))
    tags = sorted(str(tag.get("name")) for tag in held.get("tags") or ())
    changed = changed_tags(tags, add=add, remove=remove)
    if changed:
        names = {name.casefold(): name for name in tags}
        names |= {name.casefold(): name for name, active in changed.items() if active}
        gone = {name.casefold() for name, active in changed.items() if not active}
        new = sorted(name for folded, name in names.items() if folded not in gone)
        found.append(Difference("tags", tags, new))
    return tuple(found)


def changed_tags(
    held: Iterable[str], *, add: Iterable[str], remove: Iterable[str]
) -> dict[str, bool]:
    """Return the tags that are not yet as they are asked to be: name to active or not.

    Mailchimp changes the case of names, so case does not count.
    """
    present = {name.casefold() for name in held}
    changed = {name: True for name in add if name.casefold() not in present}
    return changed | {name: False for name in remove if name.casefold() in present}


def body_differences(asked: Mapping[str, Any], held: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Compare the body of a product, customer or order with what Mailchimp holds.

    Only what would be sent is compared; lines and variants are matched by id, and a line that
    would be removed shows as one that becomes nothing.
    """
    return tuple(_compare_tree(asked, held, ""))


def _compare_tree(
    asked: Mapping[str, Any], held: Mapping[str, Any], prefix: str
) -> Iterator[Difference]:
    for name, new in asked.items():
        old = held.get(name)
        if isinstance(new, Mapping):
            inner = old if isinstance(old, Mapping) else {}
            yield from _compare_tree(new, inner, f"{prefix}{name}.")
        elif name in _IDENTIFIED:
            yield from _compare_rows(new, old or (), f"{prefix}{name}")
        elif not _same(new, old):
            yield Difference(f"{prefix}{name}", old, new)


def _compare_rows(
    asked: Sequence[Mapping[str, Any]], held: Sequence[Mapping[str, Any]], prefix: str
) -> Iterator[Difference]:
    by_id = {str(row.get("id")): row for row in held}
    for row in asked:
        old = by_id.pop(str(row.get("id")), None)
        if old is None:
            yield Difference(f"{prefix}[{row.get('id')}]", None, dict(row))
        else:
            yield from _compare_tree(row, old, f"{prefix}[{row.get('id')}].")
    if prefix == "lines":
        for identifier, row in by_id.items():
            yield Difference(f"{prefix}[{identifier}]", {"title": row.get("product_title")}, None)


def _same(new: object, old: object) -> bool:
    """Whether two values mean the same to Mailchimp, which gives numbers and times other forms."""
    if new in (None, "") and old in (None, ""):
        return True
    if isinstance(new, (int, float, Decimal)) or isinstance(old, (int, float, Decimal)):
        return _number(new) == _number(old)
    if isinstance(new, str) and isinstance(old, str) and new != old:
        moment = _moment(new)
        return moment is not None and moment == _moment(old)
    return new == old


def _number(value: object) -> Decimal | None:
    if value in (None, ""):
        return Decimal(0)
    try:
        return Decimal(str(value))
    except ArithmeticError:
        return None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    whole = moment.replace(microsecond=0)
    return whole if whole.tzinfo else whole.replace(tzinfo=UTC)
