"""What the instance says of itself: endpoints, OpenAPI and Swagger, fields beside the contract."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from simulators.acumatica import AcumaticaSimulator, Kind, OwnEntity, OwnField
from simulators.acumatica.contract.endpoints import VERSIONS, system_contract

OPEN_API = ("24.200.001", "25.200.001")
ROUTE = OwnField("CurrentCustomer.UsrRoute")
STOPS = OwnField("CurrentCustomer.UsrStops", Kind.INTEGER)


def anonymous(erp: AcumaticaSimulator, path: str) -> requests.Response:
    return requests.get(f"{erp.url}/entity{path}", timeout=5)


def own(erp: AcumaticaSimulator, client: Any, path: str, **parameters: str) -> requests.Response:
    query = {f"${name}": value for name, value in parameters.items()}
    answer: requests.Response = client.session.get(
        f"{erp.url}/entity/{path}", params=query, timeout=5
    )
    return answer


@pytest.fixture
def extended(erp: AcumaticaSimulator) -> AcumaticaSimulator:
    """An endpoint of the tenant's own, with two fields more on Customer and an entity more."""
    erp.add_endpoint(
        "Shop",
        "1.0",
        extends="23.200.001",
        entities={
            "Customer": OwnEntity("Customer", {"Route": ROUTE, "Stops": STOPS}, inherits=True),
            "Buyer": OwnEntity(
                "Customer",
                {
                    "Code": "CustomerID",
                    "Mail": "MainContact/Email",
                    "Changed": "LastModifiedDateTime",
                    "Route": ROUTE,
                },
            ),
        },
    )
    erp.put(
        "Customer",
        {"CustomerID": "C5", "CurrentCustomer.UsrRoute": "North", "CurrentCustomer.UsrStops": 3},
    )
    return erp


@pytest.mark.parametrize("version", VERSIONS)
def test_each_version_describes_itself_to_anybody(erp: AcumaticaSimulator, version: str) -> None:
    document = anonymous(erp, f"/Default/{version}/swagger.json").json()
    assert document["info"] == {"title": f"Default/{version}", "version": "4"}
    contract = system_contract(version)
    assert {tag["name"] for tag in document["tags"]} == contract.entities.keys()
    if version in OPEN_API:
        assert document["openapi"] == "3.0.1"
        schemas, where = document["components"]["schemas"], "#/components/schemas/"
    else:
        assert document["swagger"] == "2.0"
        assert document["basePath"] == f"/Wholesale/entity/Default/{version}"
        assert document["host"] in erp.base_url
        schemas, where = document["definitions"], "#/definitions/"
    for name in contract.entities:
        base, own_part = schemas[name]["allOf"]
        assert base == {"$ref": f"{where}Entity"}
        assert own_part["properties"].keys() == contract.types[name].keys()
    lines = schemas["SalesInvoice"]["allOf"][1]["properties"]["Details"]
    assert lines == {"type": "array", "items": {"$ref": f"{where}SalesInvoiceDetail"}}
    email = schemas["Customer"]["allOf"][1]["properties"].get("Email")
    assert (email is None) is (version < "23")


def references(content: Any) -> set[str]:
    if isinstance(content, dict):
        inner = [references(value) for value in content.values()]
        return set().union(*inner, {content["$ref"]} if "$ref" in content else set())
    if isinstance(content, list):
        return set().union(*(references(value) for value in content))
    return set()


@pytest.mark.parametrize("version", VERSIONS)
def test_no_reference_leads_nowhere(erp: AcumaticaSimulator, version: str) -> None:
    document = anonymous(erp, f"/Default/{version}/swagger.json").json()
    for reference in references(document):
        found: Any = document
        for name in reference.removeprefix("#/").split("/"):
            assert name in found, reference
            found = found[name]


def test_a_swagger_operation_has_its_parameters_in_place(erp: AcumaticaSimulator) -> None:
    paths = anonymous(erp, "/Default/22.200.001/swagger.json").json()["paths"]
    read = paths["/Customer"]["get"]
    assert {"name": "$top", "in": "query", "type": "integer", "format": "int32"} in read[
        "parameters"
    ]
    assert read["responses"]["200"]["schema"]["items"] == {"$ref": "#/definitions/Customer"}
    body = paths["/Customer"]["put"]["parameters"][-1]
    assert (body["in"], body["schema"]) == ("body", {"$ref": "#/definitions/Customer"})


def test_an_own_endpoint_is_listed_for_who_signed_in(
    extended: AcumaticaSimulator, client: Any
) -> None:
    names = [row["name"] for row in anonymous(extended, "").json()["endpoints"]]
    assert set(names) == {"Default"}
    rows = own(extended, client, "").json()["endpoints"]
    assert {"name": "Shop", "version": "1.0", "href": "/Wholesale/entity/Shop/1.0/"} in rows
    assert extended.sign_in.seats_taken() == 0


