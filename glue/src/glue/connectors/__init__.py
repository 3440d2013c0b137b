"""Connectors, as the runner uses them: started, watched, listened to."""

from glue.connectors.client import Client, Seat
from glue.connectors.command import connector_for

__all__ = ["Client", "Seat", "connector_for"]
