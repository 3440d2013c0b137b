"""A snapshot of what matters in an account: equal after a kill and a resume, or work was lost.

It leaves out times and ids that Mailchimp makes, and does not depend on the order of writes.
"""

from __future__ import annotations

from simulators.mailchimp.account import Account
from simulators.mailchimp.audience import Audience
from simulators.mailchimp.bodies import Document
from simulators.mailchimp.stores import Order, Product, Store


def fingerprint(account: Account) -> Document:
    """Return the snapshot; plain JSON, keys sorted."""
    return {
        "audiences": {
            each.settings.name: _audience(each)
            for each in sorted(account.audiences.values(), key=lambda each: each.settings.name)
        },
        "stores": {store_id: _store(store) for store_id, store in sorted(account.stores.items())},
    }


def _audience(audience: Audience) -> Document:
    members = {
        member.address.lower(): {
            "status": str(member.status),
            "ended_by": str(member.standing.ending),
            "merge_fields": dict(sorted(member.merge_fields.items())),
            "tags": sorted(audience.tag_names[tag_id] for tag_id in member.tags),
            "language": member.language,
        }
        for member in audience.members.values()
    }
    return {
        "members": dict(sorted(members.items())),
        "erased": sorted(audience.erased.values()),
        "merge_fields": {
            tag: {"type": held.type, "required": held.required}
            for tag, held in sorted(audience.definitions.items())
        },
    }


def _store(store: Store) -> Document:
    return {
        "fields": dict(sorted(store.fields.items())),
        "products": {key: _product(each) for key, each in sorted(store.products.items())},
        "customers": {
            key: {
                **dict(sorted(each.fields.items())),
                "email_address": each.address,
                "orders_count": each.orders_count,
                "total_spent": str(each.total_spent),
            }
            for key, each in sorted(store.customers.items())
        },
        "orders": {key: _order(each) for key, each in sorted(store.orders.items())},
    }


def _product(product: Product) -> Document:
    variants = {key: dict(sorted(each.fields.items())) for key, each in product.variants.items()}
    return {
        "fields": dict(sorted(product.fields.items())),
        "variants": dict(sorted(variants.items())),
    }


def _order(order: Order) -> Document:
    return {
        "customer": order.customer_id,
        "fields": dict(sorted(order.fields.items())),
        "lines": {key: dict(sorted(line.items())) for key, line in sorted(order.lines.items())},
    }
