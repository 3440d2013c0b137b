"""Routes below `/lists/{id}/members`, and the search over all audiences."""

from __future__ import annotations

from typing import Any

from simulators.mailchimp.account import Account
from simulators.mailchimp.audience import Audience
from simulators.mailchimp.bodies import Document, Flag, Rows, Shape, Text
from simulators.mailchimp.calls import NO_CONTENT, Call, Reply, Router
from simulators.mailchimp.member_reads import list_members, search
from simulators.mailchimp.member_writes import (
    PATCH_BODY,
    POST_BODY,
    PUT_BODY,
    MemberWriter,
    Write,
)
from simulators.mailchimp.members import Member, Note, document
from simulators.mailchimp.problems import not_found
from simulators.mailchimp.projection import page, paths

_TAGS_BODY = Shape(
    {
        "tags": Rows(
            Shape(
                {"name": Text(filled=True), "status": Text(choices=("active", "inactive"))},
                ("name", "status"),
            )
        ),
        "is_syncing": Flag(),
    },
    ("tags",),
)
_NOTE_BODY = Shape({"note": Text()})


def add_routes(router: Router) -> None:
    """Register the routes."""
    members, one = "/lists/*/members", "/lists/*/members/*"
    router.add("GET", members, _list)
    router.add("POST", members, _post)
    router.add("GET", one, _get)
    router.add("PUT", one, _put)
    router.add("PATCH", one, _patch)
    router.add("DELETE", one, _archive)
    router.add("POST", f"{one}/actions/delete-permanent", _erase)
    router.add("GET", f"{one}/tags", _tags)
    router.add("POST", f"{one}/tags", _set_tags)
    router.add("GET", f"{one}/activity", _activity)
    router.add("GET", f"{one}/activity-feed", _activity_feed)
    router.add("GET", f"{one}/notes", _notes)
    router.add("POST", f"{one}/notes", _add_note)
    router.add("GET", f"{one}/notes/*", _note)
    router.add("PATCH", f"{one}/notes/*", _change_note)
    router.add("DELETE", f"{one}/notes/*", _remove_note)
    router.add("GET", f"{one}/events", _events)
    router.add("GET", f"{one}/goals", _goals)
    router.add("GET", "/lists/*/tag-search", _tag_search)
    router.add("GET", "/search-members", _search)


def _write(call: Call, body: Document) -> Write:
    return Write(body, call.caller, call.flag("skip_merge_validation"))


def _shown(audience: Audience, member: Member) -> Reply:
    return Reply(document=document(member, audience.frame))


def _list(account: Account, call: Call, audience_id: str) -> Reply:
    shown = list_members(account, account.audience(audience_id), call.query)
    return Reply(document=shown, projected=True)


def _get(account: Account, call: Call, audience_id: str, identifier: str) -> Reply:
    audience = account.audience(audience_id)
    names = tuple(paths(call.query.get("fields"))) or None
    return Reply(document=document(audience.find(identifier), audience.frame, names))


def _post(account: Account, call: Call, audience_id: str) -> Reply:
    audience = account.audience(audience_id)
    body = POST_BODY.check(call.body())
    writer = MemberWriter(account, audience)
    member = writer.add(_write(call, body))
    if body.get("tags"):
        writer.set_tags(member, dict.fromkeys(body["tags"], True))
    return _shown(audience, member)


def _put(account: Account, call: Call, audience_id: str, identifier: str) -> Reply:
    audience = account.audience(audience_id)
    write = _write(call, PUT_BODY.check(call.body()))
    return _shown(audience, MemberWriter(account, audience).upsert(identifier, write))


def _patch(account: Account, call: Call, audience_id: str, identifier: str) -> Reply:
    audience = account.audience(audience_id)
    member = audience.find(identifier)
    MemberWriter(account, audience).update(member, _write(call, PATCH_BODY.check(call.body())))
    return _shown(audience, member)


def _archive(account: Account, _call: Call, audience_id: str, identifier: str) -> Reply:
    audience = account.audience(audience_id)
    MemberWriter(account, audience).archive(audience.find(identifier))
    return NO_CONTENT


def _erase(account: Account, _call: Call, audience_id: str, identifier: str) -> Reply:
    audience = account.audience(audience_id)
    audience.erase(audience.find(identifier))
    return NO_CONTENT


def _tags(account: Account, call: Call, audience_id: str, identifier: str) -> Reply:
    audience = account.audience(audience_id)
    member = audience.find(identifier)
    shown = [
        {"id": tag_id, "name": audience.tag_names[tag_id], "date_added": added}
        for tag_id, added in member.tags.items()
    ]
    return _collection("tags", list(page(call.query).of(shown)), len(shown))


def _set_tags(account: Account, call: Call, audience_id: str, identifier: str) -> Reply:
    audience = account.audience(audience_id)
    member = audience.find(identifier)
    body = _TAGS_BODY.check(call.body())
    names = {tag["name"]: tag["status"] == "active" for tag in body["tags"]}
    MemberWriter(account, audience).set_tags(member, names)
    return NO_CONTENT


