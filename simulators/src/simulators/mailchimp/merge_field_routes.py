"""Routes of an audience's merge fields."""

from __future__ import annotations

from simulators.mailchimp.account import Account
from simulators.mailchimp.audience import Audience
from simulators.mailchimp.bodies import Document
from simulators.mailchimp.calls import NO_CONTENT, Call, Reply, Router
from simulators.mailchimp.merge_fields import BODY, MergeField, tag_error
from simulators.mailchimp.problems import FieldError, invalid, invalid_resource, not_found
from simulators.mailchimp.projection import page


def add_routes(router: Router) -> None:
    """Register the routes."""
    one = "/lists/*"
    router.add("GET", f"{one}/merge-fields", _merge_fields)
    router.add("POST", f"{one}/merge-fields", _add_merge_field)
    router.add("GET", f"{one}/merge-fields/*", _merge_field)
    router.add("PATCH", f"{one}/merge-fields/*", _change_merge_field)
    router.add("DELETE", f"{one}/merge-fields/*", _remove_merge_field)


def _merge_fields(account: Account, call: Call, audience_id: str) -> Reply:
    audience = account.audience(audience_id)
    found = list(audience.definitions.values())
    if call.query.get("type"):
        found = [each for each in found if each.type == call.query["type"]]
    if call.query.get("required"):
        found = [each for each in found if each.required is call.flag("required")]
    shown = [_merge_field_document(each, audience_id) for each in page(call.query).of(found)]
    return _collection("merge_fields", shown, len(found), list_id=audience_id)


def _merge_field_document(merge_field: MergeField, audience_id: str) -> Document:
    return {**merge_field.document(audience_id), "_links": []}


def _found_merge_field(audience: Audience, merge_id: str) -> MergeField:
    found = audience.merge_fields.get(int(merge_id)) if merge_id.isdigit() else None
    if found is None:
        raise not_found()
    return found


def _check_tag(audience: Audience, tag: str) -> None:
    message = tag_error(tag)
    if message is not None:
        raise invalid(FieldError("tag", message))
    if tag in audience.definitions:
        raise invalid_resource(f'A Merge Field with the tag "{tag}" already exists for this list.')


def _add_merge_field(account: Account, call: Call, audience_id: str) -> Reply:
    audience = account.audience(audience_id)
    body = BODY.requiring("name", "type").check(call.body())
    tag = body.get("tag", "").upper()
    if tag:
        _check_tag(audience, tag)
    if len(audience.merge_fields) >= account.rules.max_merge_fields:
        raise invalid_resource("This audience has as many merge fields as the plan allows.")
    made = audience.add_merge_field(tag, body["name"], body["type"])
    made.update({name: value for name, value in body.items() if name != "tag"})
    audience.forget_frame()
    return Reply(document=_merge_field_document(made, audience_id))


def _merge_field(account: Account, _call: Call, audience_id: str, merge_id: str) -> Reply:
    audience = account.audience(audience_id)
    return Reply(
        document=_merge_field_document(_found_merge_field(audience, merge_id), audience_id)
    )


def _change_merge_field(account: Account, call: Call, audience_id: str, merge_id: str) -> Reply:
    audience = account.audience(audience_id)
    held = _found_merge_field(audience, merge_id)
    body = BODY.check(call.body())
    old, new = held.tag, body.get("tag", held.tag).upper()
    if new != old:
        _check_tag(audience, new)
        audience.retag(old, new)
    held.update(body)
    audience.forget_frame()
    return Reply(document=_merge_field_document(held, audience_id))


def _remove_merge_field(account: Account, _call: Call, audience_id: str, merge_id: str) -> Reply:
    audience = account.audience(audience_id)
    audience.remove_merge_field(_found_merge_field(audience, merge_id).merge_id)
    return NO_CONTENT


def _collection(name: str, rows: list[Document], total: int, **more: object) -> Reply:
    return Reply(document={name: rows, **more, "total_items": total, "_links": []})
