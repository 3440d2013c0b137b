"""What the user writes: the connections file, and the references inside it."""

from glue.settings.file import load_settings
from glue.settings.model import ConnectionSettings, ConnectorSettings, Settings
from glue.settings.references import Resolved, resolve

__all__ = [
    "ConnectionSettings",
    "ConnectorSettings",
    "Resolved",
    "Settings",
    "load_settings",
    "resolve",
]
