"""The connection check: sign-in, companies, one row of each stream, and what is silently missing.

A missing right on posted invoices is no error in Business Central: the list is just shorter. And
posted invoices can be missing in the list until the API's tables were filled. Both are looked for.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from source_business_central.answers.asking import Asker
from source_business_central.checking.refusal import survey_of
from source_business_central.companies.directory import Company, Survey
from source_business_central.endpoint.plan import plan_of
from source_business_central.endpoint.query import any_of, options
from source_business_central.errors import (
    BusinessCentralError,
    ConfigError,
    NoRightError,
    NotServedError,
)
from source_business_central.settings import POSTED_STATUSES, Settings
from source_business_central.streams import BusinessCentralStreams, offered

_NOT_ASKED: Final = frozenset({"companies", "customer_contacts", "living_ids"})
_LOOKED_BACK: Final = timedelta(days=31)
_PAGE: Final = 5000
_MOST_COMPANIES: Final = 10
"""The check looks into so many companies; the others are read without."""


def inspect(config: Mapping[str, Any]) -> str:
    """Check the connection step by step and return what was found, in sentences.

    Args:
        config: The config, defaults filled in.

    Raises:
        BusinessCentralError: The first problem that keeps a read from starting, with its fix.
    """
    settings = Settings.of(config)
    source = BusinessCentralStreams(config)
    survey = survey_of(source, config)
    findings = list(_findings(source.factory.asker, settings, survey))
    names = ", ".join(f"{company.name} ({company.id})" for company in survey.readable)
    return " ".join(
        (f"Business Central at {settings.service_url} can be read: {names}.", *findings)
    )


def _findings(asker: Asker, settings: Settings, survey: Survey) -> Iterator[str]:
    if survey.refused:
        yield (
            f"Left out, since the app may not read them: {', '.join(survey.refused)}; give it the "
            "permission set D365 READ there, or name the others in the setting `companies`."
        )
    if len(survey.readable) > _MOST_COMPANIES:
        yield f"Only the first {_MOST_COMPANIES} companies were looked into."
    for company in survey.readable[:_MOST_COMPANIES]:
        yield from _unreadable_streams(asker, settings, company)
        yield from _short_list(asker, company)


def _unreadable_streams(asker: Asker, settings: Settings, company: Company) -> Iterator[str]:
    """Read one row of each stream."""
    failed: list[str] = []
    asked = [name for name in offered(settings) if name not in _NOT_ASKED]
    for name in asked:
        plan = plan_of(name, settings)
        query = {**options(plan, ""), "$top": "1"}
        address = asker.address(f"/api/{plan.api}{company.path}/{plan.entity_set}", query)
        try:
            asker.rows(address, f"{plan.entity_set} of company {company.name}", 1)
        except (NoRightError, NotServedError) as refusal:
            why = "no right" if isinstance(refusal, NoRightError) else "not in this version"
            failed.append(f"{name} ({why})")
    if len(failed) == len(asked):
        raise ConfigError(
            f"No stream of company {company.name} can be read. Give the app the permission set "
            "D365 READ on page Microsoft Entra Applications in Business Central."
        )
    if failed:
        yield f"Company {company.name}: these streams cannot be read: {', '.join(failed)}."


def _short_list(asker: Asker, company: Company) -> Iterator[str]:
    """Find a list of invoices that is short without saying so."""
    try:
        listed = _ids(asker, company, "v2.0", "salesInvoices", "id", any_of("status", ["Paid"]), 1)
    except BusinessCentralError:
        return  # told with the streams
    try:
        missing, posted = _missing(asker, company)
    except (NoRightError, NotServedError):
        missing, posted = 0, 0
    if missing:
        yield (
            f"Company {company.name}: {missing} of {posted} invoices posted in the last "
            f"{_LOOKED_BACK.days} days are not in the list that is read. Give the app the right to "
            "read Sales Invoice Header and Sales Invoice Entity Aggregate; if it has it, run the "
            "job API Data Upgrade on page API Setup in Business Central."
        )
    elif not listed:
        yield (
            f"Company {company.name}: no paid invoice is to be seen. If there are some, the app "
            "lacks the right to read Sales Invoice Header, and invoices are left out without an "
            "error: give it the permission set D365 READ."
        )


def _missing(asker: Asker, company: Company) -> tuple[int, int]:
    """Count the invoices that were posted lately, and those of them that the API does not list."""
    since = f"postingDate ge {(datetime.now(UTC) - _LOOKED_BACK).date().isoformat()}"
    api = "microsoft/automate/v1.0"
    posted = _ids(asker, company, api, "postedSalesInvoices", "apiId", since, _PAGE)
    statuses = any_of("status", POSTED_STATUSES)
    listed = _ids(asker, company, "v2.0", "salesInvoices", "id", f"{since} and {statuses}", _PAGE)
    return len(posted - listed), len(posted)


def _ids(
    asker: Asker, company: Company, api: str, entity_set: str, field: str, where: str, size: int
) -> set[str]:
    query = {"$filter": where, "$select": field}
    if size == 1:
        query["$top"] = "1"
    address = asker.address(f"/api/{api}{company.path}/{entity_set}", query)
    rows = asker.rows(address, f"{entity_set} of company {company.name}", size)
    return {str(row.get(field)) for row in rows}
