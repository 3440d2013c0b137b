# ruff: noqa: INP001 - a script beside the package, where Airbyte looks for it
"""Runs the connector from its folder, as Airbyte's tools do."""

from destination_mailchimp.run import run

if __name__ == "__main__":
    run()
