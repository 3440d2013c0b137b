from __future__ import annotations

import re
from typing import Any

import pytest
import requests


def test_a_single_record(client: Any, ids: dict[str, str]) -> None:
    row = client.body(f"customers({ids['C2']})")
    assert row["@odata.context"].endswith(f"companies({client.company.id})/customers/$entity")
    assert re.fullmatch(r'W/"[A-Za-z0-9+/=]+"', row["@odata.etag"])
    assert (row["number"], row["displayName"], row["blocked"]) == ("C2", "Søby Marine", "_x0020_")
    assert row["creditLimit"] == 200


def test_select_chooses_and_order_sorts(client: Any) -> None:
    rows = client.rows("customers", select="number,creditLimit", orderby="creditLimit desc")
    assert [set(row) for row in rows] == [{"@odata.etag", "number", "creditLimit"}] * 5
    assert [row["number"] for row in rows] == ["C5", "C4", "C3", "C2", "C1"]
    two = client.values("customers", "number", orderby="taxLiable desc,number")
    assert two == ["C2", "C4", "C1", "C3", "C5"]


def test_without_an_order_rows_come_by_id_not_by_time(client: Any) -> None:
    stamps = client.values("customers", "lastModifiedDateTime")
    assert stamps != sorted(stamps)
    assert client.values("customers", "id") == client.values("customers", "id")


def test_top_and_skip_and_count(client: Any) -> None:
    body = client.body("customers", orderby="number", top=2, skip=1, count="true")
    assert [row["number"] for row in body["value"]] == ["C2", "C3"]
    assert body["@odata.count"] == 5
    assert "@odata.nextLink" not in body
    assert client.get("customers/$count").text == "5"


def test_expand_follows_one_and_many(client: Any, erp: Any, line: Any) -> None:
    documents = erp.documents()
    for quantity in ("1", "3"):
        documents.draft("C1", [line(quantity), line("-1")])
    nested = "salesInvoiceLines($select=sequence,quantity;$filter=quantity gt 0)"
    rows = client.rows(
        "salesInvoices", expand=f"{nested},customer", select="number", orderby="number"
    )
    assert [[each["quantity"] for each in row["salesInvoiceLines"]] for row in rows] == [[1], [3]]
    assert set(rows[0]["salesInvoiceLines"][0]) == {"@odata.etag", "sequence", "quantity"}
    assert rows[0]["customer"]["number"] == "C1"
    ordered = client.rows(
        "salesInvoices", expand="salesInvoiceLines($orderby=sequence desc;$top=1)"
    )
    assert [len(row["salesInvoiceLines"]) for row in ordered] == [1, 1]
    assert ordered[0]["salesInvoiceLines"][0]["sequence"] == 20_000


def test_an_expansion_without_a_target_is_null(client: Any, ids: dict[str, str]) -> None:
    assert client.body(f"customers({ids['C1']})", expand="currency")["currency"] is None


@pytest.mark.parametrize("way", ["{id}/salesInvoiceLines", "filter", "expand"])
def test_lines_come_by_their_document(client: Any, erp: Any, line: Any, way: str) -> None:
    document = erp.documents().draft("C1", [line(), line("5")])
    if way == "filter":
        rows = client.rows("salesInvoiceLines", filter=f"documentId eq {document}")
    elif way == "expand":
        rows = client.body(f"salesInvoices({document})", expand="salesInvoiceLines")[
            "salesInvoiceLines"
        ]
    else:
        rows = client.rows(f"salesInvoices({document})/salesInvoiceLines")
    assert [row["sequence"] for row in rows] == [10_000, 20_000]
    assert {row["documentId"] for row in rows} == {document}
    assert client.body(f"salesInvoiceLines({rows[1]['id']})")["quantity"] == 5


def test_lines_of_every_document_cannot_be_listed(client: Any, refusal: Any) -> None:
    for name in ("salesInvoiceLines", "salesCreditMemoLines", "salesOrderLines"):
        answer = client.get(name)
        assert refusal(answer) == (400, "Application_DialogException")
        assert "must specify an Id or a Document Id" in answer.text


