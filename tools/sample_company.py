"""The sample company, its customers and what it prints. All are invented; mail domains are reserved ones."""

from dataclasses import dataclass
from decimal import Decimal

from tools.french_ids import french_iban, vat_number

SIREN = "123456782"


@dataclass(frozen=True, slots=True)
class Company:
    """Who sells, named as in the settings' [company] table."""

    name: str
    address: str
    postal_code: str
    city: str
    country: str
    siren: str
    vat: str
    iban: str
    bic: str
    email: str
    phone: str
    legal: str
    signatory: str


@dataclass(frozen=True, slots=True)
class Customer:
    """Who buys. `country` is left empty in France, as the accounting software does."""

    code: str
    name: str
    address: str
    postal_code: str
    city: str
    email: str = ""
    country: str = ""
    language: str = "fr"
    professional: bool = True
    vat_exemption: str = ""


@dataclass(frozen=True, slots=True)
class Product:
    """What is sold, in both languages, and its unit price before tax."""

    french: str
    english: str
    price: Decimal


COMPANY = Company(
    name="Imprimerie Morvaneau",
    address="Parc des Compositeurs, bâtiment C\n14 rue des Typographes",
    postal_code="69007",
    city="Lyon",
    country="FR",
    siren=SIREN,
    vat=vat_number(SIREN),
    iban=french_iban("99999", "00001", "00012345678"),
    bic="DEMOFRP0XXX",
    email="compta@imprimerie-morvaneau.example",
    phone="04 65 71 02 18",
    legal="SARL au capital de 20 000 € · RCS Lyon",
    signatory="Claire Morvaneau, gérante",
)

_CUSTOMERS = (
    Customer("C001", "Dupont & Fils <SARL>", "8 quai du Commerce", "69009", "Lyon", "compta@dupont.example"),
    Customer("C002", "Boulangerie Éloïse Lefèvre", "12 rue de la Grange", "69003", "Lyon"),
    Customer(
        "C003",
        "Hôtel de l'Écluse",
        "Résidence du Parc, bâtiment B\n45 cours de la Rive",
        "69002",
        "Lyon",
        "direction@hotel-ecluse.example",
    ),
    Customer(
        "C004",
        "Garage Müller & Associés",
        "3 route de la Forêt",
        "67000",
        "Strasbourg",
        "garage.muller@example.org",
    ),
    Customer(
        "C005",
        "NordLog Transports SAS",
        "210 avenue des Entrepôts",
        "59000",
        "Lille",
        "compta@nordlog.example;direction@nordlog.example",
    ),
    Customer(
        "C006",
        "Whitfield & Marsh Ltd",
        "27 Exmouth Row",
        "EC1R 4QB",
        "London",
        "accounts@whitfield-marsh.example",
        country="Royaume-Uni",
        language="en",
        vat_exemption="VAT exempt, export (article 262 I of the French tax code)",
    ),
    Customer(
        "C007",
        "Brasserie Van den Hout SPRL",
        "16 rue du Houblon",
        "1000",
        "Bruxelles",
        "facturation@vandenhout.example",
        country="Belgique",
        vat_exemption="Exonération de TVA, livraison intracommunautaire (article 262 ter I du CGI)",
    ),
    Customer(
        "C008",
        "Mme Hélène Cœuret",
        "3 rue du Lac",
        "74000",
        "Annecy",
        "helene.coeuret@example.com",
        professional=False,
    ),
    Customer("C009", "Domaine des Trois Noyers", "Lieu-dit Les Noyers", "69460", "Odenas", "domaine@example.net"),
    Customer("C010", "Pharmacie de la Gare", "1 place de la Gare", "38000", "Grenoble"),
    Customer("C011", "Agence Bleu Pétrole", "5 passage des Arts", "69001", "Lyon", "bonjour@bleu-petrole.example"),
    Customer("C012", "SCI L'Horizon", "77 boulevard de l'Océan", "44000", "Nantes", "gerance@horizon.example"),
    Customer(
        "C013",
        "Mairie de Saint-Ferréol-le-Haut",
        "Place de la Mairie",
        "42990",
        "Saint-Ferréol-le-Haut",
        "mairie@saint-ferreol.example",
    ),
    Customer("C014", "Maçonnerie Gonçalves", "19 chemin des Carrières", "69120", "Vaulx-en-Velin"),
    Customer("C015", "Festival Nuits d'Été", "2 rue du Théâtre", "84000", "Avignon", "production@example.org"),
    Customer("C016", "Cabinet Noël & Bréhat", "33 rue des Plaideurs", "75004", "Paris", "cabinet@example.net"),
    Customer("C017", "Fromagerie du Vercors", "8 route du Col", "38250", "Villard-de-Lans", "vercors@example.com"),
    Customer(
        "C018",
        "École de musique La Clé",
        "14 rue de l'Harmonie",
        "94240",
        "L'Haÿ-les-Roses",
        "ecole.lacle@example.org",
    ),
    Customer("C019", "Auto-école Priorité", "6 avenue du Stade", "69100", "Villeurbanne", "priorite@example.com"),
    Customer("C020", "M. Jérôme Bœuf", "11 impasse des Lilas", "71000", "Mâcon", professional=False),
    Customer("C021", "Éditions du Hérisson", "50 rue des Reliures", "13006", "Marseille", "herisson@example.net"),
    Customer("C022", "Traiteur Façon Maison", "4 place du Marché", "01000", "Bourg-en-Bresse", "facon@example.com"),
    Customer(
        "C023",
        "Opticiens Réunis SA",
        "120 rue de la Lumière",
        "63000",
        "Clermont-Ferrand",
        "fournisseurs@opticiens-reunis.example",
    ),
    Customer("C024", "Camping Les Genêts", "Route de la Plage", "29950", "Bénodet", "lesgenets@example.org"),
    Customer("C025", "Librairie Page à Page", "7 rue des Écoles", "21000", "Dijon", "page.a.page@example.com"),
)

