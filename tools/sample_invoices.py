"""The sample company's unpaid invoices, as they stand on 24 November 2026."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from tools.sample_company import CUSTOMERS, PRODUCTS, Customer, Product

TERMS = timedelta(days=30)
VAT_RATE = Decimal("0.20")

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Line:
    """A quantity of a product; `detail` tells apart the many versions of one."""

    product_key: str
    quantity: int
    detail: str = ""

    @property
    def product(self) -> Product:
        """What is sold."""
        return PRODUCTS[self.product_key]

    @property
    def amount(self) -> Decimal:
        """The line's amount before tax."""
        return self.product.price * self.quantity


@dataclass(frozen=True, slots=True)
class SampleInvoice:
    """An invoice, or (negative quantities) a credit note. `without_pdf` leaves its PDF out on purpose."""

    number: str
    customer_code: str
    issued: date
    lines: tuple[Line, ...]
    paid: Decimal = Decimal(0)
    currency: str = "EUR"
    disputed: bool = False
    without_pdf: bool = False

    @property
    def customer(self) -> Customer:
        """Who owes it."""
        return CUSTOMERS[self.customer_code]

    @property
    def is_credit(self) -> bool:
        """Whether it is a credit note."""
        return self.net < 0

    @property
    def due(self) -> date:
        """When it had to be paid; a credit note is due at once."""
        return self.issued if self.is_credit else self.issued + TERMS

    @property
    def net(self) -> Decimal:
        """The sum before tax."""
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def vat(self) -> Decimal:
        """The tax, none for exempt sales abroad."""
        rate = Decimal(0) if self.customer.vat_exemption else VAT_RATE
        return (self.net * rate).quantize(_CENT, ROUND_HALF_UP)

    @property
    def total(self) -> Decimal:
        """The sum with tax."""
        return self.net + self.vat

    @property
    def open(self) -> Decimal:
        """What is still owed."""
        return self.total - self.paid


_DELIVERY = Line("delivery", 1)

_VINTAGES = ("2023", "2024", "2025")
_WINES = (
    "Beaujolais blanc", "Beaujolais rosé", "Brouilly", "Chénas", "Chiroubles", "Côte de Brouilly",
    "Crémant brut", "Fleurie", "Juliénas", "Morgon", "Moulin-à-Vent", "Régnié", "Saint-Amour",
)  # fmt: skip
_WINE_LABELS = tuple(Line("labels", 2, f"{wine} {vintage}") for wine in _WINES for vintage in _VINTAGES)
_DEPOTS = ("Arras", "Béthune", "Calais", "Douai", "Dunkerque", "Lens", "Lille", "Roubaix", "Valenciennes")
_DEPOT_STATIONERY = tuple(
    Line(product, 1, f"dépôt {depot}")
    for depot in _DEPOTS
    for product in ("letterhead", "envelopes", "cards", "flyers")
)

