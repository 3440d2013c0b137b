"""The world of the demo: a wholesaler's ERP, a Mailchimp account, and a connections file."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml

from demo.erps import AnyErp
from simulators.mailchimp import API_KEY, MailchimpSimulator


def connectors(erp: AnyErp, mailchimp: MailchimpSimulator) -> dict[str, Any]:
    """Return the `connectors` part of a connections file for an ERP and a Mailchimp account."""
    return {
        erp.key: {"command": [f"source-{erp.key}"], "config": erp.config()},
        "mailchimp": {
            "command": ["destination-mailchimp"],
            "config": {
                "credentials": {"auth_type": "api_key", "api_key": "${env:MAILCHIMP_API_KEY}"},
                "base_url": f"{mailchimp.url}/3.0",
                "audience": "Newsletter",
                "new_member_status": "transactional",
                "store": {"id_prefix": "wholesale", "name": "{company} ({currency})"},
            },
        },
    }


def secrets(erp: AnyErp) -> dict[str, str]:
    """Return the environment that the connections file refers to."""
    return {**erp.secrets(), "MAILCHIMP_API_KEY": API_KEY}


def write_connections_file(folder: Path, erp: AnyErp, mailchimp: MailchimpSimulator) -> Path:
    """Write a fresh `glue.yaml` into a fresh folder, and return its path."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    path = folder / "glue.yaml"
    content = {
        "connectors": connectors(erp, mailchimp),
        "connections": {
            erp.connection: {
                "source": erp.key,
                "destination": "mailchimp",
                "catalog": erp.connection,
                "variables": dict(erp.variables()),
            }
        },
    }
    path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True))
    return path