def test_contacts_of_a_customer(client: Any, ids: dict[str, str]) -> None:
    below = client.rows(f"customers({ids['C1']})/contactsInformation")
    assert {row["contactNumber"] for row in below} == {"CT1", "CT-Ann", "CT-Bob"}
    asked = client.rows(
        "contactsInformation", filter=f"relatedId eq {ids['C1']} and relatedType eq 'Customer'"
    )
    assert {row["contactId"] for row in asked} == {ids["firm"], ids["Ann"], ids["Bob"]}
    assert client.get("contactsInformation").status_code == 400


def test_contacts_of_a_customer_can_be_expanded(client: Any, ids: dict[str, str]) -> None:
    rows = client.rows(f"customers({ids['C1']})/contactsInformation", expand="contacts")
    assert {row["contacts"][0]["id"] for row in rows} == {ids["firm"], ids["Ann"], ids["Bob"]}


def test_what_is_below_a_parent_belongs_to_it(client: Any, erp: Any, ids: dict[str, str]) -> None:
    other = erp.put("items", {"number": "OTHER", "itemCategoryId": ids["C1"]})
    for item, code in ((ids["lamp"], "RED"), (other, "BLUE")):
        erp.put("itemVariants", {"itemId": item, "code": code})
    (variant,) = client.rows(f"items({ids['lamp']})/itemVariants")
    assert variant["code"] == "RED"
    below = f"items({ids['lamp']})/itemVariants({variant['id']})"
    assert client.body(below)["code"] == "RED"
    assert client.get(f"items({other})/itemVariants({variant['id']})").status_code == 404
    assert client.get(f"items({other})/itemCategory").status_code == 404
    with_variants = client.rows("items", expand="itemVariants($select=code)", orderby="number")
    assert [[v["code"] for v in row["itemVariants"]] for row in with_variants] == [
        ["RED"],
        ["BLUE"],
    ]


def test_customer_contacts_are_persons_alone(client: Any, ids: dict[str, str]) -> None:
    rows = client.rows("customerContacts", orderby="firstName")
    assert [(row["firstName"], row["lastName"]) for row in rows] == [
        ("Ann", "Reilly"),
        ("Bob", "Reilly"),
    ]
    assert {row["customerId"] for row in rows} == {ids["C1"]}
    assert "lastModifiedDateTime" not in rows[0]


def test_a_version_without_customer_contacts(client: Any, erp: Any, refusal: Any) -> None:
    erp.missing_sets.add("customerContacts")
    answer = client.get("customerContacts")
    assert refusal(answer) == (404, "BadRequest_ResourceNotFound")
    assert "segment 'customerContacts'" in answer.text


@pytest.mark.breaks_contract
@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        ("contact", {}, 404, "BadRequest_ResourceNotFound"),
        ("postedSalesInvoices", {}, 404, "BadRequest_ResourceNotFound"),
        ("subscriptions", {}, 404, "BadRequest_ResourceNotFound"),
        ("customers", {"select": "nope"}, 400, "BadRequest"),
        ("customers", {"expand": "nope"}, 400, "BadRequest"),
        ("customers", {"orderby": "nope"}, 400, "BadRequest"),
        ("customers", {"orderby": "number sideways"}, 400, "BadRequest_NotFound"),
        ("customers", {"top": "many"}, 400, "BadRequest"),
        ("customers", {"search": "x"}, 400, "BadRequest"),
        ("customers", {"schemaversion": "3.0"}, 400, "BadRequest"),
        ("customers", {"skiptoken": "x"}, 400, "BadRequest"),
        ("customers", {"expand": "currency($nope=1)"}, 400, "BadRequest_NotFound"),
        ("customers(00000000-0000-0000-0000-00000000000f)", {}, 404, "BadRequest_ResourceNotFound"),
        ("customers/nope", {}, 404, "BadRequest_ResourceNotFound"),
    ],
)
def test_what_is_refused(
    client: Any, refusal: Any, path: str, query: dict[str, str], status: int, code: str
) -> None:
    answer = client.get(path, **query)
    assert refusal(answer) == (status, code)
    assert re.search(r"  CorrelationId:  [0-9a-f-]{36}\.$", answer.json()["error"]["message"])


