"""Failure modes that are also met: archived and vanished rows, tenants, rights, double counting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulators.acumatica import AcumaticaSimulator

MakeConfig = Callable[..., dict[str, Any]]
CUSTOMERS = ("customers",)
INVOICES = ("sales_invoices",)


def ids(out: Any, stream: str = "customers") -> list[str]:
    return [row["id"] for row in out.records(stream)]


def every_id(erp: AcumaticaSimulator, entity: str = "Customer") -> set[str]:
    with erp.lock:
        return {row.id for row in erp.store(entity).rows()}


def logged(out: Any) -> list[str]:
    return [message["log"]["message"] for message in out.of("LOG")]


def test_archived_documents_are_hidden_unless_asked_for(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    """Old invoices vanish from a full read without a word."""
    kept = source("read", make_config(erp), INVOICES).records("sales_invoices")[0]
    key = {"Type": kept["Type"], "ReferenceNbr": kept["ReferenceNbr"]}
    erp.put("SalesInvoice", key, archived=True)
    without = ids(source("read", make_config(erp), INVOICES), "sales_invoices")
    with_them = ids(
        source("read", make_config(erp, read_archived=True), INVOICES), "sales_invoices"
    )
    assert kept["id"] not in without
    assert set(with_them) == {*without, kept["id"]}


def test_a_record_that_vanishes_before_its_own_read_is_left_out(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    """Read by its key, it is 500 and not 404."""
    erp.faults.on("cannot_optimize", fields=["MainContact/Email"])
    erp.put("Customer", {"CustomerID": "SHORT", "CustomerName": "Short-lived"})
    erp.after_page("Customer", 1, lambda: erp.delete("Customer", "SHORT"))
    out = source("read", make_config(erp, page_size=200), CUSTOMERS)
    assert out.code == 0, out.errors
    assert [e for e in erp.requests if e.status == 500 and "Customer/" in e.path], (
        "it was asked for"
    )
    assert set(ids(out)) == every_id(erp)


def test_the_wrong_tenant_is_never_read_in_silence(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    """No request names the tenant that it lands in: the client id alone decides."""
    for verb in ("discover", "read"):
        out = source(verb, make_config(erp, tenant="Elsewhere"), CUSTOMERS)
        assert "`tenant`" in out.errors[-1]
        assert "`credentials.client_id`" in out.errors[-1]
    assert erp.requests == []


def test_a_broken_endpoint_of_the_tenant_is_told(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    """One malformed endpoint leads every call to an error page, the Default endpoint's too."""
    erp.faults.on("endpoints_broken")
    for verb in ("check", "discover", "read"):
        out = source(verb, make_config(erp), CUSTOMERS)
        told = out.status["message"] if verb == "check" else "\n".join(out.errors)
        assert "SM207060" in told
        assert "Traceback" not in out.text


def test_a_refresh_token_that_was_used_twice_names_what_to_do(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    config = make_config(erp)
    assert source("read", config, CUSTOMERS).code == 0
    again = source("read", config, CUSTOMERS)
    assert "source-acumatica authorize" in again.errors[-1]
    assert again.of("RECORD") == []


def test_released_invoices_are_read_from_one_form_only(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    """Both forms show them: reading both would count them twice."""
    from_orders = source("read", make_config(erp), INVOICES)
    assert {e.segments[-1] for e in erp.requests if "/Default/" in e.path} == {"SalesInvoice"}
    erp.clear_requests()
    from_receivables = source("read", make_config(erp, invoices_from="Invoice"), INVOICES)
    assert {e.segments[-1] for e in erp.requests if "/Default/" in e.path} == {"Invoice"}
    numbers = [
        {(row["Type"], row["ReferenceNbr"]) for row in out.records("sales_invoices")}
        for out in (from_orders, from_receivables)
    ]
    assert numbers[0] & numbers[1], "the same documents"


def test_a_user_without_rights_to_one_form_reads_the_others(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.rights.forbid("CR302000")
    out = source("discover", make_config(erp))
    names = {stream["name"] for stream in out.of("CATALOG")[0]["catalog"]["streams"]}
    assert "customers" in names
    assert "contacts" not in names
    assert any("CR302000" in line for line in logged(out))


def test_a_feature_that_is_off_reads_like_a_missing_right(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.faults.on("setup_missing", path="/SalesOrder")
    told = source("check", make_config(erp)).status["message"]
    assert "Cannot be read: sales_orders. Acumatica cannot list SalesOrder yet" in told
    assert "SO301000" in told
