"""What `check` says: account, audience, stores and what would be refused, in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from destination_mailchimp.audience import PAGE, Audience, find_audience
from destination_mailchimp.client import Client
from destination_mailchimp.consent import MemberStatus
from destination_mailchimp.merge_fields import read_merge_fields
from destination_mailchimp.settings import Settings
from destination_mailchimp.stores import store_id
from destination_mailchimp.values import MergeField
from kit.protocol.errors import ConfigError
from kit.protocol.messages import ConnectionStatus

_READERS: Final = frozenset({"viewer", "author"})


def check(client: Client, settings: Settings) -> ConnectionStatus:
    """Look at everything that a run would need; nothing is written.

    Raises:
        ConfigError: A run could not succeed; one sentence names the setting and the fix.
    """
    audience = find_audience(client, settings.audience)
    root = client.read("/", {"fields": "account_name,role"})
    role = str(root.get("role") or "unknown")
    if role.lower() in _READERS:
        raise ConfigError(
            f"The user behind `credentials` has the role {role}, which may not write; use the key "
            "of a user with the role manager or above.",
            setting="credentials",
        )
    sentences = [
        f"Account `{root.get('account_name') or ''}`, role {role}.",
        describe_audience(audience),
        _describe_fields(read_merge_fields(client, audience), settings),
        _describe_new_members(settings, audience),
        _describe_stores(client, settings, audience),
    ]
    return ConnectionStatus(succeeded=True, message=" ".join(each for each in sentences if each))


def describe_audience(audience: Audience) -> str:
    """Say which audience was found."""
    kind = "double" if audience.double_opt_in else "single"
    return (
        f"Audience `{audience.name}` ({audience.id}), {kind} opt-in, about {audience.size} people."
    )


def _describe_fields(fields: Mapping[str, MergeField], settings: Settings) -> str:
    required = sorted(tag for tag, field in fields.items() if field.required and tag != "EMAIL")
    missing = "are made" if settings.create_merge_fields else "are left out"
    text = f"Merge fields that it lacks {missing}."
    if required:
        text += f" Required in its forms, but not asked for here: {', '.join(required)}."
    return text


def _describe_new_members(settings: Settings, audience: Audience) -> str:
    status = MemberStatus(settings.new_member_status)
    text = f"New people of unknown consent become {status}."
    if status is MemberStatus.SUBSCRIBED and audience.double_opt_in:
        text += " They would not be asked to confirm, although the audience is double opt-in."
    if status is MemberStatus.PENDING:
        text += " Each of them is sent a confirmation mail."
    return text


def _describe_stores(client: Client, settings: Settings, audience: Audience) -> str:
    template = settings.store
    if template is None:
        return "No store is set up, so products, customers and orders would be refused."
    names = ("id", "list_id", "currency_code", "is_syncing", "list_is_active")
    fields = ",".join(f"stores.{name}" for name in names)
    rows = client.read("/ecommerce/stores", {"count": PAGE, "fields": fields}).get("stores", ())
    prefix = f"{store_id(template.id_prefix, '', '')}-"
    ours = [row for row in rows if str(row.get("id")).startswith(prefix)]
    _refuse_strangers(ours, audience)
    if not ours:
        return f"Stores `{prefix}…` are made, one for each company and currency."
    return f"Stores: {', '.join(_describe_store(row) for row in ours)}."


def _refuse_strangers(rows: Iterable[Mapping[str, Any]], audience: Audience) -> None:
    for row in rows:
        if row.get("list_id") != audience.id:
            raise ConfigError(
                f"The store `{row.get('id')}` belongs to another audience ({row.get('list_id')}), "
                "and that can never change; choose another `store.id_prefix`, or that audience.",
                setting="store.id_prefix",
            )


def _describe_store(row: Mapping[str, Any]) -> str:
    text = f"`{row.get('id')}` in {row.get('currency_code')}"
    if row.get("is_syncing"):
        text += ", its order mails held back until a run has written all orders"
    if row.get("list_is_active") is False:
        text += ", its audience archived"
    return text
