"""`GET /environments/v1.2`: the environments of the tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson

from simulators.business_central.odata.problems import unknown_segment
from simulators.business_central.service.calls import Reply

if TYPE_CHECKING:
    from simulators.business_central.simulator import BusinessCentralSimulator

_VERSIONS: Final = frozenset({"v1.0", "v1.1", "v1.2"})


def environments_reply(erp: BusinessCentralSimulator, version: str) -> Reply:
    """The one environment that there is.

    Raises:
        ServiceError: no such version.
    """
    if version not in _VERSIONS:
        raise unknown_segment(version)
    tenant, name = erp.application.tenant_id, erp.environment
    row = {
        "aadTenantId": tenant,
        "applicationFamily": "BusinessCentral",
        "type": "Sandbox" if erp.database.sandbox else "Production",
        "name": name,
        "countryCode": "US",
        "webServiceUrl": erp.base_url,
        "webClientLoginUrl": f"{erp.base_url}/{tenant}/{name}",
        "ringName": "PROD",
    }
    headers = {"api-supported-versions": ", ".join(sorted(_VERSIONS))}
    return Reply(200, orjson.dumps({"value": [row]}).decode(), headers)
