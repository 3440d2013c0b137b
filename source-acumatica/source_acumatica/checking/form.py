"""Whether a config has the form that the specification describes, told in plain words.

A validator's words ("None is not of type 'string'") help nobody who fills in a form.
"""

from collections.abc import Mapping
from typing import Any, Final

from source_acumatica.errors import ConfigError

_Schema = Mapping[str, Any]


def refuse_misshapen(config: Mapping[str, Any], specification: _Schema) -> None:
    """Stop at the first setting that is missing or of the wrong kind. A null counts as absent.

    Args:
        config: The user's config.
        specification: The JSON schema of the config (`connection_specification`).

    Raises:
        ConfigError: Naming the setting, and what it has to be.
    """
    settings: _Schema = specification["properties"]
    for name in specification.get("required", ()):
        if config.get(name) in (None, "", {}):
            raise ConfigError(f"Setting `{name}` is missing. {settings[name]['description']}")
    for name, schema in settings.items():
        _refuse_value(name, schema, config.get(name))


def _refuse_value(name: str, schema: _Schema, value: object) -> None:
    if value is None:
        return
    if not _fits(schema, value):
        raise ConfigError(f"Setting `{name}` must be {_wanted(schema)}.")
    if isinstance(value, Mapping):
        fields = _alternative(name, schema, value).get("properties", {})
        for inner, field in fields.items():
            _refuse_value(f"{name}.{inner}", field, value.get(inner))
    elif isinstance(value, list):
        for number, item in enumerate(value, 1):
            _refuse_value(f"{name}[{number}]", schema.get("items", {}), item)


def _alternative(name: str, schema: _Schema, value: Mapping[str, Any]) -> _Schema:
    """Return the alternative of a `oneOf` that the value chose, or the schema itself."""
    alternatives = schema.get("oneOf")
    if not alternatives:
        return schema
    fields = alternatives[0]["properties"]
    kind = next(field for field, described in fields.items() if "const" in described)
    named = {part["properties"][kind]["const"]: part for part in alternatives}
    if value.get(kind) not in named:
        raise ConfigError(f"Setting `{name}.{kind}` must be {' or '.join(named)}.")
    chosen: _Schema = named[value[kind]]
    return chosen


def _fits(schema: _Schema, value: object) -> bool:
    kinds = schema.get("type", [])
    allowed = [kinds] if isinstance(kinds, str) else kinds
    if allowed and not any(_is(kind, value) for kind in allowed):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if isinstance(value, int | float) and not isinstance(value, bool):
        lowest, highest = schema.get("minimum", value), schema.get("maximum", value)
        return bool(lowest <= value <= highest)
    return True


def _is(kind: str, value: object) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES[kind])


def _wanted(schema: _Schema) -> str:
    if "enum" in schema:
        return "one of " + ", ".join(str(known) for known in schema["enum"])
    kinds = schema.get("type", "string")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    lowest, highest = schema.get("minimum"), schema.get("maximum")
    if lowest is not None and highest is not None:
        return f"{_NAMES[kind]} from {lowest} to {highest}"
    return _NAMES[kind] + (f" of {lowest} or more" if lowest is not None else "")


_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": Mapping,
    "null": type(None),
}
_NAMES: Final[Mapping[str, str]] = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a group of settings",
}
