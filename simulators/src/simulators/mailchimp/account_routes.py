"""Routes of the account itself: `/` and `/ping`."""

from __future__ import annotations

from simulators.mailchimp.account import Account
from simulators.mailchimp.calls import Call, Reply, Router
from simulators.mailchimp.consent import Status
from simulators.mailchimp.members import API_HOST

ACCOUNT_ID = "8d3a3db4d97663a9074efcc16"
ACCOUNT_NAME = "Simulated Wholesale"


def add_routes(router: Router) -> None:
    """Register the routes."""
    router.add("GET", "/", _root)
    router.add("GET", "/ping", _ping)


def _ping(_account: Account, _call: Call) -> Reply:
    return Reply(document={"health_status": "Everything's Chimpy!"})


def _root(account: Account, _call: Call) -> Reply:
    subscribed = sum(
        audience.status_counts()[Status.SUBSCRIBED] for audience in account.audiences.values()
    )
    return Reply(
        document={
            "account_id": ACCOUNT_ID,
            "login_id": "100001",
            "account_name": ACCOUNT_NAME,
            "email": "owner@wholesale.test",
            "first_name": "Olivia",
            "last_name": "Owner",
            "username": "wholesale",
            "avatar_url": "",
            "role": account.rules.role,
            "member_since": "2020-01-01T00:00:00+00:00",
            "pricing_plan_type": "monthly",
            "first_payment": "2020-01-01T00:00:00+00:00",
            "account_timezone": "US/Eastern",
            "account_industry": "Wholesale",
            "contact": {
                "company": ACCOUNT_NAME,
                "addr1": "1 Harbour Road",
                "addr2": "",
                "city": "Portland",
                "state": "ME",
                "zip": "04101",
                "country": "US",
            },
            "pro_enabled": False,
            "last_login": account.now(),
            "total_subscribers": subscribed,
            "industry_stats": {"open_rate": 0.2, "bounce_rate": 0.01, "click_rate": 0.02},
            "_links": [
                {"rel": "self", "href": f"{API_HOST}/3.0/", "method": "GET"},
                {"rel": "lists", "href": f"{API_HOST}/3.0/lists", "method": "GET"},
                {"rel": "ping", "href": f"{API_HOST}/3.0/ping", "method": "GET"},
            ],
        }
    )
