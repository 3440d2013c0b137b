"""Why Business Central refuses credentials that Microsoft Entra has accepted.

The answer is vague on purpose, so what is missing is read from the token itself.
"""

from collections.abc import Mapping
from typing import Any, Final

from source_business_central.companies.directory import Survey
from source_business_central.endpoint.manifest import specification
from source_business_central.errors import ConfigError, SignInError
from source_business_central.signin.tokens import keeper_for
from source_business_central.streams import BusinessCentralStreams

ROLE: Final = "API.ReadWrite.All"


def survey_of(streams: BusinessCentralStreams, config: Mapping[str, Any]) -> Survey:
    """Sign in and find the companies; every verb begins with it.

    Args:
        streams: The streams.
        config: The config, defaults filled in.

    Raises:
        BusinessCentralError: The first problem, with its fix.
    """
    keeper = keeper_for(config)
    keeper.header()
    try:
        return streams.factory.directory.survey()
    except SignInError:
        raise explain(keeper.roles(), scope_is_changed=_scope_is_changed(config)) from None


def explain(roles: tuple[str, ...] | None, *, scope_is_changed: bool) -> ConfigError:
    """Tell which half of the set-up is missing.

    Args:
        roles: The roles in the token; None if they are not known.
        scope_is_changed: Whether the setting `scope` is not the default.
    """
    return ConfigError(_why(roles) + (_SCOPE if scope_is_changed else ""))


_SCOPE: Final = " Check the setting `scope` too: it must name the API of your cloud."


def _why(roles: tuple[str, ...] | None) -> str:
    if roles is None:
        return (
            "Business Central refuses the credentials. Check the user name and the web service "
            "key of the setting `credentials`; for an app, check page Microsoft Entra Applications."
        )
    if ROLE not in roles:
        return (
            f"Business Central refuses the app: its token does not carry the role {ROLE}. Add the "
            f"application permission {ROLE} for Dynamics 365 Business Central to the app "
            "registration in Microsoft Entra, and grant admin consent."
        )
    return (
        f"Business Central refuses the app, though its token carries the role {ROLE}. Register its "
        "client id on page Microsoft Entra Applications in Business Central, with State Enabled "
        "and the permission set D365 READ."
    )


def _scope_is_changed(config: Mapping[str, Any]) -> bool:
    fields = specification()["connection_specification"]["properties"]
    return bool(config.get("scope") != fields["scope"]["default"])
