"""The protocol's message types; the CDK exports them without saying so to a type checker."""

from airbyte_cdk.models import (  # type: ignore[attr-defined]  # re-exported without __all__
    AirbyteCatalog,
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteMessageSerializer,
    AirbyteStateMessage,
    ConfiguredAirbyteCatalog,
    ConnectorSpecification,
    FailureType,
    Status,
    StreamDescriptor,
)

__all__ = [
    "AirbyteCatalog",
    "AirbyteConnectionStatus",
    "AirbyteMessage",
    "AirbyteMessageSerializer",
    "AirbyteStateMessage",
    "ConfiguredAirbyteCatalog",
    "ConnectorSpecification",
    "FailureType",
    "Status",
    "StreamDescriptor",
]
