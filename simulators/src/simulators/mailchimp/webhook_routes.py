"""Routes of an audience's webhooks."""

from __future__ import annotations

from simulators.mailchimp.account import Account
from simulators.mailchimp.audience import Webhook
from simulators.mailchimp.bodies import Document, Flag, Shape, Text
from simulators.mailchimp.calls import NO_CONTENT, Call, Reply, Router
from simulators.mailchimp.problems import FieldError, invalid, not_found

_EVENTS = ("subscribe", "unsubscribe", "profile", "cleaned", "upemail", "campaign")
_SOURCES = ("user", "admin", "api")
_WEBHOOK_BODY = Shape(
    {
        "url": Text(filled=True),
        "events": Shape(dict.fromkeys(_EVENTS, Flag())),
        "sources": Shape(dict.fromkeys(_SOURCES, Flag())),
    }
)


def add_routes(router: Router) -> None:
    """Register the routes."""
    one = "/lists/*"
    router.add("GET", f"{one}/webhooks", _webhooks)
    router.add("POST", f"{one}/webhooks", _add_webhook)
    router.add("GET", f"{one}/webhooks/*", _webhook)
    router.add("PATCH", f"{one}/webhooks/*", _change_webhook)
    router.add("DELETE", f"{one}/webhooks/*", _remove_webhook)


def _webhook_document(audience_id: str, hook: Webhook, secret: str = "") -> Document:
    return {
        "id": hook.webhook_id,
        "url": hook.url,
        "events": hook.events,
        "sources": hook.sources,
        "list_id": audience_id,
        "signing_enabled": True,
        "signing_secret": secret,
        "_links": [],
    }


def _found_webhook(account: Account, audience_id: str, webhook_id: str) -> Webhook:
    hook = account.audience(audience_id).webhooks.get(webhook_id)
    if hook is None:
        raise not_found()
    return hook


def _webhooks(account: Account, _call: Call, audience_id: str) -> Reply:
    hooks = account.audience(audience_id).webhooks.values()
    shown = [_webhook_document(audience_id, hook) for hook in hooks]
    return _collection("webhooks", shown, len(shown), list_id=audience_id)


def _add_webhook(account: Account, call: Call, audience_id: str) -> Reply:
    audience = account.audience(audience_id)
    body = _WEBHOOK_BODY.requiring("url").check(call.body())
    address = body["url"].partition("?")[0]
    if any(hook.url.partition("?")[0] == address for hook in audience.webhooks.values()):
        raise invalid(FieldError("url", "Sorry, you can't set up multiple WebHooks for one URL"))
    events = dict.fromkeys(_EVENTS, False) | body.get("events", {})
    sources = dict.fromkeys(_SOURCES, False) | body.get("sources", {})
    hook = Webhook(account.new_id(), body["url"], events, sources, account.new_id(64))
    audience.webhooks[hook.webhook_id] = hook
    return Reply(document=_webhook_document(audience_id, hook, hook.secret))


def _webhook(account: Account, _call: Call, audience_id: str, webhook_id: str) -> Reply:
    hook = _found_webhook(account, audience_id, webhook_id)
    return Reply(document=_webhook_document(audience_id, hook))


def _change_webhook(account: Account, call: Call, audience_id: str, webhook_id: str) -> Reply:
    hook = _found_webhook(account, audience_id, webhook_id)
    body = _WEBHOOK_BODY.check(call.body())
    hook.url = body.get("url", hook.url)
    hook.events |= body.get("events", {})
    hook.sources |= body.get("sources", {})
    return Reply(document=_webhook_document(audience_id, hook))


def _remove_webhook(account: Account, _call: Call, audience_id: str, webhook_id: str) -> Reply:
    _found_webhook(account, audience_id, webhook_id)
    del account.audience(audience_id).webhooks[webhook_id]
    return NO_CONTENT


def _collection(name: str, rows: list[Document], total: int, **more: object) -> Reply:
    return Reply(document={name: rows, **more, "total_items": total, "_links": []})
