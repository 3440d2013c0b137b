"""A PUT of the API: from its body to a record, or to the answer that refuses it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulators.acumatica.contract.endpoints import Contract
from simulators.acumatica.contract.tables import Entity
from simulators.acumatica.records.rows import Row, Values, split_values
from simulators.acumatica.records.store import Store
from simulators.acumatica.records.values import WrongTypeError, to_micros
from simulators.acumatica.records.writes import FIXED_KEYS, merged, unwrap

if TYPE_CHECKING:
    from simulators.acumatica.simulator import AcumaticaSimulator


class WriteRefusedError(Exception):
    """A PUT that is answered with an error."""

    def __init__(self, status: int, body: object) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.body = body


def apply_put(
    erp: AcumaticaSimulator,
    contract: Contract,
    entity: Entity,
    record: Mapping[str, Any],
    headers: Mapping[str, str],
) -> Row:
    """Insert or update the record of a PUT body (wrapped values).

    Raises:
        WriteRefusedError: 412 (`If-Match`, `If-None-Match`) or 422 (a value of the wrong type).
    """
    errors: list[WrongTypeError] = []
    plain = unwrap(contract, entity.name, record, errors)
    if errors:
        raise WriteRefusedError(422, _with_errors(record, errors))
    try:
        values, details = split_values(contract, entity, plain)
    except KeyError as error:
        raise WriteRefusedError(400, _message(str(error.args[0]))) from error
    store, now = erp.store(entity.source), to_micros(erp.clock.now())
    existing = _existing(store, values, record, now)
    if headers.get("if-none-match") == "*" and existing is not None:
        raise WriteRefusedError(412, _message("The entity already exists."))
    if headers.get("if-match") == "*" and existing is None:
        raise WriteRefusedError(412, _message("The entity does not exist."))
    row = merged(store, existing, values, details, now)
    erp.book.keep(entity.source, row)
    return row


def _existing(store: Store, values: Values, record: Mapping[str, Any], now: int) -> Row | None:
    if isinstance(record.get("id"), str):
        return store.find_id(record["id"], now)
    key = tuple(str(values.get(name) or FIXED_KEYS.get(name, "")) for name in store.entity.keys)
    return store.find(key, now) if all(key) else None


def _with_errors(record: Mapping[str, Any], errors: list[WrongTypeError]) -> dict[str, Any]:
    body = dict(record)
    for error in errors:
        name = error.__notes__[0]
        given = body.get(name)
        body[name] = {**(given if isinstance(given, dict) else {}), "error": str(error)}
    return body


def _message(text: str) -> object:
    return {"message": text}
