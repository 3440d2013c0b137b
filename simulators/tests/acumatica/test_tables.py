"""The simulator's own tables against the published metadata: fields, types, views, versions."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulators.acumatica.contract.endpoints import VERSIONS, system_contract
from simulators.acumatica.contract.tables import tables
from tests.contracts.acumatica import AcumaticaContract


@pytest.fixture(scope="module")
def contract(contracts_dir: Path) -> AcumaticaContract:
    return AcumaticaContract(contracts_dir)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_type_has_the_fields_of_its_version(
    contract: AcumaticaContract, version: str
) -> None:
    published = contract.definition(version).types
    offered = system_contract(version)
    for name, fields in offered.types.items():
        ours = {
            field.name: (field.kind.wrapper if field.kind else field.type_name, field.many)
            for field in fields.values()
        }
        theirs = {
            field: (of.wrapper or of.type_name, of.many)
            for field, of in published.get(name, {}).items()
        }
        assert ours == theirs, name


def test_every_field_comes_from_the_published_view(contract: AcumaticaContract) -> None:
    definition = contract.definition("24.200.001")
    for name, entity in tables().entities.items():
        assert entity.screen == definition.entities[name]
        ours = {path: (view.name, view.dac_field) for path, view in entity.views.items()}
        published = definition.views[name]
        assert ours.items() >= published.items(), name
        gone = {path for path in ours if path not in published}
        assert not any(definition.resolve(name, path) for path in gone), gone


def test_the_cursor_exists_only_since_the_version_on_record() -> None:
    def has(entity: str, field: str) -> list[str]:
        return [version for version in VERSIONS if field in system_contract(version).types[entity]]

    assert has("SalesInvoice", "LastModifiedDateTime") == list(VERSIONS[2:])
    assert has("StockItem", "LastModifiedDateTime") == list(VERSIONS[3:])
    assert has("StockItem", "LastModified") == list(VERSIONS)
    assert has("Customer", "Email") == list(VERSIONS[2:])
