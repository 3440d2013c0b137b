"""The ERPs with which the story can be told: one small module each."""

from typing import Any

from demo.erps.acumatica import Acumatica
from demo.erps.base import NEW_CUSTOMER_EMAIL, Erp
from demo.erps.business_central import BusinessCentral

AnyErp = Erp[Any]
ERPS: dict[str, type[AnyErp]] = {erp.key: erp for erp in (Acumatica, BusinessCentral)}

__all__ = ["ERPS", "NEW_CUSTOMER_EMAIL", "Acumatica", "AnyErp", "BusinessCentral", "Erp"]