CUSTOMERS = {customer.code: customer for customer in _CUSTOMERS}

PRODUCTS = {
    "cards": Product(
        "Cartes de visite 85 x 55 mm, 350 g, le cent", "Business cards, 350 gsm, per 100", Decimal("18.50")
    ),
    "flyers": Product("Flyers A5 quadri recto verso, le mille", "A5 flyers, full colour, per 1,000", Decimal("64.00")),
    "leaflets": Product("Dépliants 3 volets, 170 g, le mille", "Tri-fold leaflets, per 1,000", Decimal("142.00")),
    "posters": Product("Affiches A2, papier 135 g", "A2 posters, 135 gsm", Decimal("2.35")),
    "brochure": Product("Brochures 16 pages, piqûre à cheval", "16-page brochures, saddle-stitched", Decimal("1.48")),
    "catalogue": Product("Catalogues 48 pages, dos carré collé", "48-page catalogues, perfect-bound", Decimal("4.90")),
    "book": Product("Livres 192 pages, 14 x 21 cm, brochés", "192-page paperbacks, 14 x 21 cm", Decimal("3.72")),
    "labels": Product("Étiquettes adhésives, bobine de mille", "Adhesive labels, roll of 1,000", Decimal("37.80")),
    "letterhead": Product("Papier à en-tête A4, 90 g, le mille", "A4 letterhead, 90 gsm, per 1,000", Decimal("71.00")),
    "envelopes": Product("Enveloppes DL imprimées, le mille", "Printed DL envelopes, per 1,000", Decimal("58.00")),
    "menus": Product("Menus plastifiés A4", "Laminated A4 menus", Decimal("4.20")),
    "calendars": Product("Calendriers muraux 2027, 13 feuillets", "2027 wall calendars, 13 sheets", Decimal("6.90")),
    "banner": Product("Kakémonos 85 x 200 cm avec support", "Roll-up banners, 85 x 200 cm", Decimal("119.00")),
    "invitations": Product("Faire-part avec enveloppe", "Invitations with envelope", Decimal("1.95")),
    "design": Product("Création graphique, heure", "Graphic design, per hour", Decimal("68.00")),
    "delivery": Product("Livraison", "Delivery", Decimal("24.00")),
}
