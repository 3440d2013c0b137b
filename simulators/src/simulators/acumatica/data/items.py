"""The wholesaler's stock and non-stock items as rows."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from simulators.acumatica.data.building import PRICE, attribute, build_row, draw
from simulators.acumatica.records.rows import Row
from simulators.acumatica.records.values import to_micros
from simulators.wholesaler import Item, Wholesaler

_COLORS: Final = (("BLK", "Black"), ("GRY", "Gray"), ("NAT", "Natural"))
_STOCK_DEFAULTS: Final[Mapping[str, object]] = {
    "IsAKit": False,
    "ItemType": "Finished Good",
    "LotSerialClass": "DEFAULT",
    "ValuationMethod": "Average",
    "TaxCategory": "TAXABLE",
    "PostingClass": "GOODS",
}


def stock_item_rows(data: Wholesaler) -> list[Row]:
    """Goods."""
    return [_stock_item(of) for of in data.stock_items]


def non_stock_item_rows(data: Wholesaler) -> list[Row]:
    """Services and charges."""
    return [_non_stock_item(of) for of in data.non_stock_items]


def _item(of: Item) -> dict[str, object]:
    return {
        "InventoryID": of.code,
        "Description": of.description,
        "ItemClass": of.item_class,
        "ItemStatus": of.status,
        "DefaultPrice": of.price.quantize(PRICE),
        "CurySpecificPrice": of.price.quantize(PRICE),
        "CustomURL": of.web_page,
        "TaxCategory": "TAXABLE",
    }


def _stock_item(of: Item) -> Row:
    return build_row(
        "StockItem",
        {
            **_STOCK_DEFAULTS,
            **_item(of),
            "BaseUOM": of.unit,
            "SalesUOM": of.unit,
            "PurchaseUOM": of.unit,
            "MSRP": of.list_price.quantize(PRICE),
            "ImageUrl": of.image,
            "Content": of.content,
            "Visibility": "X" if of.status == "Inactive" else "V",
            "ExportToExternal": True,
            "WarehouseDetails": _warehouses(of),
            "Categories": [{"CategoryID": 10 + draw(of.item_class, "category", 20)}],
            "CrossReferences": _barcodes(of),  # codespell:ignore
            "FileURLs": _pictures(of),
            "Attributes": _attributes(of),
        },
        to_micros(of.modified),
        to_micros(of.created),
    )


def _warehouses(of: Item) -> list[dict[str, object]]:
    main = {
        "WarehouseID": "MAIN",
        "QtyOnHand": of.on_hand,
        "IsDefault": True,
        "Status": "Active",
    }
    if draw(of.code, "second warehouse", 4):
        return [main]
    retail = {"WarehouseID": "RETAIL", "QtyOnHand": Decimal(0).quantize(PRICE), "IsDefault": False}
    return [main, {**retail, "Status": "Active"}]


def _barcodes(of: Item) -> list[dict[str, object]]:
    number = f"40{draw(of.code, 'barcode', 10**10):010d}"
    return [{"AlternateID": number, "AlternateType": "Barcode", "UOM": of.unit}]


def _pictures(of: Item) -> list[dict[str, object]]:
    if of.web_page is None:
        return []
    return [{"FileURL": f"{of.web_page}.jpg", "FileType": "Image"}]


def _attributes(of: Item) -> list[dict[str, object]]:
    if draw(of.code, "attributes", 3) == 0:
        return []
    return [attribute("COLOR", "Color", *_COLORS[draw(of.code, "color", len(_COLORS))])]


def _non_stock_item(of: Item) -> Row:
    record = {
        **_item(of),
        "ItemType": "Service",
        "BaseUnit": of.unit,
        "SalesUnit": of.unit,
        "PurchaseUnit": of.unit,
    }
    return build_row("NonStockItem", record, to_micros(of.modified), to_micros(of.created))
