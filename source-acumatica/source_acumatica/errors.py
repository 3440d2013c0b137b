"""Failures told in one sentence.

Each message says what happened, which setting or entity it concerns, and what to do next. None
carries a response body, a secret or a stack trace: the first two may hold personal data, the last
says nothing to the person who can mend the setting.
"""

from collections.abc import Sequence

from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_acumatica.protocol import AirbyteMessage, FailureType, StreamDescriptor


class AcumaticaError(AirbyteTracedException):
    """A failure that the connector understands.

    Args:
        message: The sentence for the user.
        failure_type: Whom it concerns: the settings, a passing fault, or the connector itself.
    """

    def __init__(self, message: str, failure_type: FailureType = FailureType.system_error) -> None:
        super().__init__(internal_message=message, message=message, failure_type=failure_type)

    def as_airbyte_message(
        self, stream_descriptor: StreamDescriptor | None = None
    ) -> AirbyteMessage:
        """Return the TRACE message, without a stack trace."""
        return without_stack_trace(super().as_airbyte_message(stream_descriptor))


class ConfigError(AcumaticaError):
    """A setting, a right or a form in Acumatica has to be changed by a person."""

    def __init__(self, message: str) -> None:
        super().__init__(message, FailureType.config_error)


class CannotOptimizeError(ConfigError):
    """A list that Acumatica can only answer record by record.

    Raised for the answer to a list that touches a view with a delegate; a read of one record by
    its key goes through. Uncaught, it tells a person what to mend.

    Args:
        entity: The entity that was listed.
        fields: The fields that Acumatica names, each with its view, such as
            `Email (view DefContact)`; empty where it names none.

    Attributes:
        entity: As above.
        fields: As above.
    """

    def __init__(self, entity: str, fields: Sequence[str] = ()) -> None:
        self.entity = entity
        self.fields = tuple(fields)
        computed = ", ".join(self.fields) or "a field that it does not name"
        super().__init__(
            f"Acumatica cannot list {entity}, since a customisation computes {computed}. Have the "
            "view's delegate removed by who made the customisation, or leave this stream out."
        )


class NotReadableError(ConfigError):
    """The user may not read an entity, or a feature behind it is not set up.

    Args:
        message: The sentence for the user.
        entity: The entity.
        form: The form whose rights or settings decide.

    Attributes:
        entity: As above.
        form: As above.
    """

    def __init__(self, message: str, entity: str, form: str) -> None:
        self.entity = entity
        self.form = form
        super().__init__(message)


class NoSeatError(ConfigError):
    """Every API session of the licence is taken."""


class TokenRefusedError(ConfigError):
    """A token that was just got is refused."""


class NothingThereError(ConfigError):
    """The endpoint has no such entity, or the instance no such endpoint."""


class MissingRecordError(AcumaticaError):
    """A record that was asked for by its key is not there any more."""


class PassingError(AcumaticaError):
    """Acumatica was busy or away for longer than the retries last; the next run may succeed."""

    def __init__(self, message: str) -> None:
        super().__init__(message, FailureType.transient_error)


def without_stack_trace(message: AirbyteMessage) -> AirbyteMessage:
    """Clear the stack trace of a TRACE message.

    Args:
        message: Any message; others than error traces pass unchanged.
    """
    if message.trace is not None and message.trace.error is not None:
        message.trace.error.stack_trace = None
    return message
