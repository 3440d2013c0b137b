"""Holds exchanges with Business Central against the published shapes of API v2.0.

What is checked: every property that a request names in `$select`, `$filter` or `$orderby` or sends,
every property that an answer shows or leaves out, the type of each value, and the form of errors.
There is no published description of API v2.0 but the shapes of its entities; what has none
(`postedSalesInvoices`, `itemLedgerEntries`, `webhookSupportedResources`, sign-in) is not checked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import orjson

from simulators.common import Exchange

SHAPES: Final[Mapping[str, str]] = {
    "accounts": "account",
    "companies": "company",
    "companyInformation": "companyinformation",
    "contacts": "contact",
    "contactsInformation": "contactinformation",
    "currencies": "currency",
    "customerContacts": "customercontact",
    "customers": "customer",
    "generalLedgerEntries": "generalledgerentry",
    "generalLedgerSetup": "generalledgersetup",
    "itemCategories": "itemcategory",
    "itemVariants": "itemvariant",
    "items": "item",
    "salesCreditMemoLines": "salescreditmemoline",
    "salesCreditMemos": "salescreditmemo",
    "salesInvoiceLines": "salesinvoiceline",
    "salesInvoices": "salesinvoice",
    "salesOrderLines": "salesorderline",
    "salesOrders": "salesorder",
    "subscriptions": "subscriptions",
}
"""The file of each entity set's shape."""
EXPANDED: Final[Mapping[str, str]] = {
    "currency": "currencies",
    "customer": "customers",
    "item": "items",
    "itemCategory": "itemCategories",
}
"""Navigations that are not named like the set they lead to."""
_PATH: Final = re.compile(r"/api/v2\.0/(?P<rest>.+)$")
_SEGMENT: Final = re.compile(r"^(?P<set>[\w$]+)(?P<key>\(.*\))?$")
_STRING: Final = re.compile(r"'(?:[^']|'')*'")
_NAME: Final = re.compile(r"[A-Za-z_]\w*(?![\w(])")
_LITERAL: Final = re.compile(
    r"\b(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|\d[\w.:+-]*)"
)
_WORDS: Final = frozenset(
    {"and", "or", "not", "eq", "ne", "gt", "ge", "lt", "le", "in", "asc", "desc"}
    | {"true", "false", "null"}
)
_NUMBER: Final = (int, float)
_FORMS: Final[Mapping[str, re.Pattern[str]]] = {
    "GUID": re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"),
    "date": re.compile(r"^\d{4}-\d\d-\d\d$"),
    "datetime": re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z$"),
    "enum": re.compile(r"^\w+$"),
    "string": re.compile(r"", re.DOTALL),
}


class BusinessCentralContract:
    """The published shapes below `contracts_dir`/business-central.

    Args:
        contracts_dir: The folder of published descriptions.
    """

    def __init__(self, contracts_dir: Path) -> None:
        self.folder = contracts_dir / "business-central"

    @cached_property
    def shapes(self) -> Mapping[str, Mapping[str, str]]:
        """The type of each property, by entity set."""
        folder = self.folder / "shapes"
        return {
            name: json.loads((folder / f"{file}.shape.json").read_text("utf-8"))
            for name, file in SHAPES.items()
        }

    def violations(self, exchange: Exchange) -> list[str]:
        """Say what in one exchange the shapes do not allow; empty = nothing."""
        match = _PATH.search(exchange.path)
        if match is None or exchange.status == 0:
            return []
        where = f"{exchange.method} {match['rest']}"
        checked = _Checked(self.shapes, exchange, match["rest"])
        return [f"{where}: {problem}" for problem in checked.problems()]


