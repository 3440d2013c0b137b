"""Many simple customers over several companies, made on demand: for benchmarks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from simulators.business_central.data.settings import company_data
from simulators.business_central.odata.entities import entities
from simulators.business_central.odata.values import NO_ID, TICKS, Value, to_ticks
from simulators.business_central.store.company import CompanyData
from simulators.business_central.store.rows import Row, full_values

_END: Final = to_ticks(datetime(2026, 1, 15, 18, 0, tzinfo=UTC))
_CREATED: Final = datetime(2019, 3, 1, 8, 0, tzinfo=UTC)
_STEP: Final = 611 * TICKS + 106
_MIX: Final = 2_654_435_761
_MASK: Final = 0xFFFFFFFF
_CITIES: Final = (("Columbus", "OH"), ("Boise", "ID"), ("Portland", "ME"), ("Tucson", "AZ"))


@dataclass(frozen=True, slots=True)
class BulkCustomers:
    """`count` customers, each with an address of its own, ten minutes apart in time.

    Attributes:
        count: how many.
        company: a number that is part of their ids.
        blank: the values of a customer that has none.
    """

    count: int
    company: int
    blank: dict[str, Value]

    def __len__(self) -> int:
        """How many."""
        return self.count

    def modified(self, index: int) -> int:
        """The stamp; the highest index is the newest."""
        return _END - (self.count - index) * _STEP

    def row(self, index: int) -> Row:
        """One customer, the same every time."""
        row_id = f"{(index * _MIX) & _MASK:08x}-b01c-4c0d-8e00-{self.company:04x}{index:08x}"
        city, state = _CITIES[index % len(_CITIES)]
        values: dict[str, Value] = {
            **self.blank,
            "id": row_id,
            "number": f"B{index:07d}",
            "displayName": f"Customer {index}",
            "addressLine1": f"{index % 900 + 1} Main St",
            "city": city,
            "state": state,
            "country": "US",
            "postalCode": f"{index % 99999:05d}",
            "phoneNumber": f"+1 555 {index:07d}",
            "email": f"buyer{index}@firm-{self.company}-{index % 9973}.com",
            "balanceDue": Decimal(index % 1000) / 4,
        }
        return Row(row_id, values, self.modified(index))


def bulk_customers(count: int, companies: int = 3) -> list[CompanyData]:
    """Data for `BusinessCentralSimulator(data=...)`: `count` customers over some companies."""
    entity = entities()["customers"]
    blank = full_values(entity, {"taxLiable": True, "currencyCode": "USD", "currencyId": NO_ID})
    sizes = [count // companies + (number < count % companies) for number in range(companies)]
    return [
        company_data(
            f"Bulk {number + 1}",
            f"Bulk company {number + 1}",
            "USD",
            _CREATED,
            {"customers": BulkCustomers(size, number, blank)},
        )
        for number, size in enumerate(sizes)
    ]
