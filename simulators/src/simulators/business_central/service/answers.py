"""HTTP answers: chunked JSON, errors with a correlation id, and the two that are XML."""

from __future__ import annotations

import uuid
from typing import Final

import orjson
from starlette.responses import Response

from simulators.business_central.odata.problems import ServiceError
from simulators.business_central.service.calls import Reply

CONTENT_TYPE: Final = "application/json; odata.metadata=minimal; odata.streaming=true"
_XML: Final = (
    '<error xmlns="http://docs.oasis-open.org/odata/ns/metadata">\n'
    "    <code>{code}</code>\n"
    "    <message>{message}</message>\n"
    "</error>\n"
)


def error_reply(error: ServiceError) -> Reply:
    """The JSON of a refusal."""
    message = f"{error.message}  CorrelationId:  {uuid.uuid4()}."
    content = {"error": {"code": error.code, "message": message}}
    return Reply(error.status, orjson.dumps(content).decode(), error.headers)


def http_answer(reply: Reply) -> Response:
    """A reply with the headers that every answer has, and no length: it is chunked."""
    answer = Response(reply.text.encode(), reply.status, media_type=None)
    del answer.headers["content-length"]
    if reply.status == 204:  # noqa: PLR2004 - no content
        return answer
    correlation = str(uuid.uuid4())
    headers = {
        "content-type": CONTENT_TYPE,
        "OData-Version": "4.0",
        "Request-Id": str(uuid.uuid4()),
        "ms-correlation-x": correlation,
        "mise-correlation-id": correlation,
    }
    for name, value in (headers | dict(reply.headers)).items():
        answer.headers[name] = value
    return answer


def no_environment() -> Response:
    """A wrong environment name: XML, whatever was asked for."""
    return _xml(404, "NoEnvironment", "Environment does not exist.")


def xml_unauthorized() -> Response:
    """What some gateways answer where a token is for another tenant."""
    return _xml(401, "Unauthorized", "The credentials provided are incorrect")


def _xml(status: int, code: str, message: str) -> Response:
    return Response(_XML.format(code=code, message=message), status, media_type="application/xml")
