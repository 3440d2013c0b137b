"""What the signed-in user may read: forms, branches, restricted customers, archived documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from simulators.acumatica.contract.tables import Entity, tables
from simulators.acumatica.records.conditions import Visibility
from simulators.acumatica.records.rows import Row

_BRANCH: Final[Mapping[str, str]] = {
    "Invoice": "LinkBranch",
    "Payment": "Branch",
    "SalesInvoice": "FinancialDetails/Branch",
    "SalesOrder": "FinancialSettings/Branch",
}
"""Where a document names its branch."""
_RESTRICTED: Final[Mapping[str, str]] = {"Customer": "RestrictVisibilityTo"}


class UnknownBranchError(ValueError):
    """The header `PX-CbApiBranch` names a branch that the tenant does not have."""


class Rights:
    """The rights of the one user; everything is allowed at first.

    Attributes:
        branches: the branches of the tenant.
        own_branches: the branches whose documents the user sees; None = of all.
        groups: the companies and branches that the user belongs to: a customer whose visibility
            is restricted to another one is left out, silently; None = sees every customer.
    """

    def __init__(self) -> None:
        self.branches: frozenset[str] = frozenset({"MAIN"})
        self.own_branches: frozenset[str] | None = None
        self.groups: frozenset[str] | None = None
        self._forbidden: set[str] = set()

    def forbid(self, *names: str) -> None:
        """Take away entities (`Customer`) or forms (`AR303000`): 403."""
        self._forbidden.update(names)

    def allow(self, *names: str) -> None:
        """Give them back."""
        self._forbidden.difference_update(names)

    def may_read(self, entity: Entity) -> bool:
        """Whether the user has rights to the form behind an entity."""
        return self._forbidden.isdisjoint({entity.name, entity.source, entity.screen})

    def visibility(self, entity: Entity, headers: Mapping[str, str]) -> Visibility:
        """The records of an entity that a request of this user sees.

        Raises:
            UnknownBranchError: the request names a branch that is not there.
        """
        archived = headers.get("px-apiarchive", "").upper() == "SHOW"
        branch = headers.get("px-cbapibranch", "")
        if branch and branch not in self.branches:
            raise UnknownBranchError(branch)
        seen = frozenset({branch}) if branch else self.branches
        if self.own_branches is not None:
            seen &= self.own_branches
        by_branch = seen if branch or self.own_branches is not None else None
        tests = [
            *_among(entity, _BRANCH.get(entity.source), by_branch),
            *_among(entity, _RESTRICTED.get(entity.source), self.groups),
        ]
        groups = None if self.groups is None else sorted(self.groups)
        key = f"{archived}:{by_branch and sorted(by_branch)}:{groups}"
        return Visibility(key, archived, _all_of(tests) if tests else None)


def _among(
    entity: Entity, path: str | None, allowed: frozenset[str] | None
) -> Iterable[Callable[[Row], bool]]:
    if path is None or allowed is None:
        return ()
    place = tables().entities[entity.source].canonical(path)
    return ((lambda row: row.values.get(place) in {None, *allowed}),)


def _all_of(tests: list[Callable[[Row], bool]]) -> Callable[[Row], bool]:
    return lambda row: all(test(row) for test in tests)