INVOICES = (
    SampleInvoice("FA2026-0187", "C001", date(2026, 5, 28), (Line("catalogue", 400), _DELIVERY)),
    SampleInvoice("FA2026-0195", "C014", date(2026, 6, 5), (Line("flyers", 3), Line("cards", 4))),
    SampleInvoice("FA2026-0208", "C012", date(2026, 6, 16), (Line("brochure", 600), Line("design", 6))),
    SampleInvoice(
        "FA2026-0214",
        "C015",
        date(2026, 6, 26),
        (Line("posters", 800), Line("brochure", 2500), Line("banner", 6)),
        paid=Decimal("3000.00"),
    ),
    SampleInvoice("FA2026-0221", "C020", date(2026, 7, 6), (Line("invitations", 120),)),
    SampleInvoice("FA2026-0229", "C005", date(2026, 7, 13), _DEPOT_STATIONERY),
    SampleInvoice(
        "FA2026-0236", "C006", date(2026, 7, 20), (Line("catalogue", 250), Line("design", 4)), currency="GBP"
    ),
    SampleInvoice("FA2026-0244", "C004", date(2026, 7, 27), (Line("leaflets", 5), Line("cards", 6))),
    SampleInvoice("FA2026-0248", "C023", date(2026, 7, 31), (Line("posters", 350), Line("leaflets", 12), _DELIVERY)),
    SampleInvoice(
        "FA2026-0255", "C016", date(2026, 8, 6), (Line("letterhead", 4), Line("envelopes", 4)), disputed=True
    ),
    SampleInvoice("FA2026-0260", "C009", date(2026, 8, 11), (*_WINE_LABELS, _DELIVERY)),
    SampleInvoice(
        "FA2026-0267",
        "C001",
        date(2026, 8, 17),
        (Line("flyers", 10), Line("design", 3)),
        paid=Decimal("250.00"),
    ),
    SampleInvoice("FA2026-0271", "C007", date(2026, 8, 20), (Line("labels", 40), Line("posters", 150))),
    SampleInvoice("FA2026-0276", "C010", date(2026, 8, 24), (Line("leaflets", 2), _DELIVERY)),
    SampleInvoice("FA2026-0279", "C003", date(2026, 8, 25), (Line("menus", 60), Line("cards", 5))),
    SampleInvoice("FA2026-0285", "C021", date(2026, 8, 28), (Line("book", 3000), _DELIVERY)),
    SampleInvoice("FA2026-0291", "C008", date(2026, 9, 3), (Line("invitations", 80), Line("design", 1))),
    SampleInvoice("FA2026-0296", "C002", date(2026, 9, 7), (Line("flyers", 2),)),
    SampleInvoice(
        "FA2026-0302",
        "C018",
        date(2026, 9, 10),
        (Line("brochure", 300), Line("posters", 40)),
        without_pdf=True,
    ),
    SampleInvoice("FA2026-0309", "C011", date(2026, 9, 14), (Line("banner", 8), Line("design", 10))),
    SampleInvoice("FA2026-0314", "C005", date(2026, 9, 17), (Line("labels", 120), _DELIVERY)),
    SampleInvoice("FA2026-0322", "C024", date(2026, 9, 21), (Line("leaflets", 8), Line("posters", 25))),
    SampleInvoice("FA2026-0327", "C017", date(2026, 9, 23), (Line("labels", 25), Line("design", 2))),
    SampleInvoice("FA2026-0333", "C022", date(2026, 9, 25), (Line("menus", 35), Line("flyers", 3))),
    SampleInvoice(
        "FA2026-0338",
        "C012",
        date(2026, 9, 28),
        (Line("letterhead", 2), Line("cards", 10)),
        paid=Decimal("150.00"),
    ),
    SampleInvoice("FA2026-0343", "C019", date(2026, 9, 30), (Line("flyers", 5), Line("banner", 1))),
    SampleInvoice("FA2026-0349", "C001", date(2026, 10, 2), (Line("leaflets", 6), Line("cards", 12), _DELIVERY)),
    SampleInvoice("FA2026-0350", "C013", date(2026, 10, 2), (Line("brochure", 1800), Line("design", 8))),
    SampleInvoice("FA2026-0358", "C025", date(2026, 10, 5), (Line("posters", 60), Line("cards", 3))),
    SampleInvoice("FA2026-0361", "C004", date(2026, 10, 7), (Line("calendars", 150),), without_pdf=True),
    SampleInvoice("FA2026-0366", "C006", date(2026, 10, 9), (Line("brochure", 900), _DELIVERY), currency="GBP"),
    SampleInvoice("FA2026-0370", "C010", date(2026, 10, 12), (Line("labels", 6),)),
    SampleInvoice("AV2026-0021", "C001", date(2026, 10, 13), (Line("flyers", -3),)),
    SampleInvoice("FA2026-0374", "C007", date(2026, 10, 13), (Line("menus", 90), Line("design", 5))),
    SampleInvoice("FA2026-0379", "C021", date(2026, 10, 15), (Line("book", 800), Line("design", 12))),
    SampleInvoice("FA2026-0383", "C003", date(2026, 10, 16), (Line("letterhead", 3), Line("envelopes", 3))),
    SampleInvoice("FA2026-0388", "C023", date(2026, 10, 19), (Line("banner", 14), _DELIVERY)),
    SampleInvoice("FA2026-0394", "C011", date(2026, 10, 23), (Line("posters", 200),)),
    SampleInvoice("FA2026-0405", "C009", date(2026, 11, 4), (Line("calendars", 200), _DELIVERY)),
    SampleInvoice("FA2026-0412", "C001", date(2026, 11, 18), (Line("catalogue", 150), Line("design", 2))),
)
