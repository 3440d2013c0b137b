"""A stand-in for Business Central's API v2.0, with the Entra token endpoint in front of it."""

from simulators.business_central.data.bulk import bulk_customers
from simulators.business_central.data.month import bulk_month
from simulators.business_central.simulator import BusinessCentralSimulator
from simulators.business_central.store.company import CompanyData

__all__ = ["BusinessCentralSimulator", "CompanyData", "bulk_customers", "bulk_month"]
