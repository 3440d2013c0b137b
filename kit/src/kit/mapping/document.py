"""A catalog's YAML with every place known by file, line and dotted path.

The YAML is plain: no anchors, no tags, no duplicate keys. Only `true`, `false`, `null` and
decimal numbers are more than text, so `NO`, `00501` and `1_000` stay what they look like.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import yaml

from kit.mapping.errors import CatalogError
from kit.protocol.jsonlines import EXACT_DIGITS, significant_digits

_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_WORDS: Final = {"true": True, "false": False, "null": None, "~": None, "": None}


class _Loader(yaml.SafeLoader):
    """Composes nodes only; `Spot` gives plain scalars their meaning."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call] # the same
            raise yaml.MarkedYAMLError(
                problem="aliases are not used in catalogs", problem_mark=mark
            )
        return super().compose_node(parent, index)


@dataclass(frozen=True, slots=True)
class Spot:
    """One place in a catalog.

    Args:
        file: The file, as the user knows it.
        label: Dotted path of the place.
        line: Its line, counted from 1.
        node: The YAML node there.
    """

    file: str
    label: str
    line: int
    node: yaml.Node

    def fail(self, message: str) -> CatalogError:
        """Return the error that names this place."""
        return CatalogError(message, file=self.file, line=self.line, field=self.label)

    @property
    def is_mapping(self) -> bool:
        """Whether this is a mapping."""
        return isinstance(self.node, yaml.MappingNode)

    @property
    def is_list(self) -> bool:
        """Whether this is a list."""
        return isinstance(self.node, yaml.SequenceNode)

    @property
    def plain(self) -> Any:  # noqa: ANN401 - any JSON value
        """The content as text, bool, None, int, Decimal, list and dict."""
        if isinstance(self.node, yaml.MappingNode):
            return {name: spot.plain for name, spot in self.items()}
        if isinstance(self.node, yaml.SequenceNode):
            return [spot.plain for spot in self.each()]
        value = _scalar(self.node)
        if isinstance(value, int | Decimal) and significant_digits(Decimal(value)) > EXACT_DIGITS:
            raise self.fail(f"a number has at most {EXACT_DIGITS} digits; put quotes around a text")
        return value

    def items(self, known: Collection[str] | None = None) -> Iterator[tuple[str, Spot]]:
        """Iterate over the entries of a mapping.

        Args:
            known: The keys that may occur; None allows all.

        Raises:
            CatalogError: It is no mapping, a key is unknown, or a key comes twice.
        """
        if not isinstance(self.node, yaml.MappingNode):
            raise self.fail(f"expected a mapping, got {self._kind}")
        seen: set[str] = set()
        for key, node in self.node.value:
            name = str(key.value)
            spot = self._at(f"{self.label}.{name}" if self.label else name, node, key)
            if name in seen:
                raise spot.fail(f"`{name}` is given twice")
            if known is not None and name not in known:
                raise self._at(self.label, node, key).fail(
                    f"unknown key `{name}` (known: {', '.join(known)})"
                )
            seen.add(name)
            yield name, spot

    def entries(self, known: Collection[str]) -> dict[str, Spot]:
        """Return the entries of a mapping whose keys are all known."""
        return dict(self.items(known))

    def each(self) -> Iterator[Spot]:
        """Iterate over a list.

        Raises:
            CatalogError: It is no list.
        """
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.fail(f"expected a list, got {self._kind}")
        for index, node in enumerate(self.node.value):
            yield self._at(f"{self.label}[{index}]", node, node)

    def named(self, label: str) -> Spot:
        """Return the same place under another label, for errors that speak of its parent."""
        return Spot(self.file, label, self.line, self.node)

    def text(self) -> str:
        """Return the text that stands here.

        Raises:
            CatalogError: It is something else.
        """
        value = None if self.is_mapping or self.is_list else self.plain
        if not isinstance(value, str):
            raise self.fail(f"expected text, got {self._kind}")
        return value

    def flag(self) -> bool:
        """Return the `true` or `false` that stands here.

        Raises:
            CatalogError: It is something else.
        """
        value = self.plain
        if not isinstance(value, bool):
            raise self.fail(f"expected true or false, got {self._kind}")
        return value

    def count(self, *, least: int = 0) -> int:
        """Return the whole number that stands here.

        Raises:
            CatalogError: It is something else, or less than `least`.
        """
        value = self.plain
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self.fail(f"expected a whole number of at least {least}, got {self._kind}")
        return value

    def _at(self, label: str, node: yaml.Node, mark: yaml.Node) -> Spot:
        return Spot(self.file, label, mark.start_mark.line + 1, node)

    @property
    def _kind(self) -> str:
        if self.is_mapping:
            return "a mapping"
        if self.is_list:
            return "a list"
        value = self.plain
        if isinstance(value, bool):
            return "true" if value else "false"
        if value is None:
            return "nothing"
        return f"the text `{value}`" if isinstance(value, str) else f"the number {value}"


def _scalar(node: yaml.Node) -> str | bool | int | Decimal | None:
    text = str(node.value)
    if getattr(node, "style", None):  # quoted, or a block of text
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _NUMBER.fullmatch(text):
        return Decimal(text) if "." in text else int(text)
    return text


def read_document(text: str, *, file: str) -> Spot:
    """Parse a catalog's text and return its root.

    Raises:
        CatalogError: It is no YAML, is empty, or uses what catalogs do not allow.
    """
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        message = f"this is no YAML: {error.problem or error.context}"
        raise CatalogError(message, file=file, line=line, field="") from None
    except yaml.YAMLError as error:
        raise CatalogError(f"this is no YAML: {error}", file=file, line=1, field="") from None
    except RecursionError:
        raise CatalogError("it is nested too deeply", file=file, line=1, field="") from None
    if node is None:
        raise CatalogError("the file is empty", file=file, line=1, field="")
    return Spot(file, "", node.start_mark.line + 1, node)