def _activity(account: Account, call: Call, audience_id: str, identifier: str) -> Reply:
    audience = account.audience(audience_id)
    member = audience.find(identifier)
    wanted = set(filter(None, call.query.get("action", "").split(",")))
    shown = [
        {"action": each.action, "timestamp": each.timestamp, "type": "", "title": ""}
        for each in reversed(member.activity or ())
        if not wanted or each.action in wanted
    ]
    return _collection("activity", shown[:50], len(shown), **_person(audience, member))


def _activity_feed(account: Account, call: Call, audience_id: str, identifier: str) -> Reply:
    audience = account.audience(audience_id)
    member = audience.find(identifier)
    wanted = set(filter(None, call.query.get("activity_filters", "").split(",")))
    shown = [
        {"activity_type": each.action, "created_at_timestamp": each.timestamp, "campaign_id": ""}
        for each in reversed(member.activity or ())
        if not wanted or each.action in wanted
    ]
    rows = list(page(call.query).of(shown))
    return Reply(
        document={
            "activity": rows,
            "email_id": member.key,
            "list_id": audience_id,
            "_links": [],
        }
    )


def _notes(account: Account, call: Call, audience_id: str, identifier: str) -> Reply:
    audience = account.audience(audience_id)
    member = audience.find(identifier)
    shown = [_note_document(audience, member, note) for note in member.notes or ()]
    rows = list(page(call.query).of(shown))
    person = {"email_id": member.key, "list_id": audience_id}
    return _collection("notes", rows, len(shown), **person)


def _add_note(account: Account, call: Call, audience_id: str, identifier: str) -> Reply:
    audience = account.audience(audience_id)
    member = audience.find(identifier)
    now = account.now()
    notes = member.notes or []
    number = notes[-1].note_id + 1 if notes else 1
    note = Note(number, _NOTE_BODY.check(call.body()).get("note", ""), now, now)
    member.notes = [*notes, note]
    return Reply(document=_note_document(audience, member, note))


def _note(account: Account, _call: Call, audience_id: str, identifier: str, number: str) -> Reply:
    audience = account.audience(audience_id)
    member = audience.find(identifier)
    return Reply(document=_note_document(audience, member, _found(member, number)))


def _change_note(
    account: Account, call: Call, audience_id: str, identifier: str, number: str
) -> Reply:
    audience = account.audience(audience_id)
    member = audience.find(identifier)
    note = _found(member, number)
    note.text = _NOTE_BODY.check(call.body()).get("note", note.text)
    note.updated_at = account.now()
    return Reply(document=_note_document(audience, member, note))


def _remove_note(
    account: Account, _call: Call, audience_id: str, identifier: str, number: str
) -> Reply:
    member = account.audience(audience_id).find(identifier)
    note = _found(member, number)
    member.notes = [each for each in member.notes or () if each is not note]
    return NO_CONTENT


def _found(member: Member, number: str) -> Note:
    for note in member.notes or ():
        if str(note.note_id) == number:
            return note
    raise not_found()


def _note_document(audience: Audience, member: Member, note: Note) -> Document:
    return {
        "id": note.note_id,
        "created_at": note.created_at,
        "created_by": "Simulator",
        "updated_at": note.updated_at,
        "note": note.text,
        "_links": [],
        **_person(audience, member),
    }


def _events(account: Account, _call: Call, audience_id: str, identifier: str) -> Reply:
    account.audience(audience_id).find(identifier)
    return _collection("events", [], 0)


def _goals(account: Account, _call: Call, audience_id: str, identifier: str) -> Reply:
    member = account.audience(audience_id).find(identifier)
    return _collection("goals", [], 0, email_id=member.key, list_id=audience_id)


def _tag_search(account: Account, call: Call, audience_id: str) -> Reply:
    start = call.query.get("name", "").casefold()
    shown = [
        {"id": tag_id, "name": name}
        for tag_id, name in account.audience(audience_id).tag_names.items()
        if name.casefold().startswith(start)
    ]
    return Reply(document={"tags": shown, "total_items": len(shown)})


def _search(account: Account, call: Call) -> Reply:
    audience_id = call.query.get("list_id")
    audiences = [account.audience(audience_id)] if audience_id else [*account.audiences.values()]
    return Reply(document=search(audiences, call.query.get("query", "")))


def _person(audience: Audience, member: Member) -> dict[str, str]:
    return {
        "email_id": member.key,
        "contact_id": member.contact_id,
        "list_id": audience.audience_id,
    }


def _collection(name: str, rows: list[Document], total: int, **more: Any) -> Reply:  # noqa: ANN401 - plain values of a document
    return Reply(document={name: rows, **more, "total_items": total, "_links": []})
