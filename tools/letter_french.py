"""What the letters say in French. The legal rules that they cite are those of France."""

from tools.letter_wording import Labels, Language, LevelWording, Sentence

_CREDIT = Sentence(
    "Ce total tient compte "
    "{% if credits|length == 1 %}de l’avoir porté à votre compte{% else %}"
    "des avoirs portés à votre compte{% endif %}.",
    when="credits",
)
_PAID = Sentence(
    "Ce total est établi déduction faite de {% if paid|length == 1 %}votre règlement de {{ paid[0].paid }}{% else %}vos règlements "
    "({% for one in paid %}{{ one.paid }} sur {{ one.number }}{% if not loop.last %}, {% endif %}{% endfor %}){% endif %}.",
    when="paid",
)
_OPEN_CREDITS = Sentence(
    "{% if open_credits|length == 1 %}Un avoir{% else %}Des avoirs{% endif %} de {{ open_credits_total }} "
    "{% if open_credits|length == 1 %}reste ouvert{% else %}restent ouverts{% endif %} à votre compte et n’en "
    "{% if open_credits|length == 1 %}est pas déduit{% else %}sont pas déduits{% endif %}.",
    when="open_credits",
)
_ENCLOSED = (
    "{% if invoices|length == 1 %}Une copie de la facture est jointe"
    "{% else %}Une copie de chaque facture impayée est jointe{% endif %} à ce courrier."
)
_CLOSING = "Nous vous prions d’agréer, Madame, Monsieur, l’expression de nos salutations distinguées."
_STILL_UNPAID = (
    "{% if due|length == 1 %}la facture ci-dessous{% if late %}, échue le {{ due[0].due_date }},{% endif %} "
    "demeure impayée{% else %}les factures ci-dessous demeurent impayées{% endif %} à ce jour."
)

