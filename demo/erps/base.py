"""What the story needs of an ERP."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Generic, Self, TypeVar

from demo.people import Cast
from simulators.common import Simulator
from simulators.wholesaler import Wholesaler

NEW_CUSTOMER = "C990001"
NEW_CUSTOMER_EMAIL = "office@lindqvist-tools.se"
NOBODY = Wholesaler((), (), (), (), (), (), {})
SimulatorT = TypeVar("SimulatorT", bound=Simulator)


class Erp(ABC, Generic[SimulatorT]):
    """An ERP: its simulator, its part of a connections file, and a morning at its office.

    Args:
        simulator: Its stand-in.
        data: The wholesaler that it holds; without one nobody can play in the story.
    """

    key: ClassVar[str]
    """Its name in commands, file names and connections."""
    title: ClassVar[str]
    """Its name for people."""

    def __init__(self, simulator: SimulatorT, data: Wholesaler = NOBODY) -> None:
        self.simulator = simulator
        self.data = data

    @classmethod
    @abstractmethod
    def of(cls, data: Wholesaler) -> Self:
        """Make one whose simulator holds this wholesaler."""

    @property
    def connection(self) -> str:
        """The name of its connection, and of the catalog."""
        return f"{self.key}-to-mailchimp"

    @abstractmethod
    def variables(self) -> Mapping[str, Any]:
        """Return the values of its catalog's variables."""

    @abstractmethod
    def config(self) -> dict[str, Any]:
        """Return the settings of its source; secrets stand in the environment."""

    @abstractmethod
    def secrets(self) -> dict[str, str]:
        """Return the environment that the settings refer to."""

    @abstractmethod
    def cast(self) -> Cast:
        """Choose who plays in the story."""

    @abstractmethod
    def morning(self) -> list[str]:
        """Change some rows, as people in an office do, and say in words what was done."""
