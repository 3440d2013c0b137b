"""A stand-in for Acumatica's contract-based REST API, contract version 4."""

from simulators.acumatica.bulk import bulk_customers, bulk_invoices
from simulators.acumatica.loading import AcumaticaData
from simulators.acumatica.simulator import AcumaticaSimulator

__all__ = ["AcumaticaData", "AcumaticaSimulator", "bulk_customers", "bulk_invoices"]
