"""A stand-in for Acumatica's contract-based REST API, contract version 4, and its OData service."""

from simulators.acumatica.access.sign_in import RefreshLife
from simulators.acumatica.contract.endpoints import OwnEntity, OwnField
from simulators.acumatica.contract.tables import Kind
from simulators.acumatica.data.bulk import bulk_customers, bulk_invoices
from simulators.acumatica.data.loading import AcumaticaData
from simulators.acumatica.simulator import AcumaticaSimulator

__all__ = [
    "AcumaticaData",
    "AcumaticaSimulator",
    "Kind",
    "OwnEntity",
    "OwnField",
    "RefreshLife",
    "bulk_customers",
    "bulk_invoices",
]
