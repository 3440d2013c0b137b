"""Keep response bodies and needless tracebacks out of the log.

The CDK writes whole response bodies into debug lines and into the messages of failed requests. An
ERP's answer is personal data, so every handler gets a filter, whatever the log level.
"""

import logging

from source_business_central.errors import BusinessCentralError

_BODY_ATTRIBUTES = ("body", "request_body", "headers")
_BODY_MARKS = ("Response (body)", "Response Content", "Response Text", "Request (body)")
WITHHELD = (
    "An HTTP exchange was logged here; its content is withheld, since it may hold personal data."
)


class PrivacyFilter(logging.Filter):
    """Drops response bodies, request headers and the tracebacks of understood failures."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Clean the record in place and let it pass.

        Args:
            record: The record that a handler is about to write.
        """
        for attribute in _BODY_ATTRIBUTES:
            record.__dict__.pop(attribute, None)
        if record.exc_info and isinstance(record.exc_info[1], BusinessCentralError):
            record.exc_info = None
            record.exc_text = None
        if any(mark in record.getMessage() for mark in _BODY_MARKS):
            record.msg, record.args = WITHHELD, None
            record.exc_info = None
        return True


def keep_logs_private() -> None:
    """Put the filter on every handler of the root logger that does not have it yet."""
    for handler in logging.getLogger().handlers:
        if not any(isinstance(known, PrivacyFilter) for known in handler.filters):
            handler.addFilter(PrivacyFilter())
