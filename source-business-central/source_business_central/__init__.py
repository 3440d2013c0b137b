"""Airbyte source for Microsoft Dynamics 365 Business Central."""

from source_business_central.source import SourceBusinessCentral

__all__ = ["SourceBusinessCentral"]
