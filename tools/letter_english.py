"""What the letters say in English: the same as in French, and that the rules are French ones."""

from tools.letter_wording import Labels, Language, LevelWording, Sentence

_CREDIT = Sentence(
    "This total takes into account the credit "
    "{% if credits|length == 1 %}note{% else %}notes{% endif %} on your account.",
    when="credits",
)
_PAID = Sentence(
    "This total is net of {% if paid|length == 1 %}your payment of {{ paid[0].paid }}{% else %}your payments "
    "({% for one in paid %}{{ one.paid }} on {{ one.number }}{% if not loop.last %}, {% endif %}{% endfor %}){% endif %}.",
    when="paid",
)
_OPEN_CREDITS = Sentence(
    "{% if open_credits|length == 1 %}A credit note{% else %}Credit notes{% endif %} of {{ open_credits_total }} "
    "{% if open_credits|length == 1 %}remains{% else %}remain{% endif %} open on your account and "
    "{% if open_credits|length == 1 %}is{% else %}are{% endif %} not deducted from it.",
    when="open_credits",
)
_ENCLOSED = "A copy of {% if invoices|length == 1 %}the invoice{% else %}each unpaid invoice{% endif %} is enclosed."
_CLOSING = "Yours faithfully,"

_STILL_UNPAID = (
    "{% if due|length == 1 %}the invoice below{% if late %}, which fell due on {{ due[0].due_date }},{% endif %} "
    "remains{% else %}the invoices below remain{% endif %} unpaid to date."
)


