"""A stand-in for Acumatica's contract-based REST API, contract version 4."""

from simulators.acumatica.data.bulk import bulk_customers, bulk_invoices
from simulators.acumatica.data.loading import AcumaticaData
from simulators.acumatica.simulator import AcumaticaSimulator

__all__ = ["AcumaticaData", "AcumaticaSimulator", "bulk_customers", "bulk_invoices"]
