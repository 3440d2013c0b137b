"""Airbyte source for Acumatica ERP and MYOB Acumatica."""

from source_acumatica.source import SourceAcumatica

__all__ = ["SourceAcumatica"]
