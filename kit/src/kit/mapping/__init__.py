"""The engine that turns a source record into destination records, as a catalog says.

    catalog = load_catalog("acumatica-to-mailchimp", variables={"company": "wholesale", ...})
    results = catalog.map("contacts", row, lookup)      # Mapped, Skipped or Parked, one a rule
    member = catalog.merge("members", fragments)        # all fragments of one key, in any order

Deterministic, without I/O after loading, exact in its money, and never surprised by a bad value:
such a record is skipped with the field's name.
"""

from kit.mapping.catalog import Catalog, load_catalog, parse_catalog, shipped
from kit.mapping.errors import CatalogError
from kit.mapping.results import Lookup, Mapped, Money, Parked, Record, Result, Skipped, no_rows

__all__ = [
    "Catalog",
    "CatalogError",
    "Lookup",
    "Mapped",
    "Money",
    "Parked",
    "Record",
    "Result",
    "Skipped",
    "load_catalog",
    "no_rows",
    "parse_catalog",
    "shipped",
]
