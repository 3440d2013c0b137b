"""The simulators' own pages: one of many rows must not cost more than one of few."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import requests

from simulators.acumatica import AcumaticaSimulator, bulk_customers
from simulators.mailchimp import API_KEY, AUDIENCE_ID, MailchimpSimulator

RATIO = 3.0
FEW, MANY = 5_000, 200_000
PAGES = 8


def best(ask: Callable[[int], None]) -> float:
    """Return the seconds of the fastest page; the first is asked once before, and not counted."""
    ask(0)
    took = []
    for number in range(PAGES):
        started = time.perf_counter()
        ask(number)
        took.append(time.perf_counter() - started)
    return min(took)


def acumatica_page(rows: int) -> float:
    """Return the seconds of a page of 500 customers out of this many."""
    with AcumaticaSimulator(bulk_customers(rows)) as erp:
        token = erp.sign_in.grant("api offline_access").access_token
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {token}"

        def ask(number: int) -> None:
            answer = session.get(
                f"{erp.url}/entity/Default/24.200.001/Customer",
                params={"$select": "CustomerID,Email", "$top": "500", "$skip": str(500 * number)},
                timeout=60,
            )
            answer.raise_for_status()

        return best(ask)


def mailchimp_page(rows: int) -> float:
    """Return the seconds of a page of 500 members out of this many."""
    mailchimp = MailchimpSimulator()
    mailchimp.seed((f"p{number}@quay.com", "subscribed") for number in range(rows))
    with mailchimp:
        session = requests.Session()
        session.auth = ("any", API_KEY)

        def ask(number: int) -> None:
            answer = session.get(
                f"{mailchimp.url}/3.0/lists/{AUDIENCE_ID}/members",
                params={"count": "500", "offset": str(500 * number), "fields": "members.id"},
                timeout=60,
            )
            answer.raise_for_status()

        return best(ask)


def main(_folder: Path) -> bool:
    """Measure both; whether each kept its bound."""
    kept = True
    for name, page in (("acumatica", acumatica_page), ("mailchimp", mailchimp_page)):
        few, many = page(FEW), page(MANY)
        ratio = many / few
        kept &= ratio <= RATIO
        print(
            f"simulator of {name}: a page out of {FEW:,} rows {few * 1000:.1f} ms, out of "
            f"{MANY:,} {many * 1000:.1f} ms: x {ratio:.1f}, bound x {RATIO:.0f}: "
            f"{'kept' if ratio <= RATIO else 'BROKEN'}",
            flush=True,
        )
    return kept
