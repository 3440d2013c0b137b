"""Which streams this version of Business Central serves."""

from source_business_central.answers.asking import Asker
from source_business_central.companies.directory import Company
from source_business_central.errors import NoRightError, NotServedError
from source_business_central.protocol import AirbyteCatalog

_CUSTOMER_CONTACTS = "customer_contacts"


def without_unserved(catalog: AirbyteCatalog, asker: Asker, company: Company) -> AirbyteCatalog:
    """Leave out the one stream that old versions have no list for.

    Args:
        catalog: The streams.
        asker: Asks for pages.
        company: A company that may be read.

    Raises:
        BusinessCentralError: Nobody answers.
    """
    if not serves_customer_contacts(asker, company):
        catalog.streams = [one for one in catalog.streams if one.name != _CUSTOMER_CONTACTS]
    return catalog


def serves_customer_contacts(asker: Asker, company: Company) -> bool:
    """Tell whether the persons of a customer can be read, in one of two ways.

    Args:
        asker: Asks for pages.
        company: A company that may be read.

    Raises:
        BusinessCentralError: Nobody answers.
    """
    ways = (
        ("/customerContacts", {"$top": "1"}),
        ("/customers", {"$top": "1", "$select": "id", "$expand": "contactsInformation"}),
    )
    for path, query in ways:
        address = asker.address(f"/api/v2.0{company.path}{path}", query)
        try:
            asker.rows(address, f"contacts of the customers of company {company.name}", 1)
        except NotServedError:
            continue
        except NoRightError:
            return True
        return True
    return False