class _Checked:
    """One exchange with the shapes that it is held against."""

    def __init__(
        self, shapes: Mapping[str, Mapping[str, str]], exchange: Exchange, rest: str
    ) -> None:
        self._shapes = shapes
        self._exchange = exchange
        parts = [_SEGMENT.match(unquote(part)) for part in rest.strip("/").split("/")]
        found = [part for part in parts if part is not None]
        self._set = found[-1]["set"] if found else ""
        self._set = EXPANDED.get(self._set, self._set)
        self._single = bool(found) and found[-1]["key"] is not None

    def problems(self) -> Iterator[str]:
        exchange = self._exchange
        if exchange.status >= 400:
            yield from self._error_problems()
            return
        shape = self._shapes.get(self._set)
        if shape is None:
            return
        yield from self._parameter_problems(shape)
        if exchange.method in {"POST", "PATCH"}:
            yield from self._body_problems(shape)
        yield from self._answer_problems()

    def _parameter_problems(self, shape: Mapping[str, str]) -> Iterator[str]:
        for name, value in self._exchange.parameters:
            if name not in {"$select", "$filter", "$orderby"}:
                continue
            bare = _LITERAL.sub(" ", _STRING.sub(" ", value))
            for word in _NAME.findall(bare):
                if word not in _WORDS and word not in shape:
                    yield f"{name} names {word}, which {self._set} has not"

    def _body_problems(self, shape: Mapping[str, str]) -> Iterator[str]:
        try:
            body = self._exchange.request_json()
        except orjson.JSONDecodeError:
            yield "the body is no JSON"
            return
        for name in body:
            if name not in shape:
                yield f"sent {name}, which {self._set} has not"

    def _answer_problems(self) -> Iterator[str]:
        if "json" not in self._exchange.response_headers.get("content-type", ""):
            return
        try:
            content = self._exchange.response_json()
        except orjson.JSONDecodeError:
            return  # cut short by a fault
        if not isinstance(content, dict) or "@odata.context" not in content:
            yield "an answer has no @odata.context"
            return
        whole = self._exchange.parameter("$select") is None
        records = content.get("value") if isinstance(content.get("value"), list) else [content]
        for record in records or ():
            yield from self._record_problems(self._set, record, whole=whole)

    def _record_problems(
        self, entity_set: str, record: Mapping[str, Any], *, whole: bool
    ) -> Iterator[str]:
        shape = self._shapes.get(entity_set, {})
        for name, value in record.items():
            if "@" in name:
                continue
            if name in shape:
                if not _fits(shape[name], value):
                    yield f"{entity_set}.{name} is no {shape[name]}"
            elif isinstance(value, dict | list) or value is None:
                yield from self._nested_problems(entity_set, name, value)
            else:
                yield f"{entity_set}.{name} is in no shape"
        if whole:
            missing = [
                name for name, kind in shape.items() if name not in record and kind != "stream"
            ]
            yield from (f"{entity_set}.{name} is missing" for name in missing)

    def _nested_problems(self, entity_set: str, name: str, value: Any) -> Iterator[str]:
        target = EXPANDED.get(name, name)
        if target not in self._shapes:
            yield f"{entity_set}.{name} is no known navigation"
            return
        nested: Iterable[Any] = value if isinstance(value, list) else [value] if value else []
        for record in nested:
            # A nested $select may leave properties out.
            yield from self._record_problems(target, record, whole=False)

    def _error_problems(self) -> Iterator[str]:
        exchange = self._exchange
        if "json" not in exchange.response_headers.get("content-type", ""):
            return
        try:
            error = exchange.response_json()["error"]
            readable = isinstance(error["code"], str) and isinstance(error["message"], str)
        except (orjson.JSONDecodeError, KeyError, TypeError):
            if not exchange.response_body:
                return
            yield "an error has no error.code and error.message"
            return
        if not readable:
            yield "error.code or error.message is no text"


def _fits(kind: str, value: Any) -> bool:
    """Whether a value has the type that a shape names."""
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "decimal":
        return isinstance(value, _NUMBER) and not isinstance(value, bool)
    if kind in {"integer", "int64"}:
        return isinstance(value, int) and not isinstance(value, bool)
    form = _FORMS["enum" if kind.startswith("NAV.") else kind]
    return isinstance(value, str) and form.match(value) is not None
