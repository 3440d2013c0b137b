"""What all simulators share: server thread, exchange log, virtual clock, faults, admin routes."""

from simulators.common.admin import json_response
from simulators.common.clock import VirtualClock
from simulators.common.exchange import Exchange, ExchangeLog
from simulators.common.faults import TRANSPORT_FAULTS, Fault, Faults
from simulators.common.simulator import Simulator

__all__ = [
    "TRANSPORT_FAULTS",
    "Exchange",
    "ExchangeLog",
    "Fault",
    "Faults",
    "Simulator",
    "VirtualClock",
    "json_response",
]
