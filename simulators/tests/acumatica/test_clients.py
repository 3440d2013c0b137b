"""An independent client, easy-acumatica, against the simulator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from easy_acumatica import AcumaticaClient
from easy_acumatica.exceptions import AcumaticaError
from easy_acumatica.odata import F, QueryOptions

from simulators.acumatica import AcumaticaSimulator


@pytest.fixture
def easy(erp: AcumaticaSimulator) -> Iterator[Any]:
    account = erp.account
    client = AcumaticaClient(
        base_url=erp.url,
        username=account.username,
        password=account.password,
        tenant=account.tenant,
        endpoint_version="24.200.001",
        rate_limit_calls_per_second=1000,
    )
    yield client
    client.logout()


def test_it_reads_lists_and_records(easy: Any) -> None:
    options = QueryOptions(
        filter=F.CustomerName.substringof("Tools") & (F.Status == "Active"),
        select=["CustomerID", "MainContact/Email"],
        expand=["MainContact"],
    )
    (found,) = easy.customer.get_list(options)
    assert found["CustomerID"] == {"value": "C1"}
    assert len(easy.customer.get_list(QueryOptions(top=2))) == 2
    one = easy.customer.get_by_keys(CustomerID="C5")
    assert easy.customer.get_by_id(one["id"])["CustomerName"] == {"value": "Yardley"}
    assert len(easy.sales_invoice.get_list(QueryOptions(expand=["Details"]))[0]["Details"]) == 2


def test_it_writes(easy: Any, erp: AcumaticaSimulator) -> None:
    made = easy.customer.put_entity(easy.models.Customer(CustomerName="ACME", Terms="NET30"))
    code = made["CustomerID"]["value"]
    assert erp.get("Customer", code)["Terms"] == "NET30"
    easy.customer.delete_by_id(made["id"])
    with pytest.raises(AcumaticaError):
        easy.customer.get_by_keys(CustomerID=code)


def test_it_signs_in_with_cookies_and_frees_its_seat(erp: AcumaticaSimulator) -> None:
    account = erp.account
    client = AcumaticaClient(erp.url, account.username, account.password, account.tenant)
    assert erp.sign_in.seats_taken() == 1
    client.logout()
    assert erp.sign_in.seats_taken() == 0
    with pytest.raises(AcumaticaError, match="Login failed: 500"):
        AcumaticaClient(erp.url, account.username, "wrong", account.tenant)