@pytest.mark.breaks_contract
def test_an_option_given_twice_is_refused(client: Any, refusal: Any) -> None:
    url = client.url("customers?$filter=number eq 'C1'&$filter=number eq 'C1'")
    answer = client.session.get(url, timeout=5)
    assert refusal(answer) == (400, "BadRequest")
    assert "more than once" in answer.text


def test_headers_of_an_answer(client: Any) -> None:
    answer = client.get("customers", {"Prefer": "odata.maxpagesize=3"})
    assert answer.headers["OData-Version"] == "4.0"
    assert answer.headers["Preference-Applied"] == "odata.maxpagesize=3"
    assert "odata.streaming=true" in answer.headers["Content-Type"]
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert answer.headers["Request-Id"]
    assert answer.headers["ms-correlation-x"]


def test_companies_and_their_names(client: Any, erp: Any, refusal: Any) -> None:
    (row,) = client.session.get(f"{erp.api_url}/companies", timeout=5).json()["value"]
    assert "@odata.etag" not in row
    assert row["name"] == "My Company"
    for name in (row["id"], "My Company"):
        answer = client.session.get(f"{erp.api_url}/customers", params={"company": name}, timeout=5)
        assert len(answer.json()["value"]) == 5
    for url in ("customers", f"companies({'0' * 8}-0000-0000-0000-{'0' * 12})/customers"):
        answer = client.session.get(f"{erp.api_url}/{url}", timeout=5)
        assert refusal(answer) == (404, "Internal_CompanyNotFound")


def test_posted_invoices_have_a_page_of_their_own(client: Any, erp: Any, line: Any) -> None:
    documents = erp.documents()
    invoice = documents.draft("C1", [line()])
    number = documents.post(invoice)
    automate = erp.api_url.replace("api/v2.0", "api/microsoft/automate/v1.0")
    url = f"{automate}/companies({client.company.id})/postedSalesInvoices"
    filters = {"$filter": f"number eq '{number}' or number eq 'X'"}
    (row,) = client.session.get(url, params=filters, timeout=5).json()["value"]
    assert (row["apiId"], row["currencyCode"]) == (invoice, "")
    assert row["id"] != invoice
    assert {"status", "lastModifiedDateTime"}.isdisjoint(row)
    refused = client.session.get(url, params={"$filter": f"apiId eq {invoice}"}, timeout=5)
    assert refused.status_code == 400
    assert client.session.post(url, json={}, timeout=5).status_code == 405


def test_webhook_supported_resources(client: Any, erp: Any) -> None:
    runtime = erp.api_url.replace("api/v2.0", "api/microsoft/runtime/beta")
    url = f"{runtime}/companies({client.company.id})/webhookSupportedResources"
    answer = client.session.get(url, params={"$filter": "resource eq 'v2.0*'"}, timeout=5)
    names = [row["resource"] for row in answer.json()["value"]]
    assert {"v2.0/customers", "v2.0/contacts", "v2.0/salesInvoices"} <= set(names)
    assert "v2.0/salesInvoiceLines" not in names


def test_the_service_document_and_the_metadata(client: Any, erp: Any) -> None:
    listed = client.session.get(f"{erp.api_url}/", timeout=5).json()["value"]
    assert "customers" in [each["name"] for each in listed]
    metadata = client.session.get(f"{erp.api_url}/$metadata", timeout=5)
    assert 'Member Name="In_x0020_Review"' in metadata.text
    assert 'Name="salesInvoiceLines" Type="Collection(Microsoft.NAV.salesInvoiceLine)"' in (
        metadata.text
    )


def test_environments(client: Any, erp: Any) -> None:
    answer = client.session.get(f"{erp.url}/environments/v1.2", timeout=5).json()
    assert [(row["name"], row["type"]) for row in answer["value"]] == [("Production", "Production")]
    assert client.session.get(f"{erp.url}/environments/v9", timeout=5).status_code == 404


def test_a_wrong_environment_is_answered_in_xml(client: Any, contracts_dir: Any) -> None:
    url = client.url("customers").replace("Production", "Prodution")
    answer = requests.get(url, timeout=5)
    live = contracts_dir / "business-central" / "live" / "error.no-environment.xml"
    assert answer.status_code == 404
    assert answer.text.split() == live.read_text("utf-8").split()