def test_an_own_endpoint_describes_itself_in_its_tenant(
    extended: AcumaticaSimulator, client: Any
) -> None:
    path = "Shop/1.0/swagger.json"
    assert anonymous(extended, f"/{path}").status_code == 404
    named = anonymous(extended, f"/{path}?company=Wholesale").json()
    document = own(extended, client, path).json()
    assert document == named
    assert document["swagger"] == "2.0"
    customer = document["definitions"]["Customer"]["allOf"][1]["properties"]
    assert customer["Stops"] == {"$ref": "#/definitions/IntValue"}
    assert customer["Email"] == {"$ref": "#/definitions/StringValue"}
    buyer = document["definitions"]["Buyer"]["allOf"][1]["properties"]
    assert set(buyer) == {"Code", "Mail", "Changed", "Route"}
    assert "StockItem" in document["definitions"]


def test_an_own_endpoint_is_read_like_any_other(extended: AcumaticaSimulator, client: Any) -> None:
    (row,) = own(
        extended, client, "Shop/1.0/Customer", filter="Stops eq 3", expand="MainContact"
    ).json()
    assert row["Route"] == {"value": "North"}
    assert row["MainContact"]["Email"] == {"value": "y@yard.co.uk"}
    (buyer,) = own(extended, client, "Shop/1.0/Buyer", filter="Code eq 'C5'").json()
    assert buyer["Mail"] == {"value": "y@yard.co.uk"}
    assert buyer["Changed"]["value"].endswith("+00:00")
    assert own(extended, client, "Shop/1.0/Buyer/C5").json()["id"] == row["id"]
    since = "Changed ge datetimeoffset'2024-03-01T12:03:00Z'"
    assert len(own(extended, client, "Shop/1.0/Buyer", filter=since).json()) == 2
    assert len(own(extended, client, "Shop/1.0/StockItem").json()) == 0
    assert own(extended, client, "Shop/2.0/Customer").status_code == 404
    assert own(extended, client, "Shop/1.0/Seller").status_code == 404


def test_an_own_endpoint_must_be_made_of_what_is_there(erp: AcumaticaSimulator) -> None:
    with pytest.raises(KeyError, match="no single value Nonsense"):
        erp.add_endpoint("X", "1", entities={"Y": OwnEntity("Customer", {"A": "Nonsense"})})
    with pytest.raises(KeyError):
        erp.add_endpoint("X", "1", entities={"Y": OwnEntity("Nonsense")})


def test_the_ad_hoc_schema_names_the_fields_beside_the_contract(
    erp: AcumaticaSimulator, client: Any
) -> None:
    erp.add_custom_field("Customer", "CurrentCustomer.UsrStops", Kind.INTEGER)
    erp.add_custom_field("SalesInvoice", "Transactions.UsrBatch", Kind.STRING)
    customer = client.get("Customer/$adHocSchema").json()
    assert customer["custom"]["CurrentCustomer"]["UsrStops"] == {
        "type": "CustomIntField",
        "value": None,
    }
    assert customer["custom"]["DefContact"]["LastModifiedDateTime"]["type"] == "CustomDateTimeField"
    assert customer["CustomerID"] == {}
    assert customer["MainContact"]["Address"]["City"] == {}
    invoice = client.get("SalesInvoice/$adHocSchema").json()
    assert invoice["custom"]["Document"]["FinPeriodID"]["type"] == "CustomStringField"
    (line,) = invoice["Details"]
    assert line["custom"]["Transactions"]["UsrBatch"]["type"] == "CustomStringField"
    currency = client.get("Invoice/$adHocSchema").json()["custom"]["Document"]["CuryID"]
    assert currency["type"] == "CustomStringField"


def test_an_older_contract_lacks_more(client: Any) -> None:
    def stamps(version: str) -> Any:
        client.version = version
        shown = client.get("SalesInvoice/$adHocSchema").json()["custom"]["Document"]
        return shown.get("LastModifiedDateTime", {}).get("type")

    assert stamps("22.200.001") == "CustomDateTimeField"
    assert stamps("24.200.001") is None


def test_the_build_of_a_newer_release(erp: AcumaticaSimulator) -> None:
    assert anonymous(erp, "").json()["version"]["acumaticaBuildVersion"].startswith("25.")
    erp.versions = (*VERSIONS, "26.200.001")
    listed = anonymous(erp, "").json()
    assert listed["version"]["acumaticaBuildVersion"].startswith("26.2")
    assert "26.200.001" in [row["version"] for row in listed["endpoints"]]


def test_a_broken_endpoint_breaks_the_list_of_its_tenant_alone(
    erp: AcumaticaSimulator, client: Any
) -> None:
    erp.faults.on("endpoints_broken")
    assert anonymous(erp, "").status_code == 200
    answer = client.session.get(f"{erp.url}/entity", allow_redirects=False, timeout=5)
    assert answer.status_code == 302
