"""Fixtures that put rows and documents into a simulated environment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from simulators.business_central import BusinessCentralSimulator
from simulators.business_central.business.amounts import LineInput


@pytest.fixture
def add() -> Callable[..., str]:
    """Adds a customer that was last changed some time ago; returns its id."""

    def make(erp: BusinessCentralSimulator, number: str, ago: timedelta, **options: Any) -> str:
        values = {"number": number, "displayName": number}
        return erp.put("customers", values, modified=erp.clock.now() - ago, **options)

    return make


@pytest.fixture
def buy() -> Callable[..., str]:
    """Drafts an invoice for the first customer, with a line for each price; returns its id."""

    def make(erp: BusinessCentralSimulator, *prices: str, **written: Any) -> str:
        if not erp.company().counts().get("customers"):
            erp.put(
                "customers",
                {"number": "C1", "displayName": "Buyer", "email": "buyer@planted.example"},
            )
        lines = [LineInput("Account", "40100", "Goods", Decimal(1), Decimal(of)) for of in prices]
        return erp.documents().draft("C1", lines, **written)

    return make
