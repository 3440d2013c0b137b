"""Routes of audiences themselves: the audience, its merge fields, webhooks and complaints."""

from __future__ import annotations

from simulators.mailchimp.account import Account
from simulators.mailchimp.audience import Audience, Settings
from simulators.mailchimp.bodies import Document, Flag, Shape, Text, texts
from simulators.mailchimp.bulk import BODY as BULK_BODY
from simulators.mailchimp.bulk import BulkWrite, write_all
from simulators.mailchimp.calls import NO_CONTENT, Call, Reply, Router
from simulators.mailchimp.consent import Status
from simulators.mailchimp.member_writes import MemberWriter
from simulators.mailchimp.members import API_HOST
from simulators.mailchimp.problems import not_found
from simulators.mailchimp.projection import page

_CONTACT = Shape(
    texts("company", "address1", "address2", "city", "state", "zip", "country", "phone"),
    ("company", "address1", "city", "country"),
)
_DEFAULTS_NAMES = ("from_name", "from_email", "subject", "language")
_SETTINGS = {
    **texts("permission_reminder", "notify_on_subscribe", "notify_on_unsubscribe"),
    "name": Text(filled=True),
    "contact": _CONTACT,
    "campaign_defaults": Shape(texts(*_DEFAULTS_NAMES), _DEFAULTS_NAMES),
    "email_type_option": Flag(),
    "use_archive_bar": Flag(),
    "double_optin": Flag(),
    "marketing_permissions": Flag(),
}
CREATE_BODY = Shape(
    _SETTINGS,
    ("name", "contact", "permission_reminder", "campaign_defaults", "email_type_option"),
)
UPDATE_BODY = Shape(
    _SETTINGS
    | {
        "contact": Shape(_CONTACT.fields),
        "campaign_defaults": Shape(texts(*_DEFAULTS_NAMES)),
    }
)
_EMPTY_COLLECTIONS = {
    "activity": "activity",
    "clients": "clients",
    "growth-history": "history",
    "interest-categories": "categories",
    "locations": "locations",
    "segments": "segments",
    "signup-forms": "signup_forms",
}


def add_routes(router: Router) -> None:
    """Register the routes."""
    one = "/lists/*"
    router.add("GET", "/lists", _list)
    router.add("POST", "/lists", _create)
    router.add("GET", one, _get)
    router.add("POST", one, _bulk)
    router.add("PATCH", one, _update)
    router.add("DELETE", one, _delete)
    router.add("GET", f"{one}/abuse-reports", _abuse_reports)
    router.add("GET", f"{one}/abuse-reports/*", _abuse_report)
    for path in _EMPTY_COLLECTIONS:
        router.add("GET", f"{one}/{path}", _nothing)


def audience_document(audience: Audience, *, totals: bool = False) -> Document:
    """Return an audience as the API shows it."""
    settings = audience.settings
    own = f"{API_HOST}/3.0/lists/{audience.audience_id}"
    short = f"https://eepurl.example/{audience.audience_id}"
    return {
        "id": audience.audience_id,
        "web_id": audience.web_id,
        "name": settings.name,
        "contact": settings.contact,
        "permission_reminder": settings.permission_reminder,
        "use_archive_bar": settings.use_archive_bar,
        "campaign_defaults": settings.campaign_defaults,
        "notify_on_subscribe": settings.notify_on_subscribe,
        "notify_on_unsubscribe": settings.notify_on_unsubscribe,
        "date_created": audience.created_at,
        "list_rating": 0,
        "email_type_option": settings.email_type_option,
        "subscribe_url_short": short,
        "subscribe_url_long": f"{short}/subscribe",
        "beamer_address": f"us1-{audience.audience_id}@inbound.mailchimp.com",
        "visibility": "prv",
        "double_optin": settings.double_optin,
        "has_welcome": False,
        "marketing_permissions": settings.marketing_permissions,
        "modules": [],
        "stats": _stats(audience, totals=totals),
        "_links": [
            {"rel": "self", "href": own, "method": "GET"},
            {"rel": "parent", "href": f"{API_HOST}/3.0/lists", "method": "GET"},
            {"rel": "members", "href": f"{own}/members", "method": "GET"},
            {"rel": "merge-fields", "href": f"{own}/merge-fields", "method": "GET"},
        ],
    }


