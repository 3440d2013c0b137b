from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import requests

from simulators.business_central import BusinessCentralSimulator


def admin(erp: Any, path: str) -> str:
    return f"{erp.base_url}/_simulator/{path}"


def test_rows_over_http(client: Any, erp: Any, ids: dict[str, str]) -> None:
    company = erp.company().id
    counts = requests.get(admin(erp, "data"), timeout=5).json()
    assert counts["My Company"]["customers"] == 5
    one = admin(erp, f"data/{company}/customers/{ids['C1']}")
    row = requests.get(one, timeout=5).json()
    assert (row["number"], row["creditLimit"]) == ("C1", 100)
    body = {"id": ids["C1"], "creditLimit": 7.5, "blocked": "Ship"}
    answer = requests.put(admin(erp, f"data/{company}/customers"), json=body, timeout=5)
    assert answer.json() == {"id": ids["C1"]}
    shown = client.body(f"customers({ids['C1']})")
    assert (shown["creditLimit"], shown["blocked"]) == (7.5, "Ship")
    assert requests.delete(one, timeout=5).status_code == 204
    assert requests.get(one, timeout=5).status_code == 404


@pytest.mark.parametrize(
    "body",
    ['{"nope": 1}', '{"blocked": "Never"}', '{"taxLiable": "yes"}', "{", '{"creditLimit":"x"}'],
)
def test_a_row_that_does_not_fit(erp: Any, body: str) -> None:
    url = admin(erp, f"data/{erp.company().id}/customers")
    assert requests.put(url, data=body, timeout=5).status_code == 400
    assert requests.put(admin(erp, "data/none/customers"), json={}, timeout=5).status_code == 400


def test_every_switch_over_http(erp: Any) -> None:
    url = admin(erp, "switches")
    switches = requests.get(url, timeout=5).json()
    assert switches["paging.aid"] is True
    assert switches["database.replica_lag"] == 0
    changes = {
        "paging.aid": False,
        "database.replica_lag": 2.5,
        "limits.requests": 10,
        "limits.queue_seconds": 3,
        "rights.no_table": ["items"],
        "application.roles": [],
        "simulator.missing_sets": ["customerContacts"],
        "simulator.stamp_digits": 7,
    }
    after = requests.put(url, json=changes, timeout=5).json()
    assert {name: after[name] for name in changes} == changes
    assert erp.database.replica_lag == timedelta(seconds=2.5)
    assert erp.rights.no_table == {"items"}
    for wrong in ({"paging.nope": 1}, {"nope.aid": 1}, {"paging.aid": "yes"}, ["x"]):
        assert requests.put(url, json=wrong, timeout=5).status_code == 400
    # Each one can be set to what it is.
    assert requests.put(url, json=after, timeout=5).json() == after


def test_its_state_and_its_credentials(erp: Any, ids: dict[str, str]) -> None:
    state = requests.get(admin(erp, ""), timeout=5).json()
    assert state["name"] == "business_central"
    assert state["counts"]["customers"] == len([name for name in ids if name.startswith("C")])
    assert set(erp.credentials()) >= {"tenant_id", "environment", "client_id", "client_secret"}


def test_by_hand() -> None:
    empty = BusinessCentralSimulator.by_hand(seed=1, empty=True)
    assert "customers" not in empty.counts()
    assert BusinessCentralSimulator.by_hand(seed=0, empty=False).counts()["companies"] == 3
    with pytest.raises(KeyError):
        empty.company("nobody")
    with pytest.raises(KeyError):
        empty.put("customers", {"nope": 1})
    with pytest.raises(KeyError):
        empty.get("customers", "nobody")
