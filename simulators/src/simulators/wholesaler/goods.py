"""Stock and non-stock items."""

from __future__ import annotations

import random
from datetime import datetime
from decimal import Decimal
from typing import Final

from simulators.wholesaler.model import Item
from simulators.wholesaler.people import chance, moment_before
from simulators.wholesaler.words import GOODS, SERVICES, SIZES

STOCK_ITEMS: Final = 400
ODD_CODE: Final = "FIT-1/2#7"
NEVER_SYNCED: Final = "OLD-DISPLAY-9"
_NO_QUANTITY: Final = Decimal("0.000000")


def make_stock_items(rng: random.Random, as_of: datetime) -> list[Item]:
    """Goods; one has a slash and a '#' in its code."""
    items = [_stock_item(rng, number, as_of) for number in range(STOCK_ITEMS - 1)]
    price = Decimal("3.20")
    items.append(
        Item(
            code=ODD_CODE,
            description='Press fitting 1/2" #7',
            item_class="PLUMBING",
            status="Active",
            unit="EA",
            price=price,
            list_price=price,
            stock=True,
            on_hand=Decimal("120.000000"),
            image=f"Stock Items ({ODD_CODE})\\fitting.jpg",
            web_page=None,
            content=None,
            created=moment_before(rng, as_of, 900),
            modified=moment_before(rng, as_of, 300),
        )
    )
    return items


def _stock_item(rng: random.Random, number: int, as_of: datetime) -> Item:
    prefix, item_class, kinds = GOODS[number % len(GOODS)]
    description = f"{kinds[number // len(GOODS) % len(kinds)]}, {rng.choice(SIZES)}"
    code = f"{prefix}-{number + 1:04d}"
    price = Decimal(rng.randrange(80, 24_000)) / 100
    created = moment_before(rng, as_of, 4 * 365)
    has_page = chance(rng, 0.3)
    return Item(
        code=code,
        description=description,
        item_class=item_class,
        status=rng.choices(("Active", "Inactive", "No Sales"), weights=(94, 4, 2))[0],
        unit=rng.choice(("EA", "EA", "BOX", "M")),
        price=price,
        list_price=price * Decimal("1.25") if chance(rng, 0.8) else Decimal(0),
        stock=True,
        on_hand=Decimal(rng.randrange(0, 900)).quantize(_NO_QUANTITY),
        image=f"Stock Items ({code})\\photo.jpg" if chance(rng, 0.2) else None,
        web_page=f"https://shop.hollis-wholesale.com/p/{code.lower()}" if has_page else None,
        content=f"<p>{description}.</p>" if chance(rng, 0.4) else None,
        created=created,
        modified=max(created, moment_before(rng, as_of, 400)),
    )


def make_non_stock_items(rng: random.Random, as_of: datetime) -> list[Item]:
    """Services and charges."""
    items = []
    for number, description in enumerate(SERVICES):
        price = Decimal(rng.randrange(500, 15_000)) / 100
        created = moment_before(rng, as_of, 4 * 365)
        items.append(
            Item(
                code=f"SVC-{number + 1:02d}",
                description=description,
                item_class="SERVICE",
                status="Active",
                unit="HOUR" if "hour" in description else "EA",
                price=price,
                list_price=price,
                stock=False,
                on_hand=_NO_QUANTITY,
                image=None,
                web_page=None,
                content=None,
                created=created,
                modified=max(created, moment_before(rng, as_of, 400)),
            )
        )
    return items
