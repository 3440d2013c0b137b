"""What the connection check found, and the lines in which it is told. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from source_acumatica.answers.offer import Offer
from source_acumatica.endpoint.streams import CUSTOMERS_BY_CONTACT
from source_acumatica.errors import AcumaticaError
from source_acumatica.settings import EmailChanges, Settings

_CONTRACT_5: Final = "26"
_SESSIONS: Final = (
    "API sessions: this connection holds one of the licence's (form SM604000), at most an hour "
    "longer than a run lasts."
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one stream answered.

    Attributes:
        stream: The stream.
        rows: How many rows came, at most one.
        refusal: Why it cannot be read; None if it can.
        row_by_row: Whether its list cannot be optimized, so that each row is read by itself.
    """

    stream: str
    rows: int = 0
    refusal: AcumaticaError | None = None
    row_by_row: bool = False


class SecondPass(StrEnum):
    """Whether customers can be read by the time when their contact was changed."""

    WORKS = "works"
    UNANSWERED = "unanswered"
    NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True)
class Inspection:
    """All that the check found.

    Attributes:
        settings: The settings.
        tenant: The tenant of the client id.
        offer: What the instance offers.
        findings: One for each stream.
        second_pass: Whether it works.
    """

    settings: Settings
    tenant: str
    offer: Offer
    findings: tuple[Finding, ...]
    second_pass: SecondPass

    @property
    def readable(self) -> list[Finding]:
        """The streams that can be read."""
        return [finding for finding in self.findings if finding.refusal is None]

    def lines(self) -> list[str]:
        """Return what to tell, in short lines: what has to be mended comes first."""
        refused = [f"Cannot be read: {f.stream}. {f.refusal}" for f in self.findings if f.refusal]
        return [
            self._instance(),
            self._endpoint(),
            *refused,
            *self._suspicion(),
            "Can be read: " + _listed(f.stream for f in self.readable) + ".",
            *self._row_by_row(),
            *self._empty(),
            *self._email_changes(),
            *self._deletions(),
            _SESSIONS,
        ]

    def _instance(self) -> str:
        build = f" {self.offer.build}" if self.offer.build else ", build not told,"
        return f"Acumatica{build} at {self.settings.instance_url}, tenant {self.tenant}."

    def _endpoint(self) -> str:
        name, version = self.settings.endpoint.name, self.settings.endpoint.version
        offered = self.offer.versions(name)
        newer = [known for known in offered if known >= _CONTRACT_5 and name == "Default"]
        note = f" {_listed(newer)}: contract version 5, not read yet." if newer else ""
        return f"Endpoint {name}/{version}, contract version 4. On offer: {_listed(offered)}.{note}"

    def _row_by_row(self) -> list[str]:
        slow = [finding.stream for finding in self.readable if finding.row_by_row]
        if not slow:
            return []
        return [f"Read row by row, and so slowly, because of a customisation: {_listed(slow)}."]

    def _empty(self) -> list[str]:
        empty = [f.stream for f in self.readable if not f.rows and not f.row_by_row]
        if not empty or self._all_empty:
            return []
        return [f"No rows changed since {self.settings.start:%Y-%m-%d}: {_listed(empty)}."]

    @property
    def _all_empty(self) -> bool:
        return not any(finding.rows or finding.row_by_row for finding in self.readable)

    def _suspicion(self) -> list[str]:
        if not self._all_empty:
            return []
        told = (
            f"Look at this: no stream has a row changed since {self.settings.start:%Y-%m-%d}. If "
            "there should be some, check that the user may see the branches (setting `branch`), "
            "that the tenant is the right one, and the setting `start_date`."
        )
        return [told]

    def _deletions(self) -> list[str]:
        if not self.settings.read_deletions:
            return []
        return ["Deleted records: told for the record types that form SM207010 lists."]

    def _email_changes(self) -> list[str]:
        every = f"every {self.settings.full_compare.total_seconds() / 3600:g} hours"
        if self.settings.email_changes is EmailChanges.OFF:
            how = (
                "not looked for, since `email_changes` is off; a customer's new address comes when "
                "something else of the customer changes"
            )
        elif self.settings.email_changes is EmailChanges.FULL_COMPARE:
            how = f"found by reading all customers {every}, since `email_changes` says so"
            if self.second_pass is SecondPass.WORKS:
                how += f", and sooner where the stream {CUSTOMERS_BY_CONTACT} is selected"
        elif self.second_pass is SecondPass.WORKS:
            how = (
                f"found by the stream {CUSTOMERS_BY_CONTACT}, which this instance answers. Select "
                f"it; without it, all customers are read {every}"
            )
        elif self.second_pass is SecondPass.UNANSWERED:
            how = (
                "found by reading all customers "
                f"{every}, since this instance does not answer {CUSTOMERS_BY_CONTACT}"
            )
        else:
            return []
        return [f"Changed e-mail addresses of customers: {how}."]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
