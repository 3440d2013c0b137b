"""One page of rows: asked for through the CDK's requester, judged, and told in words."""

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import quote, urlencode

import requests
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_business_central.answers.faults import Action, Fault, FaultError, Verdict, parse
from source_business_central.answers.sentences import tell
from source_business_central.errors import BusinessCentralError
from source_business_central.protocol import FailureType

_LOG: Final = logging.getLogger("airbyte")
_LONGEST_PAUSE: Final = 30.0
MOST_HALVINGS: Final = 8
"""How often in a row a page is asked for at half the size."""

PARSED: Final = "_business_central_json"
"""Attribute of a response that keeps its JSON: it is parsed once, when it is judged."""

Row = Mapping[str, Any]


class Requester(Protocol):
    """The part of the CDK's `HttpRequester` that is used."""

    def send_request(
        self, *, path: str, request_headers: Mapping[str, Any]
    ) -> requests.Response | None:
        """Send a GET, and send it again while that helps."""


class PageTooLargeError(Exception):
    """A page could not be answered in time; a smaller one may be.

    Attributes:
        verdict: What the last answer meant.
    """

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(str(verdict.fault))
        self.verdict = verdict


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, and where the next ones are.

    Attributes:
        rows: As they came.
        next_link: The whole address of the next page; empty on the last one.
    """

    rows: list[Row]
    next_link: str


class Asker:
    """Asks for pages.

    Args:
        requester: Knows authentication, headers, retries and the budget of requests.
        service_url: What `/api/...` follows.
    """

    def __init__(self, requester: Requester, service_url: str) -> None:
        self._requester = requester
        self._service_url = service_url

    def address(self, path: str, query: Mapping[str, str] | None = None) -> str:
        """Return the whole address of a list.

        Args:
            path: What follows the service's address, such as `/api/v2.0/companies`.
            query: OData options; they are percent-encoded here, and blanks as `%20`.
        """
        options = urlencode(query or {}, quote_via=quote, safe="$,()'")
        return f"{self._service_url}{path}" + (f"?{options}" if options else "")

    def page(self, address: str, subject: str, size: int) -> Page:
        """Ask for one page.

        Args:
            address: The whole address: of a list, or a next link exactly as it came.
            subject: What is asked for, for messages.
            size: How many rows it may hold.

        Raises:
            PageTooLargeError: It may be answered if it is smaller.
            BusinessCentralError: It cannot be had.
        """
        try:
            response = self._requester.send_request(
                path=address, request_headers={"Prefer": f"odata.maxpagesize={size}"}
            )
        except FaultError as failure:
            if failure.verdict.action is Action.HALVE:
                raise PageTooLargeError(failure.verdict) from None
            raise tell(failure.verdict, subject) from None
        except BusinessCentralError:
            raise
        except AirbyteTracedException as failure:  # the CDK's own: a second 401
            refused = failure.failure_type is FailureType.config_error
            fault = Fault.SIGN_IN if refused else Fault.INTERNAL
            raise tell(Verdict(Action.STOP, fault, 401 if refused else 0), subject) from None
        return _page(response, subject)

    def pages(self, address: str, subject: str, size: int) -> Iterator[Page]:
        """Walk through a list; a page that is too large is asked for again at half its size.

        Args:
            address: The whole address of the first page.
            subject: As in `page`.
            size: Rows of a page, to begin with.

        Raises:
            BusinessCentralError: A page cannot be had, at no size.
        """
        failures = 0
        while address:
            try:
                page = self.page(address, subject, size)
            except PageTooLargeError as failure:
                failures += 1
                if failures > MOST_HALVINGS:
                    raise tell(failure.verdict, subject) from None
                size = max(1, size // 2)
                _LOG.info("Page of %s too large; going on with %d rows.", subject, size)
                time.sleep(min(2.0**failures, _LONGEST_PAUSE))
                continue
            failures = 0
            yield page
            _refuse_a_circle(address, page, subject)
            address = page.next_link

    def rows(self, address: str, subject: str, size: int) -> list[Row]:
        """Ask for a short list whole: all of its pages.

        Args:
            address: As in `page`.
            subject: As in `page`.
            size: As in `page`.

        Raises:
            BusinessCentralError: It cannot be had.
        """
        return [row for page in self.pages(address, subject, size) for row in page.rows]


def drained(rows: list[Row]) -> Iterator[Row]:
    """Yield rows and let go of each: a page that went out must not wait in memory for the next.

    Args:
        rows: The rows of a page; empty at the end.
    """
    rows.reverse()
    while rows:
        yield rows.pop()


def _refuse_a_circle(address: str, page: Page, subject: str) -> None:
    if page.next_link == address:
        raise BusinessCentralError(
            f"Business Central's link to the next page of {subject} leads to the same page. What "
            "was read so far is kept; please report this with the version of Business Central."
        )


def _page(response: requests.Response | None, subject: str) -> Page:
    body = None if response is None else getattr(response, PARSED, None)
    if body is None and response is not None:
        body = parse(response.content)
    rows = body.get("value") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(rows, list):
        raise BusinessCentralError(
            f"Business Central answered a list of {subject} with something else. What was read "
            "so far is kept; check the setting `base_url`, and run again."
        )
    return Page(rows, str(body.get("@odata.nextLink") or ""))
