"""What the service refuses, as exceptions that carry the status and the published code."""

from __future__ import annotations

from collections.abc import Mapping


class ServiceError(Exception):
    """A refusal.

    Args:
        status: the HTTP status.
        code: `Category_Detail`.
        message: the text before the correlation id.
        headers: more headers of the answer.
    """

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


def unknown_property(name: str, type_name: str) -> ServiceError:
    """A property that the type does not have."""
    return ServiceError(
        400, "BadRequest", f"Could not find a property named '{name}' on type '{type_name}'."
    )


def unknown_segment(name: str) -> ServiceError:
    """A path that leads nowhere: an unknown entity set, or a record that was deleted."""
    return ServiceError(
        404, "BadRequest_ResourceNotFound", f"Resource not found for the segment '{name}'."
    )


def bad_syntax(text: str) -> ServiceError:
    """A query option that cannot be read."""
    return ServiceError(400, "BadRequest_NotFound", text)


def bad_request(text: str) -> ServiceError:
    """A query option or body that is readable and wrong."""
    return ServiceError(400, "BadRequest", text)


def not_implemented(text: str) -> ServiceError:
    """OData that this server does not do."""
    return ServiceError(501, "BadRequest_MethodNotImplemented", text)


def incompatible(left: str, right: str, operator: str) -> ServiceError:
    """A comparison of two types that cannot be compared."""
    return bad_request(
        "A binary operator with incompatible types was detected. Found operand types "
        f"'{left}' and '{right}' for operator kind '{operator}'."
    )


def method_not_allowed(method: str, entity_set: str) -> ServiceError:
    """A write to a set that takes none."""
    return ServiceError(
        405,
        "BadRequest_MethodNotAllowed",
        f"'{method}' requests for '{entity_set}' of EdmType 'Entity' are not allowed within "
        "Microsoft Dynamics NAV OData web services.",
    )


def read_only(name: str) -> ServiceError:
    """A write to a property that cannot be written."""
    return ServiceError(400, "BadRequest_InvalidOperation", f"Control '{name}' is read-only.")


def no_permission(table: str, right: str) -> ServiceError:
    """A missing right on a table."""
    return ServiceError(
        403,
        "Internal_ServerError",
        "Sorry, the current permissions prevented the action. "
        f"(TableData {table} {right}: Base Application)",
    )


def bad_credentials(text: str = "The server has rejected the client credentials.") -> ServiceError:
    """No, or the wrong, credentials."""
    return ServiceError(
        401,
        "Authentication_InvalidCredentials",
        text,
        {"WWW-Authenticate": 'Bearer error="invalid_token"'},
    )
