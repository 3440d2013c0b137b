"""A stand-in for Mailchimp's Marketing API 3.0: audiences, members, e-commerce, batches.

It follows recorded traffic first, the official text second, the published description (3.0.85)
third. Where none of them speaks, it does what asks more of a client. Unverified in this sense:

- the messages about dates, birthdays, zip codes, URLs and choices in merge fields, about invalid
  IP addresses and enumerations, and about duplicate rows in the bulk call;
- time filters leave their own second out; a list without `status` has no archived members
  (`Rules.lists_archived`);
- a PUT of an order or a product keeps lines and variants that it does not name
  (`Rules.put_replaces_lines`, `Rules.put_replaces_variants`), and needs the fields of a POST to
  create one;
- negative order totals pass (`Rules.negative_totals`);
- `status: pending` is allowed for somebody who left, refused for a bounced address; a protected
  member cannot be made transactional;
- a PUT on an unknown hash whose body names a member is refused as `Member Exists`;
- the bulk call revives an archived member as a new one, and subscribes a new row without `status`;
- an incomplete address is dropped silently when `skip_merge_validation` is set;
- a customer of an erased address makes no member; e-commerce writes do not move `last_changed`;
- the wording of most "already exists" refusals in e-commerce, and that stores, products and orders
  with a duplicate id get 400 Bad Request.

Webhooks are kept, not delivered; their URL is not called when they are made.
"""

from simulators.mailchimp.account import Notification, NotificationKind, Rules
from simulators.mailchimp.addresses import member_key
from simulators.mailchimp.seeding import SeedMember
from simulators.mailchimp.simulator import API_KEY, AUDIENCE_ID, MailchimpSimulator

__all__ = [
    "API_KEY",
    "AUDIENCE_ID",
    "MailchimpSimulator",
    "Notification",
    "NotificationKind",
    "Rules",
    "SeedMember",
    "member_key",
]