ENGLISH = Language(
    labels=Labels(
        tag="en-GB",
        phone="Tel. ",
        reference="Our reference: ",
        customer_code="Customer code: ",
        place_and_date="{% if company.city %}{{ company.city }}, {% endif %}{{ today }}",
        subject="Re: ",
        salutation="Dear Sir or Madam,",
        columns=("Invoice", "Date", "Due date", "Overdue", "Total", "Open amount"),
        credit="(credit note)",
        days="days",
        total="Total payable",
        also_due="Also due:",
        registered="Registered letter with acknowledgement of receipt",
        attention="For the attention of ",
        pay_by_transfer="Payment by bank transfer",
        pay="Payment",
        beneficiary="Account holder",
        quote="Reference to quote",
        siren="Company no. (SIREN) ",
        vat="VAT ",
    ),
    levels={
        "simple": LevelWording(
            title="Payment reminder",
            subject="Payment reminder, {% if due|length == 1 %}invoice {{ due[0].number }}"
            "{% else %}{{ due|length }} invoices{% endif %}",
            before=(
                Sentence(
                    "{% if last_reminder %}Further to our {% if last_level_id == 'mise_en_demeure' %}formal notice{% else %}reminder{% endif %} of {{ last_reminder }}, our records "
                    "show that "
                    "{% else %}According to our records, {% endif %}we have not yet received payment for the "
                    "{% if due|length == 1 %}invoice below, which fell due on {{ due[0].due_date }}"
                    "{% else %}invoices below{% if late == due|length %}, which are now past their due "
                    "dates{% endif %}"
                    "{% endif %}.{% if oldest < 30 %} This is no doubt a simple oversight.{% endif %}",
                    when="late",
                ),
                Sentence(
                    "This is a friendly reminder that the {% if due|length == 1 %}invoice below falls due on "
                    "{{ due[0].due_date }}{% else %}invoices below fall due shortly{% endif %}.",
                    when="not late",
                ),
            ),
            after=(
                _CREDIT,
                _PAID,
                _OPEN_CREDITS,
                Sentence(
                    "We would be grateful if you could arrange payment of {{ total }} before {{ deadline }}.",
                    when="late",
                ),
                Sentence(
                    "We thank you in advance for arranging payment of {{ total }} by the due "
                    "{% if due|length == 1 %}date{% else %}dates{% endif %}.",
                    when="not late",
                ),
                Sentence(
                    _ENCLOSED + " If your payment is already on its way, please disregard this reminder. "
                    "We remain at your disposal for any question."
                ),
            ),
            closing=_CLOSING,
        ),
        "ferme": LevelWording(
            title="Overdue notice",
            subject="Overdue account, {% if due|length == 1 %}invoice {{ due[0].number }}"
            "{% else %}{{ due|length }} invoices{% endif %}",
            before=(
                Sentence(
                    "{% if last_reminder %}Despite our {% if last_level_id == 'mise_en_demeure' %}formal notice{% else %}reminder{% endif %} of {{ last_reminder }}, "
                    "{% else %}According to our records, {% endif %}" + _STILL_UNPAID
                ),
            ),
            after=(
                _CREDIT,
                _PAID,
                _OPEN_CREDITS,
                Sentence("We must ask you to pay the sum of {{ total }} before {{ deadline }}."),
                Sentence(
                    "Please note that under articles L. 441-10 and D. 441-5 of the French Commercial Code, "
                    "any late "
                    "payment automatically gives rise, from the day after the due date and without a "
                    "reminder being "
                    "necessary, to late-payment penalties and to a fixed indemnity of EUR 40 per invoice "
                    "for recovery "
                    "costs{% if indemnity %}, that is {{ indemnity }} to date{% endif %}. These sums are "
                    "not included "
                    "in the total above.",
                    when="customer.professional and not customer.public",
                ),
                Sentence(
                    "Please note that under articles L. 2192-12 to L. 2192-14 of the French Public Procurement "
                    "Code, any late payment gives rise as of right, from the day after the due date, to default "
                    "interest at the European Central Bank’s refinancing rate plus eight percentage points "
                    "(article R. 2192-31) and to a fixed indemnity of EUR 40 for recovery costs (article D. "
                    "2192-35). These sums are not included in the total above.",
                    when="customer.public",
                ),
                Sentence(
                    "If you are experiencing difficulties, or dispute all or part of this sum, please let "
                    "us know "
                    "without delay. " + _ENCLOSED + " If your payment has crossed with this letter, "
                    "please "
                    "disregard it."
                ),
            ),
            closing=_CLOSING,
        ),
        "mise_en_demeure": LevelWording(
            title="Formal notice to pay",
            subject="FORMAL NOTICE TO PAY, {% if due|length == 1 %}invoice {{ due[0].number }}"
            "{% else %}{{ due|length }} invoices{% endif %}",
            before=(
                Sentence(
                    "{% if last_reminder %}Our {% if last_level_id == 'mise_en_demeure' %}formal notice{% else %}reminder{% endif %} of {{ last_reminder }} has had no effect: "
                    "{% else %}According to our records, {% endif %}" + _STILL_UNPAID
                ),
            ),
            after=(
                _CREDIT,
                _PAID,
                _OPEN_CREDITS,
                Sentence(
                    "We hereby give you formal notice to pay the sum of {{ total }} before {{ deadline }}.",
                    bold=True,
                ),
                Sentence(
                    "This letter constitutes formal notice to pay (mise en demeure) within the meaning of "
                    "articles "
                    "1344 and 1231-6 of the French Civil Code{% if not customer.professional %}; interest "
                    "on arrears "
                    "runs from it at the French statutory rate{% endif %}."
                ),
                Sentence(
                    "In addition, under articles L. 441-10 and D. 441-5 of the French Commercial Code, you "
                    "owe as of "
                    "right late-payment penalties, from the day after the due date, at the agreed rate or, "
                    "failing "
                    "that, at the European Central Bank’s refinancing rate plus ten percentage points, and "
                    "the fixed "
                    "indemnity of EUR 40 per invoice for recovery costs{% if indemnity %}, that is "
                    "{{ indemnity }} to "
                    "date{% endif %}.",
                    when="customer.professional and not customer.public",
                ),
                Sentence(
                    "In addition, under articles L. 2192-12 to L. 2192-14 of the French Public Procurement Code, "
                    "you owe as of right default interest at the European Central Bank’s refinancing rate plus "
                    "eight percentage points (article R. 2192-31) and the fixed indemnity of EUR 40 for recovery "
                    "costs (article D. 2192-35).",
                    when="customer.public",
                ),
                Sentence(
                    "Failing full payment within this time, we will have no choice but to bring the "
                    "matter, without "
                    "further notice, before the competent court in order to recover the sums due"
                    "{% if not customer.country and not customer.public %}, in particular by applying for an order to pay "
                    "(injonction de "
                    "payer, articles 1405 et seq. of the French Code of Civil Procedure){% endif %}."
                ),
                Sentence(
                    "If you dispute all or part of this sum, or have already paid it, please inform us in "
                    "writing "
                    "before that date, with supporting documents. " + _ENCLOSED
                ),
            ),
            closing=_CLOSING,
        ),
    },
)
