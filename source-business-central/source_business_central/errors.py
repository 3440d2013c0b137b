"""Failures told in one sentence or two.

Each message says what happened, which setting, company or entity it concerns, and what to do
next. None carries a response body, a secret or a stack trace: the first two may hold personal
data, the last says nothing to the person who can mend the setting.
"""

from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_business_central.protocol import AirbyteMessage, FailureType, StreamDescriptor


class BusinessCentralError(AirbyteTracedException):
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


class ConfigError(BusinessCentralError):
    """A setting, a right or a page in Business Central has to be changed by a person."""

    def __init__(self, message: str) -> None:
        super().__init__(message, FailureType.config_error)


class SignInError(ConfigError):
    """A good token, or a key, is refused by Business Central itself."""


class NoRightError(ConfigError):
    """The app or user may not read an entity or a company."""


class NotServedError(ConfigError):
    """This version of Business Central does not have what was asked for."""


class PassingError(BusinessCentralError):
    """Business Central was busy or away longer than the retries last; try again later."""

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
