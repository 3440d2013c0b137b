"""Companies are found by id or name, and each is told its currency by the first who knows it."""

from __future__ import annotations

from typing import Any

import pytest

from source_business_central.answers.asking import Row
from source_business_central.companies.directory import Company, CompanyDirectory, choose
from source_business_central.endpoint.manifest import specification
from source_business_central.errors import ConfigError, NoRightError, NotServedError, PassingError
from source_business_central.settings import Settings, with_defaults


def settings_of(**given: Any) -> Settings:
    credentials = {"auth_type": "client_secret", "client_id": "app", "client_secret": "planted"}
    needed = {"tenant_id": "contoso.com", "environment": "Production", "credentials": credentials}
    return Settings.of(with_defaults(needed | given, specification()["connection_specification"]))


CRONUS = Company("aaaa-1", "CRONUS", row={"displayName": "Cronus Ltd."})
FABRIKAM = Company("bbbb-2", "FABRIKAM", row={"displayName": "Shown"})
CONTOSO = Company("cccc-3", "CONTOSO", row={"displayName": "Shown"})
ALL = [CRONUS, FABRIKAM, CONTOSO]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ([], ALL),
        (["cronus"], [CRONUS]),
        (["BBBB-2", "CRONUS"], [FABRIKAM, CRONUS]),
        (["{cccc-3}"], [CONTOSO]),
        (["Cronus Ltd.", "CRONUS"], [CRONUS]),
    ],
)
def test_companies_are_chosen(wanted: list[str], found: list[Company]) -> None:
    assert choose(ALL, wanted) == found


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ("Nobody", "On offer: CONTOSO, CRONUS, FABRIKAM"),
        ("Shown", "shown as the name of 2 companies"),
    ],
)
def test_what_fits_no_company_lists_those_on_offer(wanted: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        choose(ALL, [wanted])


class FakeAsker:
    """Answers lists by what their address ends with."""

    def __init__(self, **lists: Any) -> None:
        self.lists = {"companies": [{"id": "aaaa-1", "name": "CRONUS"}], **lists}
        self.asked: list[str] = []

    def address(self, path: str) -> str:
        return path

    def rows(self, address: str, subject: str, size: int) -> list[Row]:  # noqa: ARG002 - as the real one
        name = address.rpartition("/")[2]
        self.asked.append(name)
        answer = self.lists.get(name, [])
        if isinstance(answer, Exception):
            raise answer
        return list(answer)


def directory(asker: FakeAsker, **settings: Any) -> CompanyDirectory:
    return CompanyDirectory(asker, settings_of(**settings))  # type: ignore[arg-type]  # a fake


@pytest.mark.parametrize(
    ("lists", "settings", "currency"),
    [
        ({"companyInformation": [{"currencyCode": "USD"}]}, {"local_currency": "EUR"}, "USD"),
        (
            {
                "companyInformation": [{"currencyCode": ""}],
                "generalLedgerSetup": [{"localCurrencyCode": "GBP"}],
            },
            {"local_currency": "EUR"},
            "GBP",
        ),
        (
            {"companyInformation": [{}], "generalLedgerSetup": NoRightError("no")},
            {"local_currency": "EUR"},
            "EUR",
        ),
        ({"companyInformation": []}, {"local_currency": "EUR"}, "EUR"),
        ({"companyInformation": [{"currencyCode": ""}]}, {}, None),
    ],
)
def test_the_local_currency(
    lists: dict[str, Any], settings: dict[str, Any], currency: str | None
) -> None:
    (company,) = directory(FakeAsker(**lists), **settings).survey().readable
    assert company.currency == currency


def test_the_companies_are_asked_for_once() -> None:
    asker = FakeAsker(companyInformation=[{"currencyCode": "USD"}])
    found = directory(asker)
    assert found.survey() is found.survey()
    assert asker.asked == ["companies", "companyInformation"]


def test_no_readable_company_is_told() -> None:
    with pytest.raises(ConfigError, match="None of the companies can be read: CRONUS"):
        directory(FakeAsker(companyInformation=NoRightError("no"))).survey()
    with pytest.raises(ConfigError, match="has no company"):
        directory(FakeAsker(companies=[])).survey()


def test_a_passing_fault_is_no_missing_right() -> None:
    with pytest.raises(PassingError):
        directory(FakeAsker(companyInformation=PassingError("later"))).survey()


def test_an_address_that_lists_no_companies_is_not_taken_for_an_old_version() -> None:
    with pytest.raises(ConfigError, match=r"There is no Business Central API at .*`base_url`"):
        directory(FakeAsker(companies=NotServedError("companies"))).survey()