def _stats(audience: Audience, *, totals: bool) -> Document:
    counts = audience.status_counts()
    shown: Document = {
        "member_count": counts[Status.SUBSCRIBED],
        "unsubscribe_count": counts[Status.UNSUBSCRIBED],
        "cleaned_count": counts[Status.CLEANED],
        "member_count_since_send": counts[Status.SUBSCRIBED],
        "unsubscribe_count_since_send": counts[Status.UNSUBSCRIBED],
        "cleaned_count_since_send": counts[Status.CLEANED],
        "campaign_count": 0,
        "campaign_last_sent": "",
        "merge_field_count": len(audience.merge_fields),
        "avg_sub_rate": 0,
        "avg_unsub_rate": 0,
        "target_sub_rate": 0,
        "open_rate": 0,
        "click_rate": 0,
        "last_sub_date": audience.last_subscribed,
        "last_unsub_date": audience.last_unsubscribed,
    }
    if totals:
        shown["total_contacts"] = sum(counts.values())
    return shown


def _list(account: Account, call: Call) -> Reply:
    found = list(account.audiences.values())
    if "email" in call.query:
        found = [each for each in found if each.get(call.query["email"].strip()) is not None]
    totals = call.flag("include_total_contacts")
    shown = [audience_document(each, totals=totals) for each in page(call.query).of(found)]
    limits = {
        "may_create": True,
        "max_instances": 100,
        "current_total_instances": len(account.audiences),
    }
    return _collection("lists", shown, len(found), constraints=limits)


def _create(account: Account, call: Call) -> Reply:
    body = CREATE_BODY.check(call.body())
    audience = account.add_audience(Settings(body["name"]))
    _take(audience, body)
    return Reply(document=audience_document(audience))


def _get(account: Account, call: Call, audience_id: str) -> Reply:
    audience = account.audience(audience_id)
    totals = call.flag("include_total_contacts")
    return Reply(document=audience_document(audience, totals=totals))


def _update(account: Account, call: Call, audience_id: str) -> Reply:
    audience = account.audience(audience_id)
    _take(audience, UPDATE_BODY.check(call.body()))
    return Reply(document=audience_document(audience))


def _take(audience: Audience, body: Document) -> None:
    settings = audience.settings
    for name in _SETTINGS:
        if name in {"contact", "campaign_defaults"}:
            setattr(settings, name, getattr(settings, name) | body.get(name, {}))
        elif name in body:
            setattr(settings, name, body[name])


def _delete(account: Account, _call: Call, audience_id: str) -> Reply:
    account.audience(audience_id)
    del account.audiences[audience_id]
    return NO_CONTENT


def _bulk(account: Account, call: Call, audience_id: str) -> Reply:
    audience = account.audience(audience_id)
    body = BULK_BODY.check(call.body())
    bulk = BulkWrite(
        rows=body["members"],
        update_existing=body.get("update_existing", False),
        sync_tags=body.get("sync_tags", False),
        skip_merge_validation=call.flag("skip_merge_validation"),
        skip_duplicates=call.flag("skip_duplicate_check"),
        caller=call.caller,
    )
    result = write_all(MemberWriter(account, audience), audience, bulk)
    return Reply(document=result.document(audience))


def _abuse_documents(audience: Audience) -> list[Document]:
    shown: list[Document] = []
    for report in audience.abuse_reports:
        member = audience.members.get(report.key)
        shown.append(
            {
                "id": report.report_id,
                "campaign_id": "",
                "list_id": audience.audience_id,
                "email_id": report.key,
                "email_address": report.address,
                "merge_fields": dict(member.merge_fields) if member else {},
                "vip": member.vip if member else False,
                "date": report.date,
                "_links": [],
            }
        )
    return shown


def _abuse_reports(account: Account, call: Call, audience_id: str) -> Reply:
    shown = _abuse_documents(account.audience(audience_id))
    rows = list(page(call.query).of(shown))
    return _collection("abuse_reports", rows, len(shown), list_id=audience_id)


def _abuse_report(account: Account, _call: Call, audience_id: str, report_id: str) -> Reply:
    for shown in _abuse_documents(account.audience(audience_id)):
        if str(shown["id"]) == report_id:
            return Reply(document=shown)
    raise not_found()


def _nothing(account: Account, call: Call, audience_id: str) -> Reply:
    account.audience(audience_id)
    return _collection(_EMPTY_COLLECTIONS[call.path[-1]], [], 0, list_id=audience_id)


def _collection(name: str, rows: list[Document], total: int, **more: object) -> Reply:
    return Reply(document={name: rows, **more, "total_items": total, "_links": []})
