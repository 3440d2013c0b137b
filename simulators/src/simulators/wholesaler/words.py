"""Names, places and goods to draw from: all invented combinations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Region:
    """Where customers come from.

    Attributes:
        weight: share of the customers, per mille.
        forms: legal forms, appended to the name.
        trades: pairs of the trade's word and its spelling in a domain.
        roles: mailbox names of a company.
        cities: city, state, postal code.
    """

    country: str
    language: str
    weight: int
    tld: str
    forms: tuple[str, ...]
    trades: tuple[tuple[str, str], ...]
    families: tuple[tuple[str, str], ...]
    first_names: tuple[tuple[str, str], ...]
    roles: tuple[str, ...]
    streets: tuple[str, ...]
    cities: tuple[tuple[str, str | None, str], ...]


def _plain(words: str) -> tuple[tuple[str, str], ...]:
    return tuple((word, word.lower()) for word in words.split())


def _pairs(words: str) -> tuple[tuple[str, str], ...]:
    """`Müller=mueller Groß=gross` to pairs; `_` stands for a blank."""
    parts = (word.partition("=") for word in words.split())
    return tuple((native.replace("_", " "), latin) for native, _, latin in parts)


_EN_FAMILIES: Final = _plain(
    "Ashford Barlow Bexley Brandt Calloway Carver Cobb Danforth Delaney Dunmore Eastwick Ellery "
    "Fairbank Fenwick Garrick Goddard Hadley Halstead Harlan Hollis Ingram Jessup Kendrick Kimball "
    "Lathrop Lockhart Marlowe Merrick Norwood Oakes Osgood Pemberton Prescott Quimby Radcliffe "
    "Ridley Sackett Seward Stanton Thorne Tilden Underhill Vance Wadsworth Whitlock Winslow Yardley"
)
_EN_FIRST: Final = _plain(
    "Alice Ben Carla Daniel Emma Frank Grace Henry Irene Jack Karen Liam Maria Noah Olivia Paul "
    "Quinn Rachel Samuel Tina Victor Wendy"
)

REGIONS: Final[tuple[Region, ...]] = (
    Region(
        "US",
        "en-US",
        560,
        "com",
        ("Inc.", "LLC", "Co.", "Supply", "& Sons"),
        _plain(
            "Hardware Plumbing Electric Fasteners Tools Builders Lumber Roofing Flooring Paint "
            "Welding Fixtures Marine Garden Kitchens Heating"
        ),
        _EN_FAMILIES,
        _EN_FIRST,
        ("info", "orders", "purchasing", "office", "accounts", "sales"),
        ("Main St", "Industrial Pkwy", "2nd Ave", "Mill Rd", "Harbor Blvd", "County Road 12"),
        (
            ("Columbus", "OH", "43004"),
            ("Boise", "ID", "83701"),
            ("Portland", "ME", "04101"),
            ("Tucson", "AZ", "85701"),
            ("Springfield", "MA", "01101"),
            ("Duluth", "MN", "55802"),
        ),
    ),
    Region(
        "GB",
        "en-GB",
        130,
        "co.uk",
        ("Ltd", "Limited", "& Co", "Group"),
        _plain("Ironmongers Timber Fittings Trade Merchants Electrical Glazing Joinery"),
        _EN_FAMILIES,
        _EN_FIRST,
        ("enquiries", "orders", "accounts", "hello"),
        ("High Street", "Station Road", "Mill Lane", "Quay Road"),
        (("Leeds", None, "LS1 4AP"), ("Bristol", None, "BS1 5TR"), ("Dundee", None, "DD1 1DA")),
    ),
    Region(
        "DE",
        "de-DE",
        130,
        "de",
        ("GmbH", "KG", "e.K.", "GmbH & Co. KG"),
        _pairs(
            "Großhandel=grosshandel Eisenwaren=eisenwaren Haustechnik=haustechnik "
            "Werkzeuge=werkzeuge Baustoffe=baustoffe Küchen=kuechen"
        ),
        _pairs(
            "Müller-Lüdenscheidt=mueller-luedenscheidt Nordhaus=nordhaus Groß=gross "
            "Schäfer=schaefer Öttinger=oettinger Brückner=brueckner Weiß=weiss Jäger=jaeger "
            "Königsmann=koenigsmann Lindqvist=lindqvist Sandner=sandner Voßkuhl=vosskuhl"
        ),
        _pairs("Jürgen=juergen Anke=anke Björn=bjoern Käthe=kaethe Uwe=uwe Sabine=sabine"),
        ("info", "einkauf", "kontakt", "buchhaltung"),
        ("Hauptstraße", "Gewerbering", "Am Hafen", "Lindenallee"),
        (("Münster", None, "48143"), ("Köln", None, "50667"), ("Görlitz", None, "02826")),
    ),
    Region(
        "FR",
        "fr-FR",
        60,
        "fr",
        ("SARL", "SAS", "et Associés"),
        _pairs("Quincaillerie=quincaillerie Bâtiment=batiment Électricité=electricite"),
        _pairs(
            "Lefèvre=lefevre Garçon=garcon Béranger=beranger Dûmoulin=dumoulin Noël=noel "
            "Châtelain=chatelain Boisvert=boisvert Préaux=preaux"
        ),
        _pairs("Zoé=zoe François=francois Hélène=helene Benoît=benoit Aurélie=aurelie"),
        ("contact", "achats", "compta"),
        ("rue de la République", "allée des Érables", "quai Sud"),
        (("Orléans", None, "45000"), ("Besançon", None, "25000"), ("Sète", None, "34200")),
    ),
    Region(
        "PL",
        "pl-PL",
        40,
        "pl",
        ("Sp. z o.o.", "S.A."),
        _pairs("Hurtownia=hurtownia Narzędzia=narzedzia Łazienki=lazienki"),
        _pairs(
            "Wójcik=wojcik Łuczak=luczak Żak=zak Śliwa=sliwa Gąsior=gasior Dąbek=dabek Ćwik=cwik"
        ),
        _pairs("Zdzisława=zdzislawa Łukasz=lukasz Bożena=bozena Paweł=pawel"),
        ("biuro", "zakupy"),
        ("ul. Świętojańska", "ul. Przemysłowa"),
        (("Łódź", None, "90-001"), ("Gdańsk", None, "80-001")),
    ),
    Region(
        "GR",
        "el-GR",
        26,
        "gr",
        ("Α.Ε.", "Ε.Π.Ε."),  # noqa: RUF001 - Greek letters are meant
        _pairs("Εργαλεία=ergaleia Χρώματα=chromata Υδραυλικά=ydravlika"),
        _pairs("Παπαδάκης=papadakis Ελαιώνας=elaionas Κωστόπουλος=kostopoulos Μαρίνου=marinou"),
        _pairs("Γιώργος=giorgos Ελένη=eleni Σπύρος=spyros"),
        ("info", "paraggelies"),
        ("Οδός Ερμού", "Λεωφόρος Νίκης"),
        (("Θεσσαλονίκη", None, "546 24"), ("Πάτρα", None, "262 21")),
    ),
    Region(
        "BG",
        "bg-BG",
        24,
        "bg",
        ("ООД", "ЕООД"),
        _pairs("Метал=metal Инструменти=instrumenti Строй=stroymat"),
        _pairs("Балкан=balkan Димитров=dimitrov Родопи=rodopi Тракия=trakia"),
        _pairs("Георги=georgi Мария=maria Пламен=plamen"),
        ("office", "sklad"),
        ("ул. Витоша", "бул. България"),
        (("Пловдив", None, "4000"), ("Варна", None, "9000")),
    ),
    Region(
        "JP",
        "ja-JP",
        20,
        "jp",
        ("株式会社", "有限会社"),
        _pairs("金物店=kanamono 工具=kogu 建材=kenzai"),
        _pairs("山田=yamada 鈴木=suzuki 北村=kitamura 高橋=takahashi"),
        _pairs("太郎=taro 花子=hanako 健一=kenichi"),
        ("info", "eigyo"),
        ("中央区1-2-3", "北町4-5"),
        (("札幌市", "北海道", "060-0001"), ("福岡市", "福岡県", "810-0001")),
    ),
    Region(
        "AE",
        "ar-AE",
        10,
        "ae",
        ("ذ.م.م",),
        _pairs("للتجارة=trading للمعدات=equipment"),
        _pairs("النور=alnoor الخليج=alkhaleej الواحة=alwaha"),
        _pairs("ليلى=layla عمر=omar"),
        ("info", "sales"),
        ("شارع الكورنيش",),
        (("دبي", None, "00000"),),
    ),
)

GOODS: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    ("PIPE", "PLUMBING", ("Copper pipe", "PEX pipe", "PVC pipe", "Drain pipe", "Press fitting")),
    ("VALV", "PLUMBING", ("Ball valve", "Gate valve", "Check valve", "Radiator valve")),
    ("BOLT", "FASTENERS", ("Hex bolt", "Carriage bolt", "Anchor bolt", "Threaded rod")),
    ("SCRW", "FASTENERS", ("Wood screw", "Drywall screw", "Decking screw")),
    ("TOOL", "TOOLS", ("Claw hammer", "Torque wrench", "Pipe cutter", "Spirit level", "Chisel")),
    ("WIRE", "ELECTRICAL", ("Building wire", "Conduit", "Junction box", "Breaker", "LED panel")),
    ("PAIN", "FINISHES", ("Wall paint", "Primer", "Wood stain", "Sealer")),
    ("TILE", "FINISHES", ("Ceramic tile", "Grout", "Tile adhesive")),
)
SIZES: Final = ("10 mm", "15 mm", "22 mm", '1/2"', '3/4"', "small", "large", "box of 50", "set")
SERVICES: Final = (
    "Delivery by truck",
    "Express delivery",
    "Cutting to length",
    "Installation, per hour",
    "Crane truck",
    "Pallet deposit",
    "Packaging",
    "Color matching",
    "Key cutting",
    "Training day",
    "Inspection",
    "Extended warranty",
    "Tool hire, per day",
    "Sharpening",
    "Disposal",
    "Site survey",
    "Design advice",
    "Calibration",
    "Restocking fee",
    "Small order charge",
    "Customs handling",
    "Storage, per week",
    "Pressure test",
    "Repair, per hour",
    "Gift card",
)
JOBS: Final = ("Buyer", "Owner", "Purchasing Manager", "Accountant", "Site Manager", None)
BAD_ADDRESSES: Final = (
    "info@",
    "no address",
    "orders@@barlow-tools.com",
    "purchasing(at)hadley-paint.com",
    "@kimball-lumber.com",
    "office@merrick",
    "two words@norwood-garden.com",
    "sales@prescott..com",
    "accounts@-ridley.com",
    "n/a",
    "info@seward-marine,com",
    ".office@stanton-roofing.com",
    "mailto:info@thorne-electric.com",
    "info@tilden-tools.com; orders@tilden-tools.com",
    "info@vance-welding.c",
)
