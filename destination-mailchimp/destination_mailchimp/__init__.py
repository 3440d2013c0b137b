"""Airbyte destination connector for Mailchimp.

`DestinationMailchimp` is found here by Airbyte's tools; it is loaded only when it is asked for,
since it needs the CDK, and the console script does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from destination_mailchimp.destination import DestinationMailchimp

__all__ = ["DestinationMailchimp"]


def __getattr__(name: str) -> type[DestinationMailchimp]:
    if name == "DestinationMailchimp":
        from destination_mailchimp.destination import (  # noqa: PLC0415 - the CDK takes seconds
            DestinationMailchimp,
        )

        return DestinationMailchimp
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