FRENCH = Language(
    labels=Labels(
        tag="fr-FR",
        phone="Tél. ",
        reference="Notre référence : ",
        customer_code="Code client : ",
        place_and_date="{% if company.city %}{{ company.city }}, le{% else %}Le{% endif %} {{ today }}",
        subject="Objet : ",
        salutation="Madame, Monsieur,",
        columns=("Facture", "Date", "Échéance", "Retard", "Montant TTC", "Reste dû"),
        credit="(avoir)",
        days="j",
        total="Total à régler",
        also_due="Également à régler :",
        registered="Lettre recommandée avec accusé de réception",
        attention="À l’attention de ",
        pay_by_transfer="Règlement par virement",
        pay="Règlement",
        beneficiary="Bénéficiaire",
        quote="Référence à rappeler",
        siren="SIREN ",
        vat="TVA ",
    ),
    levels={
        "simple": LevelWording(
            title="Relance simple",
            subject="{% if due|length == 1 %}rappel de règlement, facture {{ due[0].number }}"
            "{% else %}rappel de règlement, {{ due|length }} factures{% endif %}",
            before=(
                Sentence(
                    "Sauf erreur de notre part{% if last_reminder %} et malgré notre rappel du "
                    "{{ last_reminder }}{% endif %}, nous n’avons pas encore reçu le règlement "
                    "{% if due|length == 1 %}de la facture ci-dessous, arrivée à échéance le {{ due[0].due_date }}"
                    "{% else %}des factures ci-dessous{% if late == due|length %}, arrivées à échéance{% endif %}"
                    "{% endif %}.{% if oldest < 30 %} Il s’agit sans doute d’un simple oubli.{% endif %}",
                    when="late",
                ),
                Sentence(
                    "Nous nous permettons de vous rappeler que {% if due|length == 1 %}la facture ci-dessous "
                    "arrive à "
                    "échéance le {{ due[0].due_date }}{% else %}les factures ci-dessous arrivent "
                    "prochainement "
                    "à échéance{% endif %}.",
                    when="not late",
                ),
            ),
            after=(
                _CREDIT,
                _PAID,
                _OPEN_CREDITS,
                Sentence(
                    "Nous vous remercions de bien vouloir nous faire parvenir votre règlement, soit "
                    "{{ total }}, avant le {{ deadline }}.",
                    when="late",
                ),
                Sentence(
                    "Nous vous remercions par avance de bien vouloir prévoir votre règlement, soit "
                    "{{ total }}, pour cette échéance.",
                    when="not late",
                ),
                Sentence(
                    _ENCLOSED + " Si votre règlement nous a été adressé entre-temps, nous vous prions de ne pas "
                    "tenir compte "
                    "de ce rappel. Nous restons à votre écoute pour toute question."
                ),
            ),
            closing=_CLOSING,
        ),
        "ferme": LevelWording(
            title="Relance ferme",
            subject="{% if due|length == 1 %}relance, facture {{ due[0].number }} impayée"
            "{% else %}relance, {{ due|length }} factures impayées{% endif %}",
            before=(
                Sentence(
                    "{% if last_reminder %}Malgré {% if last_level_id == 'mise_en_demeure' %}notre mise en demeure{% else %}notre relance{% endif %} du {{ last_reminder }}, "
                    "{% else %}Sauf erreur de notre part, {% endif %}" + _STILL_UNPAID
                ),
            ),
            after=(
                _CREDIT,
                _PAID,
                _OPEN_CREDITS,
                Sentence(
                    "Nous vous demandons de procéder au règlement de la somme de {{ total }} avant le {{ deadline }}."
                ),
                Sentence(
                    "Nous vous rappelons qu’en application des articles L. 441-10 et D. 441-5 du Code de "
                    "commerce, "
                    "tout retard de paiement rend exigibles de plein droit, dès le lendemain de l’échéance "
                    "et sans "
                    "qu’un rappel soit nécessaire, des pénalités de retard ainsi qu’une indemnité "
                    "forfaitaire pour "
                    "frais de recouvrement de 40 € par facture{% if indemnity %}, soit {{ indemnity }} à "
                    "ce jour"
                    "{% endif %}. Ces sommes ne sont pas comprises dans le total ci-dessus.",
                    when="customer.professional and not customer.public",
                ),
                Sentence(
                    "Nous vous rappelons qu’en application des articles L. 2192-12 à L. 2192-14 du Code de la "
                    "commande publique, tout retard de paiement fait courir de plein droit, dès le lendemain de "
                    "l’échéance, des intérêts moratoires au taux de refinancement de la Banque centrale "
                    "européenne majoré de huit points (article R. 2192-31), ainsi qu’une indemnité forfaitaire "
                    "pour frais de recouvrement de 40 € (article D. 2192-35). Ces sommes ne sont pas comprises "
                    "dans le total ci-dessus.",
                    when="customer.public",
                ),
                Sentence(
                    "Si vous rencontrez une difficulté ou contestez tout ou partie de cette somme, merci "
                    "de nous en "
                    "informer sans attendre. " + _ENCLOSED + " Si votre règlement s’est croisé avec la "
                    "présente "
                    "relance, nous vous prions de ne pas en tenir compte."
                ),
            ),
            closing=_CLOSING,
        ),
        "mise_en_demeure": LevelWording(
            title="Mise en demeure",
            subject="MISE EN DEMEURE DE PAYER, {% if due|length == 1 %}facture {{ due[0].number }}"
            "{% else %}{{ due|length }} factures{% endif %}",
            before=(
                Sentence(
                    "{% if last_reminder %}{% if last_level_id == 'mise_en_demeure' %}Notre mise en demeure{% else %}Notre relance{% endif %} du {{ last_reminder }} est restée sans effet : "
                    "{% else %}Sauf erreur de notre part, {% endif %}" + _STILL_UNPAID
                ),
            ),
            after=(
                _CREDIT,
                _PAID,
                _OPEN_CREDITS,
                Sentence(
                    "Par la présente, nous vous mettons en demeure de nous régler la somme de {{ total }} "
                    "avant le {{ deadline }}.",
                    bold=True,
                ),
                Sentence(
                    "La présente vaut mise en demeure au sens des articles 1344 et 1231-6 du Code civil"
                    "{% if not customer.professional %} ; elle fait courir les intérêts de retard au taux "
                    "légal"
                    "{% endif %}."
                ),
                Sentence(
                    "S’ajoutent de plein droit à cette somme, en application des articles L. 441-10 et D. "
                    "441-5 du "
                    "Code de commerce, les pénalités de retard, dues depuis le lendemain de l’échéance au "
                    "taux convenu "
                    "ou, à défaut, au taux de refinancement de la Banque centrale européenne majoré de dix "
                    "points, "
                    "ainsi que l’indemnité forfaitaire pour frais de recouvrement de 40 € par facture"
                    "{% if indemnity %}, soit {{ indemnity }} à ce jour{% endif %}.",
                    when="customer.professional and not customer.public",
                ),
                Sentence(
                    "S’ajoutent de plein droit à cette somme, en application des articles L. 2192-12 à L. 2192-14"
                    " du Code de la commande publique, les intérêts moratoires au taux de refinancement de la "
                    "Banque centrale européenne majoré de huit points (article R. 2192-31), ainsi que l’indemnité"
                    " forfaitaire pour frais de recouvrement de 40 € (article D. 2192-35).",
                    when="customer.public",
                ),
                Sentence(
                    "À défaut de règlement intégral dans ce délai, nous serons conduits à saisir, sans "
                    "autre avis, la "
                    "juridiction compétente afin d’obtenir le paiement des sommes dues"
                    "{% if not customer.country and not customer.public %}, notamment par la procédure d’injonction de payer "
                    "(articles 1405 et suivants du Code de procédure civile){% endif %}."
                ),
                Sentence(
                    "Si vous contestez tout ou partie de cette somme, ou si vous l’avez déjà réglée, nous "
                    "vous "
                    "invitons à nous le faire savoir par écrit avant cette date, justificatifs à l’appui. " + _ENCLOSED
                ),
            ),
            closing="Veuillez agréer, Madame, Monsieur, l’expression de nos salutations distinguées.",
        ),
    },
)
