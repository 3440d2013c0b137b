"""The world of the demo: a wholesaler's ERP, a Mailchimp account, and a connections file."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml

from simulators.acumatica import AcumaticaSimulator
from simulators.mailchimp import API_KEY, MailchimpSimulator

CONNECTION = "acumatica-to-mailchimp"


def connectors(erp: AcumaticaSimulator, mailchimp: MailchimpSimulator) -> dict[str, Any]:
    """Return the `connectors` part of a connections file for two simulators."""
    return {
        "acumatica": {
            "command": ["source-acumatica"],
            "config": {
                "instance_url": erp.url,
                "endpoint_name": "Default",
                "endpoint_version": "24.200.001",
                "credentials": {
                    "auth_type": "oauth",
                    "client_id": erp.account.client_id,
                    "client_secret": "${env:ACUMATICA_CLIENT_SECRET}",
                    "refresh_token": "${env:ACUMATICA_REFRESH_TOKEN}",
                },
                "start_date": "2020-01-01T00:00:00Z",
                "lag_seconds": 0,
                "requests_per_minute": 6000,
                "window_days": 365,
            },
        },
        "mailchimp": {
            "command": ["destination-mailchimp"],
            "config": {
                "credentials": {"auth_type": "api_key", "api_key": "${env:MAILCHIMP_API_KEY}"},
                "base_url": f"{mailchimp.url}/3.0",
                "audience": "Newsletter",
                "new_member_status": "transactional",
                "store": {"id_prefix": "wholesale", "name": "Wholesale ({currency})"},
            },
        },
    }


def secrets(erp: AcumaticaSimulator) -> dict[str, str]:
    """Return the environment that the connections file refers to."""
    return {
        "ACUMATICA_CLIENT_SECRET": erp.account.client_secret,
        "ACUMATICA_REFRESH_TOKEN": erp.new_refresh_token(),
        "MAILCHIMP_API_KEY": API_KEY,
    }


def write_connections_file(
    folder: Path, erp: AcumaticaSimulator, mailchimp: MailchimpSimulator
) -> Path:
    """Write a fresh `glue.yaml` into a fresh folder, and return its path."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    path = folder / "glue.yaml"
    content = {
        "connectors": connectors(erp, mailchimp),
        "connections": {
            CONNECTION: {
                "source": "acumatica",
                "destination": "mailchimp",
                "catalog": "acumatica-to-mailchimp",
                "variables": {"company": "wholesale", "base_currency": "USD"},
            }
        },
    }
    path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True))
    return path
