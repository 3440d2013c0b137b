"""The mapping catalog: loaded once, then a pure function from source rows to objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kit.mapping import checking
from kit.mapping.compiling import Parts, compile_parts
from kit.mapping.convert import is_empty, to_number, to_text
from kit.mapping.document import Spot, read_document
from kit.mapping.errors import BadValueError, CatalogError, MissingRowError
from kit.mapping.results import Lookup, Money, Record, Result, Skipped, no_rows
from kit.mapping.scope import Scope
from kit.mapping.variables import resolve_variables
from kit.protocol.jsonlines import content_hash
from kit.protocol.reasons import Reason

_IN_PACKAGE: Final = Path(__file__).parents[1] / "catalogs"
_IN_REPOSITORY: Final = Path(__file__).parents[4] / "catalogs"
SHIPPED: Final = _IN_PACKAGE if _IN_PACKAGE.is_dir() else _IN_REPOSITORY
"""Folder of the shipped catalogs: inside an installed package, beside the kit in a checkout."""
_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Catalog:
    """A compiled catalog.

    Args:
        name: What it calls itself.
        file: Where it was read from, as the user knows it.
        hash: SHA-256 over its content and its variables; the same content gives the same hash.
        parts: What was compiled.
    """

    name: str
    file: str
    hash: str
    parts: Parts

    @property
    def levels(self) -> tuple[tuple[str, ...], ...]:
        """Destination objects in the order of work; those of one tuple may be sent together."""
        return self.parts.levels

    @property
    def source_streams(self) -> tuple[str, ...]:
        """Source streams that the rules need, in the order in which the catalog lists them."""
        return tuple(self.parts.stream_spots)

    @property
    def also_from(self) -> Mapping[str, tuple[str, ...]]:
        """For each source stream, other streams that bring its rows, if the source has them."""
        return {
            name: source.also_from
            for name, source in self.parts.sources.items()
            if source.also_from and name in self.parts.stream_spots
        }

    @property
    def lookup_fields(self) -> Mapping[str, tuple[str, ...]]:
        """For each stream that is looked up, the top-level fields by which it is."""
        return self.parts.lookup_fields

    def map(self, stream: str, record: Record, lookup: Lookup = no_rows) -> list[Result]:
        """Map one source row.

        Args:
            stream: Its stream.
            record: The row, with its nulls.
            lookup: Finds rows of other streams.

        Returns:
            One result for each rule that is about this row, or for each element where a rule
            fans out. At least one, unless the catalog reads the stream for lookups only. A value
            of the wrong type gives `Skipped` with the reason `bad_value`; nothing is raised.
        """
        rules = self.parts.rules_of.get(stream, ())
        results = [result for rule in rules for result in rule.apply(record, lookup)]
        if results or not rules:
            return results
        detail = "no rule of the catalog is about this row"
        return [Skipped(rules[0].name, rules[0].object, Reason.CATALOG_RULE, detail)]

    def money(self, stream: str, record: Record, lookup: Lookup = no_rows) -> Money | None:
        """Return what a row adds to the ERP's total.

        Returns:
            None where the catalog names no money for the stream, where the row has no amount or
            no currency, and where the amount cannot be read exactly: such a row is also refused
            by the rules that use the amount.
        """
        source = self.parts.sources.get(stream)
        if source is None or source.amount is None or source.currency is None:
            return None
        scope = Scope(record, lookup)
        try:
            amount, currency = source.amount(scope), source.currency(scope)
            if is_empty(amount) or is_empty(currency):
                return None
            return Money(to_number(amount), to_text(currency))
        except (BadValueError, MissingRowError):
            return None

    def merge(self, object: str, fragments: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:  # noqa: A002 - the protocol's word
        """Make one object of all fragments that share its key, also where it is only one.

        Args:
            object: Destination object.
            fragments: The `data` of each `Mapped`, in any order, also read back from JSON.

        Returns:
            None where all of them only add to an object (`adds`), and none makes it.

        Raises:
            ValueError: The catalog has no such object, there is no fragment, or amounts cannot be
                added exactly.
        """
        if object not in self.parts.mergers:
            raise ValueError(f"the catalog {self.name} has no object `{object}`")
        return self.parts.mergers[object].merge(fragments)

    def key_of(self, object: str, data: Mapping[str, Any]) -> str:  # noqa: A002 - the protocol's word
        """Return the key of an object.

        Raises:
            ValueError: The catalog has no such object, or a field of the key is empty.
        """
        if object not in self.parts.keys:
            raise ValueError(f"the catalog {self.name} has no object `{object}`")
        key = self.parts.keys[object].of(data)
        if key is None:
            raise ValueError(f"the key of `{object}` needs {self.parts.keys[object].needs}")
        return key

    def problems(
        self,
        source_schemas: Mapping[str, Mapping[str, Any]],
        destination_schemas: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> list[CatalogError]:
        """Hold the catalog against the schemas of both sides.

        Args:
            source_schemas: JSON schema of each source stream, as `discover` gives it.
            destination_schemas: JSON schema of each object; None if the destination has none.

        Returns:
            A path that the source does not have; a field that the destination does not take, or
            needs and does not get, or wants of another type. Empty if all is well.
        """
        found = checking.source_problems(self.parts.usage, self.parts.stream_spots, source_schemas)
        if destination_schemas is not None:
            found += checking.destination_problems(
                self.parts.rules, self.parts.mergers, destination_schemas
            )
        return sorted(found, key=lambda error: (error.line, error.field))


def load_catalog(source: str | Path, *, variables: Mapping[str, Any] | None = None) -> Catalog:
    """Load a catalog from a file.

    Args:
        source: A file, or the name of a shipped catalog.
        variables: Values of the catalog's variables.

    Raises:
        CatalogError: There is no such file, or something in it is wrong; names file, line, field.
    """
    path, shown = locate_catalog(source)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        message = f"there is no such catalog. Shipped ones are {', '.join(shipped())}"
        message += "; one of your own is named by its path, such as ./my-catalog.yaml"
        raise CatalogError(message, file=shown, line=1, field="") from None
    except (OSError, UnicodeDecodeError) as error:
        cause = getattr(error, "strerror", None) or "it is no UTF-8 text"
        message = f"the catalog cannot be read: {cause}"
        raise CatalogError(message, file=shown, line=1, field="") from None
    return parse_catalog(text, file=shown, variables=variables)


def parse_catalog(
    text: str, *, file: str = "catalog", variables: Mapping[str, Any] | None = None
) -> Catalog:
    """Compile a catalog's text.

    Args:
        text: The YAML.
        file: How errors call it.
        variables: Values of the catalog's variables.

    Raises:
        CatalogError: Something in it is wrong; names file, line and field.
    """
    root = read_document(text, file=file)
    try:
        return _compile(root, dict(variables or {}))
    except RecursionError:
        raise CatalogError("it is nested too deeply", file=file, line=1, field="") from None


def _compile(root: Spot, given: Mapping[str, Any]) -> Catalog:
    resolved = resolve_variables(root, given)
    parts = compile_parts(root, resolved)
    content = {"format": _FORMAT, "content": root.plain, "variables": resolved}
    return Catalog(parts.name, root.file, content_hash(content), parts)


def shipped() -> list[str]:
    """Return the names of the catalogs that come with this package."""
    files = sorted(SHIPPED.glob("*.yaml"))
    return [file.stem for file in files if not file.name.endswith(".tests.yaml")]


def locate_catalog(source: str | Path) -> tuple[Path, str]:
    """Return a catalog's file, and how errors call it."""
    if isinstance(source, str) and "/" not in source and not source.endswith((".yaml", ".yml")):
        return SHIPPED / f"{source}.yaml", f"catalogs/{source}.yaml"
    return Path(source), str(source)
