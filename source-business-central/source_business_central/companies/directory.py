"""The companies of an environment: found through the API, once for all streams of a process.

A company that the app may not read still stands in the list. It shows when its company
information is asked for: then it is left out with a warning, and its state stays as it is.
"""

import logging
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from source_business_central.answers.asking import Asker, Row
from source_business_central.answers.faults import Action, Fault, Verdict
from source_business_central.answers.sentences import tell
from source_business_central.errors import (
    BusinessCentralError,
    ConfigError,
    NotServedError,
    PassingError,
    SignInError,
)
from source_business_central.settings import Settings

_LOG: Final = logging.getLogger("airbyte")
_PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class Company:
    """A company that is read.

    Attributes:
        id: Its GUID.
        name: Its technical name.
        currency: Its local currency; None if nobody tells it.
        row: Its row, as it came.
    """

    id: str
    name: str
    currency: str | None = None
    row: Row = field(default_factory=dict, compare=False, repr=False)

    @property
    def path(self) -> str:
        """What follows an API's version in an address."""
        return f"/companies({self.id})"


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found.

    Attributes:
        readable: The companies to read.
        refused: The names of chosen companies that may not be read.
    """

    readable: tuple[Company, ...]
    refused: tuple[str, ...]


class CompanyDirectory:
    """Finds the companies; asks once, whoever asks first. Thread-safe.

    Args:
        asker: Asks for pages.
        settings: Which companies, and the currency to fall back on.
    """

    def __init__(self, asker: Asker, settings: Settings) -> None:
        self._asker = asker
        self._settings = settings
        self._survey: Survey | None = None
        self._lock = threading.Lock()

    def survey(self) -> Survey:
        """Return the chosen companies, sorted into readable and refused ones.

        Raises:
            ConfigError: A chosen company does not exist, or none may be read.
            BusinessCentralError: The companies cannot be listed.
        """
        with self._lock:
            if self._survey is None:
                self._survey = self._look()
            return self._survey

    def _look(self) -> Survey:
        readable: list[Company] = []
        refused: dict[str, BusinessCentralError] = {}
        for company in choose(self._all(), self._settings.companies):
            try:
                readable.append(replace(company, currency=self._currency(company)))
            except PassingError:
                raise
            except SignInError:  # the same token was good enough for the list of companies
                refused[company.name] = tell(
                    Verdict(Action.STOP, Fault.NO_RIGHT), f"company {company.name}"
                )
            except BusinessCentralError as failure:
                refused[company.name] = failure
        if not readable:
            raise _none_readable(refused)
        _warn(readable, refused)
        return Survey(tuple(readable), tuple(refused))

    def _all(self) -> list[Company]:
        address = self._asker.address("/api/v2.0/companies")
        try:
            rows = self._asker.rows(address, "companies", _PAGE)
        except NotServedError:  # every version lists companies
            raise ConfigError(
                f"There is no Business Central API at {self._settings.service_url}. Check the "
                "setting `base_url`: online it is the host alone, on-premises it ends with the "
                "server instance's name."
            ) from None
        return [_company(row) for row in rows]

    def _currency(self, company: Company) -> str | None:
        """Return the local currency, or None if nobody tells it."""
        code = self._first_value(company, "companyInformation", "currencyCode")
        return code or self._code_of_setup(company) or self._settings.local_currency or None

    def _code_of_setup(self, company: Company) -> str:
        try:
            return self._first_value(company, "generalLedgerSetup", "localCurrencyCode")
        except PassingError:
            raise
        except BusinessCentralError:
            return ""

    def _first_value(self, company: Company, entity_set: str, name: str) -> str:
        address = self._asker.address(f"/api/v2.0{company.path}/{entity_set}")
        rows = self._asker.rows(address, f"{entity_set} of company {company.name}", _PAGE)
        return str(rows[0].get(name) or "").strip() if rows else ""


def choose(found: Iterable[Company], wanted: Iterable[str]) -> list[Company]:
    """Return the companies that a setting names; all of them if it names none.

    Args:
        found: The companies of the environment.
        wanted: Ids or names, in upper or lower case; a display name counts where no name fits.

    Raises:
        ConfigError: There is no such company, or several of that display name.
    """
    companies = list(found)
    chosen: dict[str, Company] = {}
    for text in wanted:
        company = _one(companies, text)
        chosen[company.id] = company
    return list(chosen.values()) if chosen else companies


def _one(companies: list[Company], text: str) -> Company:
    sought = text.strip("{}").casefold()
    for company in companies:
        if sought in {company.id.casefold(), company.name.casefold()}:
            return company
    shown = [c for c in companies if str(c.row.get("displayName", "")).casefold() == sought]
    if len(shown) == 1:
        return shown[0]
    offered = ", ".join(sorted(company.name for company in companies)) or "none"
    if shown:
        raise ConfigError(
            f"Setting `companies` names {text}, which is shown as the name of {len(shown)} "
            f"companies. Use a name instead; on offer: {offered}."
        )
    raise ConfigError(
        f"Setting `companies` names {text}, which the environment does not have. On offer: "
        f"{offered}."
    )


def _company(row: Row) -> Company:
    return Company(
        str(row.get("id", "")), str(row.get("name") or row.get("displayName")), None, row
    )


def _none_readable(refused: Mapping[str, BusinessCentralError]) -> ConfigError:
    if not refused:
        return ConfigError(
            "The environment has no company. Check the setting `environment`, and that the app has "
            "a permission set on page Microsoft Entra Applications in Business Central."
        )
    first = next(iter(refused.values()))
    return ConfigError(f"None of the companies can be read: {', '.join(refused)}. {first}")


def _warn(readable: list[Company], refused: Mapping[str, BusinessCentralError]) -> None:
    for name, failure in refused.items():
        _LOG.warning(
            "Company %s is left out; what was read of it before stays, and reading goes on from "
            "there when it can be read. %s",
            name,
            failure,
        )
    for company in readable:
        if not company.currency:
            _LOG.warning(
                "Company %s tells no local currency. Fill in LCY Code on page General Ledger Setup "
                "there, or the setting `local_currency`.",
                company.name,
            )
