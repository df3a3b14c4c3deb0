"""Lists in the shapes that real programs export: read to the cent, or refused; nothing is read wrong in silence."""

import time
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook

from relance_xl.core.terms import Terms
from relance_xl.runtime.errors import SourceError
from relance_xl.sources.lists.list_file import ListFile, SourceFormat
from relance_xl.sources.source import Listing
from tests.support.calc import saved_as

Rows = Sequence[Sequence[object]]


@dataclass(frozen=True, slots=True)
class Shape:
    """A list as a program exports it, and what it comes to; `refused`: a part of the error's texts."""

    name: str
    content: str | Rows
    open: dict[str, str] = field(default_factory=dict)
    credit: dict[str, str] = field(default_factory=dict)
    wrong: tuple[str, ...] = ()
    due: dict[str, str] = field(default_factory=dict)
    refused: str = ""
    told: str = ""
    customers: frozenset[str] = frozenset()
    how: SourceFormat = field(default_factory=SourceFormat)


_FR = "N° facture;Client;Date d'échéance;Solde\n"
_XERO = ["Code", "Contact", "Invoice Date", "Due Date", "Invoice Number", "Invoice Reference", "< 1 Month", "1 Month",
         "2 Months", "Older", "Total"]  # fmt: skip

SHAPES = (
    Shape(
        "amounts with their side, zero as a dash",
        "N° pièce;Client;Échéance;Débit;Crédit\nF1;Ferrand;02/09/2026;70,00 €;-\nA1;Ferrand;02/09/2026; -   € ;24,00\n",
        {"F1": "70.00"},
        {"A1": "-24.00"},
    ),
    Shape(
        "credits marked CR",
        "Invoice No;Customer;Due Date;Balance;Currency\nF1;Ferrand;02/09/2026;70.00 DR;EUR\nA1;Ferrand;02/09/2026;24.00CR;EUR\n"
        "F2;Ferrand;02/09/2026;-24.00 CR;EUR\n",
        {"F1": "70.00"},
        {"A1": "-24.00"},
        ("F2",),
    ),
    Shape(
        "a row a payment",
        "Code client,Raison sociale,Réf. facture,Type,Date facturation,Date échéance,Montant TTC,Reste à payer,Facture payée,Montant payé\n"
        "C1,Ferrand,FA-71,0,2026-08-02,2026-09-02,600.00000000,250,0,150.00000000\n"
        "C1,Ferrand,FA-71,0,2026-08-02,2026-09-02,600.00000000,250,0,200.00000000\n"
        "C2,Lemoine,AV-3,2,2026-08-05,2026-08-05,-36.00000000,-36,0,\n"
        "C2,Lemoine,FA-70,0,2026-07-05,2026-08-05,36.00000000,0,1,36\n",
        {"FA-71": "250.00"},
        {"AV-3": "-36.00"},
    ),
    Shape(
        "a row a line of the invoice",
        "ContactName,InvoiceNumber,InvoiceDate,DueDate,Total,InvoiceAmountPaid,InvoiceAmountDue,Description,Currency\n"
        "Ferrand,S-1,2026-08-02,2026-09-02,600,350,250,Wheel,EUR\nFerrand,S-1,2026-08-02,2026-09-02,600,350,250,Tyre,EUR\n",
        {"S-1": "250.00"},
    ),
    Shape(
        "one number, two amounts",
        _FR + "F1;Ferrand;02/09/2026;10,00\nF1;Ferrand;02/09/2026;11,00\nF2;Ferrand;02/09/2026;5,00\n",
        {"F2": "5.00"},
        wrong=("F1", "F1 (ligne 3)"),
    ),
    Shape(
        "one number, two customers",
        _FR + "88;Ferrand;02/09/2026;10,00\n88;Lemoine;02/09/2026;11,00\n",
        wrong=("88", "88 (ligne 3)"),
    ),
    Shape(
        "instalments",
        _FR + "F9;Ferrand;02/11/2026;20,00\nF9;Ferrand;02/10/2026;10,00\nF9;Ferrand;02/12/2026;20,00\n",
        {"F9 (1/3)": "10.00", "F9 (2/3)": "20.00", "F9 (3/3)": "20.00"},
        due={"F9 (1/3)": "2026-10-02", "F9 (3/3)": "2026-12-02"},
    ),
    Shape(
        "a running balance per customer beside debit and credit",
        "N° compte tiers;Intitulé;Date de pièce;N° pièce;Date échéance;Débit;Crédit;Solde\n"
        "FER;Ferrand;020826;F71;020926;1 000,00;;1 000,00\nFER;Ferrand;150926;R3;;;400,00;600,00\n"
        "Total FER;;;;;1 000,00;400,00;600,00\nLEM;Lemoine;030826;F72;030926;50,00;;50,00\n"
        "LEM;Lemoine;030826;F73;130926;25,00;;75,00\nTotal général;;;;;1 075,00;400,00;675,00\n",
        {"F71": "1000.00", "F72": "50.00", "F73": "25.00"},
        {"R3": "-400.00"},
        due={"F71": "2026-09-02", "F73": "2026-09-13"},
    ),
    Shape(
        "a payment under its invoice's number",
        "Client;N° pièce;Date échéance;Débit;Crédit\nFerrand;F71;02/09/2026;1 000,00;\nFerrand;F71;;;400,00\n",
        {"F71": "600.00"},
    ),
    Shape(
        "a balance that is neither the row's nor runs on",
        "Client;N° pièce;Date échéance;Débit;Crédit;Solde\nFerrand;F71;02/09/2026;1 000,00;;700,00\n"
        "Lemoine;F72;02/09/2026;50,00;;50,00\n",
        refused="Solde",
    ),
    Shape(
        "a running balance beside the amounts",
        "N° facture;Client;Échéance;Montant TTC;Solde\nF1;Ferrand;02/09/2026;10,00;10,00\nF2;Ferrand;03/09/2026;20,00;30,00\n"
        "F3;Ferrand;04/09/2026;5,00;35,00\n",
        refused="Solde",
    ),
    Shape(
        "initial and remaining amounts",
        "N° facture;Client;Échéance;Montant dû;Reste\nF1;Ferrand;02/09/2026;100,00;40,00\n",
        {"F1": "40.00"},
        told="Montant dû",
    ),
    Shape(
        "the amount before payments",
        "Number,Customer,Due date,Total,Amount Due,Amount Paid\nA,Ferrand,2026-09-02,100.00,100.00,60.00\n",
        refused="Amount Due",
    ),
    Shape(
        "credits exported as positive beside their kind",
        "Type de document;N° facture;Client;Échéance;Solde\nFacture;F1;Ferrand;02/09/2026;100,00\nAvoir;A1;Ferrand;02/09/2026;30,00\n",
        {"F1": "100.00"},
        {"A1": "-30.00"},
        told="A1",
    ),
    Shape(
        "a status that says paid, void, draft",
        "Invoice number,Customer,Due date,Status,Balance,Currency\nI1,Ferrand,2026-09-02,Overdue,10.00,EUR\n"
        "I2,Ferrand,2026-09-02,Void,20.00,EUR\nI3,Ferrand,2026-09-02,Draft,30.00,EUR\nI4,Ferrand,2026-09-02,Paid,0.00,EUR\n"
        "I5,Ferrand,2026-09-02,Paid,40.00,EUR\nI6,Ferrand,2026-09-02,Partially paid,5.00,EUR\n",
        {"I1": "10.00", "I6": "5.00"},
        wrong=("I5",),
        told="I2",
    ),
    Shape(
        "a total and a status, nothing that is owed",
        "N° facture;Client;Échéance;Montant TTC;Statut\nF1;Ferrand;02/09/2026;10,00;En retard\nF2;Ferrand;02/09/2026;20,00;Payée\n",
        refused="Payée",
    ),
    Shape(
        "customers in rows of their own, numbers below them under no title",
        [
            ["Aged Receivable"],
            ["", "Invoice Date", "Amount Currency", "Currency", "Expected Date", "1-30", "31-60", "61-90", "Total"],
            ["Ferrand", "", "", "", "", 0.0, 250.0, 0.0, 250.0],
            ["   S/71", date(2026, 8, 2), 250.0, "EUR", date(2026, 9, 2), 0.0, 250.0, 0.0, ""],
            ["Total Ferrand", "", "", "", "", 0.0, 250.0, 0.0, 250.0],
            ["Total Aged Receivable", "", "", "", "", 0.0, 250.0, 0.0, 250.0],
        ],
        {"S/71": "250.00"},
        customers=frozenset({"Ferrand"}),
    ),
    Shape(
        "an aged list, customers in rows of their own",
        [
            ["Aged Receivables Detail"],
            _XERO,
            ["Ferrand"],
            ["", "", date(2026, 8, 2), date(2026, 9, 2), "S-71", "PO", "", "", 250.0, "", 250.0],
            ["Total Ferrand", "", "", "", "", "", "", "", 250.0, "", 250.0],
            ["Lemoine"],
            ["", "", date(2026, 8, 5), "", "", "CN-9", "", -36.0, "", "", -36.0],
        ],
        {"S-71": "250.00"},
        {"CN-9": "-36.00"},
        customers=frozenset({"Ferrand", "Lemoine"}),
    ),
    Shape(
        "month first, proved by a day above twelve; payments without a number",
        "Open Invoices,,,,\n,,,,\n,Date,Transaction type,Num,Due date,Open balance\nFerrand,,,,,\n"
        ',08/02/2026,Invoice,71,09/02/2026,"1,250.00"\n,08/20/2026,Invoice,72,09/20/2026,"750.00"\n'
        'Total for Ferrand,,,,,"$2,000.00"\nLemoine,,,,,\n,09/04/2026,Payment,,09/04/2026,"-20.00"\nTOTAL,,,,,"$1,980.00"\n'
        '"Monday, November 23, 2026 09:12 AM",,,,,\n',
        {"71": "1250.00", "72": "750.00"},
        {"Payment 09/04/2026": "-20.00"},
        due={"71": "2026-09-02"},
        told="USD",
    ),
    Shape(
        "month first, proved by the age that the list says",
        '"As of November 24, 2026",,,,\n,Date,Num,Customer,Due date,Open balance\n31 - 60 days past due,,,,,\n'
        ',09/01/2026,71,Ferrand,10/01/2026,"1,250.00"\nTotal for 31 - 60 days past due,,,,,"$1,250.00"\n',
        {"71": "1250.00"},
        due={"71": "2026-10-01"},
    ),
    Shape(
        "day or month first: nothing proves it",
        "Invoice number,Customer,Due date,Balance\nI1,Ferrand,02/09/2026,10.00\n",
        refused="dates =",
    ),
    Shape(
        "month first by the settings",
        "Invoice number,Customer,Due date,Balance\nI1,Ferrand,02/09/2026,10.00\n",
        {"I1": "10.00"},
        due={"I1": "2026-02-09"},
        how=SourceFormat(dates="mdy"),
    ),
    Shape(
        "one day that is none in a French list",
        _FR + "F1;Ferrand;02/09/2026;10,00\nF2;Ferrand;09/20/2026;20,00\n",
        {"F1": "10.00"},
        wrong=("F2",),
        due={"F1": "2026-09-02"},
    ),
    Shape(
        "a currency sign without a column",
        'Invoice number,Customer,Due date,Balance\nI1,Ferrand,13/09/2026,"$10.00"\n',
        refused="currency =",
    ),
    Shape(
        "the currency by the settings",
        'Invoice number,Customer,Due date,Balance\nI1,Ferrand,13/09/2026,"$10.00"\n',
        {"I1": "10.00"},
        how=SourceFormat(currency="CAD"),
    ),
    Shape(
        "a subtotal without a number",
        "Code client;Nom client;N° pièce;Date échéance;Solde\nF;Ferrand;F1;02/09/2026;10,00\nF;Ferrand;F2;03/09/2026;5,00\n"
        "F;Ferrand;;;15,00\nL;Lemoine;F3;02/09/2026;7,00\nL;Lemoine;;;7,00\n",
        {"F1": "10.00", "F2": "5.00", "F3": "7.00"},
    ),
    Shape(
        "a row without a number that is no subtotal",
        _FR + "F1;Ferrand;02/09/2026;10,00\n;Ferrand;;12,00\n",
        {"F1": "10.00"},
        wrong=("(ligne 3)",),
    ),
    Shape(
        "titles in two rows",
        [["Client", "", "Pièce", "", "Montants", ""], ["Code", "Nom", "N°", "Échéance", "TTC", "Solde"],
         ["C1", "Ferrand", "F1", date(2026, 9, 2), 100.0, 40.0]],
        {"F1": "40.00"},
    ),
    Shape(
        "days with a time, in words, with dots, as numbers",
        [["N° facture", "Client", "Échéance", "Solde"], ["F1", "Ferrand", "2026-09-02 13:05", 1.0],
         ["F2", "Ferrand", "2 sept. 2026", 1.0], ["F3", "Ferrand", "02.09.2026", 1.0], ["F4", "Ferrand", 46267.0, 1.0],
         ["F5", "Ferrand", "2026-09-02T00:00:00Z", 1.0], ["F6", "Ferrand", "14 Aug 2026", 1.0]],
        dict.fromkeys(("F1", "F2", "F3", "F4", "F5", "F6"), "1.00"),
        due={**dict.fromkeys(("F1", "F2", "F3", "F4", "F5"), "2026-09-02"), "F6": "2026-08-14"},
    ),
    Shape(
        "a third decimal",
        [["N° facture", "Client", "Échéance", "Solde"], [71.0, "Ferrand", date(2026, 9, 2), 0.1 + 0.2],
         [72.0, "Ferrand", date(2026, 9, 2), 12.344]],
        {"71": "0.30"},
        wrong=("72",),
    ),
    Shape("figures as a formula's text", 'N° facture,Client,Échéance,Solde\n"=""0071""",Ferrand,02/09/2026,"7,00"\n', {"0071": "7.00"}),
    Shape("a line that says the separator", "sep=;\n" + _FR + "F1;Ferrand, fils;02/09/2026;7,00\n", {"F1": "7.00"}),
    Shape(
        "due dates by terms",
        "N° facture;Client;Date facture;Solde\nF1;Ferrand;02/09/2026;7,00\n",
        {"F1": "7.00"},
        due={"F1": "2026-10-10"},
        how=SourceFormat(terms=Terms(20, to_month_end=True, then_day=10)),
    ),
    Shape(
        "the balance of the whole customer on each row",
        "Client;N° facture;Échéance;Montant TTC;Solde\nFerrand;F1;02/09/2026;30,00;80,00\nFerrand;F2;02/09/2026;50,00;80,00\n",
        refused="Solde",
    ),
    Shape(
        "a running balance, the newest first, after an opening",
        "Client;Date;N° pièce;Échéance;Montant;Solde\nFerrand;03/08/2026;F3;03/09/2026;10,00;210,00\n"
        "Ferrand;02/08/2026;F2;02/09/2026;120,00;200,00\nFerrand;01/08/2026;F1;01/09/2026;30,00;80,00\n",
        refused="Solde",
    ),
    Shape(
        "an amount due beside what was paid, under another title",
        "Numéro;Client;Échéance;Montant dû;Payé\nF1;Ferrand;02/09/2026;120,00;50,00\nF2;Lemoine;02/09/2026;10,00;0,00\n",
        refused="Montant dû",
    ),
    Shape(
        "columns by age, the last with a sign",
        "Client;N° facture;Échéance;Non échu;1-30;31-60;61-90;> 90\nFerrand;F1;01/03/2026;0,00;0,00;0,00;0,00;70,00\n"
        "Lemoine;F2;01/11/2026;0,00;10,00;0,00;0,00;0,00\n",
        {"F1": "70.00", "F2": "10.00"},
    ),
    Shape(
        "columns by age beside one that is not understood",
        "Client;N° facture;Échéance;Non échu;1-30;31-60;61-90;Vieux\nFerrand;F1;01/03/2026;0,00;0,00;0,00;0,00;70,00\n",
        refused="Vieux",
    ),
    Shape(
        "more cells than titles",
        "Numéro,Client,Échéance,Solde\nF1,Ferrand,02/09/2026,700,50\nF2,Lemoine,02/09/2026,80\n",
        {"F2": "80.00"},
        wrong=("F1",),
    ),
    Shape(
        "one number of two years",
        "Numéro;Client;Date facture;Échéance;Reste à payer\n12;Ferrand;01/09/2025;31/10/2026;10,00\n"
        "12;Ferrand;01/09/2026;31/10/2026;10,00\n13;Ferrand;01/09/2026;31/10/2026;5,00\n",
        {"13": "5.00"},
        wrong=("12", "12 (ligne 3)"),
    ),
    Shape(
        "a payment under its invoice's number, in one column",
        "N° pièce;Client;Date;Échéance;Type;Solde\nF1;Ferrand;01/08/2026;01/09/2026;Facture;120,00\nF1;Ferrand;05/09/2026;;Règlement;-50,00\n",
        {"F1": "70.00"},
    ),
    Shape(
        "two payments of one day and amount, without numbers",
        "Date;Type;Client;N°;Échéance;Solde\n01/08/2026;Facture;Ferrand;F1;01/09/2026;120,00\n05/09/2026;Règlement;Ferrand;;;-50,00\n"
        "05/09/2026;Règlement;Ferrand;;;-50,00\n",
        {"F1": "120.00"},
        {"Règlement 05/09/2026": "-50.00", "Règlement 05/09/2026 (2)": "-50.00"},
    ),
    Shape(
        "kinds by their codes, and what is no invoice",
        "Type;N° pièce;Client;Échéance;Solde\nFA;F1;Ferrand;01/09/2026;70,00\nAV;A1;Lemoine;01/09/2026;24,00\n"
        "Devis;D1;Ferrand;01/09/2026;30,00\nFacture fournisseur;X1;EDF;01/09/2026;30,00\n",
        {"F1": "70.00"},
        {"A1": "-24.00"},
        told="D1",
    ),
    Shape(
        "debit and credit by a letter in a column",
        "Nom;N° pièce;Échéance;Solde;Sens\nFerrand;F1;01/09/2026;70,00;D\nLemoine;A1;01/09/2026;24,00;C\n",
        {"F1": "70.00"},
        {"A1": "-24.00"},
    ),
    Shape(
        "what was lettered off",
        "Client;N° pièce;Échéance;Débit;Crédit;Lettrage\nFerrand;F1;01/09/2026;30,00;;AA\nFerrand;V5;;;30,00;AA\n"
        "Ferrand;F2;01/10/2026;12,00;;\n",
        {"F2": "12.00"},
    ),
    Shape(
        "statuses in other words",
        "Numéro;Client;Échéance;Reste à payer;Statut règlement\nF1;Ferrand;01/09/2026;7,00;Impayée\nF2;Ferrand;01/09/2026;8,00;Annulée par avoir\n"
        "F3;Ferrand;01/09/2026;9,00;Brouillon (en cours)\nF4;Ferrand;01/09/2026;10,00;Payé le 03/10/2026\n",
        {"F1": "7.00"},
        wrong=("F4",),
        told="F2",
    ),
    Shape("a currency behind the amount", "Invoice number;Customer;Due date;Balance\nA;Ferrand;2026-09-02;1 500,00 USD\n", refused="USD"),
    Shape("a currency in the title", "Invoice number,Customer,Due date,Balance ($)\nA,Ferrand,2026-09-02,150.00\n", refused="$"),
    Shape(
        "a sign that contradicts the currency",
        "Numéro;Client;Échéance;Solde;Devise\nF1;Ferrand;01/09/2026;7,00 €;EUR\nF2;Ferrand;01/09/2026;$ 8,00;EUR\n",
        {"F1": "7.00"},
        wrong=("F2",),
    ),
    Shape(
        "one number in two currencies on two sides",
        "N° pièce;Client;Échéance;Débit;Crédit;Devise\nF1;Ferrand;01/09/2026;7,00;;EUR\nF1;Ferrand;01/09/2026;2,00;;USD\n",
        wrong=("F1", "F1 (ligne 3)"),
    ),
    Shape(
        "an English list with the title Client, month first by one day",
        "Client,Invoice Number,Issue Date,Due Date,Balance Due\nFerrand,1,02/10/2026,03/10/2026,700.00\nLemoine,2,02/23/2026,03/23/2026,1.00\n",
        {"1": "700.00", "2": "1.00"},
        due={"1": "2026-03-10"},
    ),
    Shape(
        "days that a spreadsheet swapped where it could",
        [["N° facture", "Client", "Échéance", "Solde"], ["F1", "Ferrand", date(2026, 3, 10), 1.0],
         ["F2", "Ferrand", "13/10/2026", 1.0], ["F3", "Ferrand", "23/10/2026", 1.0]],
        refused="dates =",
    ),
    Shape(
        "days without marks as numbers",
        [["N° facture", "Client", "Échéance", "Solde"], ["F1", "Ferrand", 41026, 1.0], ["F2", "Ferrand", 151026, 1.0]],
        {"F1": "1.00", "F2": "1.00"},
        due={"F1": "2026-10-04", "F2": "2026-10-15"},
    ),
    Shape(
        "headings of pages, kinds and months are no customers, and a customer's total ends its part",
        ";Date;N° pièce;Échéance;Solde\nFerrand;;;;\nFactures;;;;\n;01/08/2026;F1;01/09/2026;7,00\nPage 1/2;;;;\nOctobre 2026;;;;\n"
        ";02/08/2026;F2;02/09/2026;8,00\nTotal Ferrand;;;;15,00\n;03/08/2026;F3;03/09/2026;9,00\n",
        {"F1": "7.00", "F2": "8.00"},
        wrong=("F3",),
        customers=frozenset({"Ferrand"}),
        told="Ferrand",
    ),
    Shape(
        "two names in a row, of which one is no customer",
        ";Date;N° pièce;Échéance;Solde\nFerrand;;;;\nRue Haute;;;;\n;01/08/2026;F1;01/09/2026;7,00\n",
        refused="Client",
    ),
    Shape(
        "codes beside names",
        "Tiers;Intitulé;N° pièce;Échéance;Solde\nFER01;Garage Ferrand;F1;01/09/2026;7,00\n",
        {"F1": "7.00"},
        customers=frozenset({"Garage Ferrand"}),
    ),
    Shape(
        "first names, a row counter, a number that was shortened",
        "N°;Référence;Nom;Prénom;Échéance;Solde\n1;F-71;Dupont;Jean;01/09/2026;7,00\n2;F-72;Dupont;Marie;01/09/2026;8,00\n"
        "3;2,02611E+11;Petit;Luc;01/09/2026;9,00\n",
        {"F-71": "7.00", "F-72": "8.00"},
        wrong=("2,02611E+11",),
        customers=frozenset({"Jean Dupont", "Marie Dupont"}),
    ),
    Shape(
        "titles again on the next page, and suppliers below",
        "N° pièce;Tiers;Échéance;Solde\nF1;Ferrand;01/09/2026;7,00\nN° pièce;Tiers;Échéance;Solde\nF2;Ferrand;01/09/2026;8,00\n"
        "Fournisseurs;;;\nN° pièce;Tiers;Échéance;Solde\nX9;EDF;01/09/2026;9,00\n",
        {"F1": "7.00", "F2": "8.00"},
    ),
    Shape(
        "one bad address, one garbled name",
        "N° facture;Client;Échéance;Solde;Email\nF1;Ferrand;02/09/2026;7,00;a@b.example\nF2;Lemoine;02/09/2026;8,00;a@@b\n"
        "F3;CrÃ©merie;02/09/2026;9,00;\n",
        {"F1": "7.00"},
        wrong=("F2", "F3"),
    ),
)  # fmt: skip


def _listing(folder: Path, shape: Shape) -> Listing:
    if isinstance(shape.content, str):
        path = folder / "impayes.csv"
        path.write_text(shape.content, encoding="utf-8", newline="")
    else:
        path = folder / "impayes.xlsx"
        book = Workbook()
        cover = book.active
        assert cover is not None
        cover.append(["Balance âgée"])
        sheet = book.create_sheet("Détail")
        for row in shape.content:
            sheet.append(list(row))
        book.save(path)
    return ListFile(path, shape.how).read()


@pytest.mark.parametrize("shape", SHAPES, ids=lambda one: one.name.replace(" ", "-"))
def test_a_list_comes_to_what_it_says(tmp_path: Path, shape: Shape) -> None:
    """A list is read wrong: a customer is asked for what was paid, for a total, for another currency, or too early."""
    if shape.refused:
        with pytest.raises(SourceError) as caught:
            _listing(tmp_path, shape)
        error = caught.value
        assert shape.refused in " ".join((error.summary, *map(str, error.faults), error.advice))
        return
    listing = _listing(tmp_path, shape)
    owed = {one.number: one.open.amount for one in listing.invoices if not one.is_credit}
    assert owed == {number: Decimal(amount) for number, amount in shape.open.items()}
    credits_ = {one.number: one.open.amount for one in listing.invoices if one.is_credit}
    assert credits_ == {number: Decimal(amount) for number, amount in shape.credit.items()}
    assert tuple(one.number for one in listing.wrong) == shape.wrong
    days = {one.number: one.due.isoformat() for one in listing.invoices}
    assert {number: days[number] for number in shape.due} == shape.due
    assert any(shape.told in text for text in listing.told) or not shape.told
    if shape.customers:
        assert {one.customer.name for one in listing.invoices} == shape.customers


def test_a_web_page_named_as_a_spreadsheet_is_read(tmp_path: Path) -> None:
    """What a web program calls .xls is a web page, and is refused as damaged."""
    page = (
        "<html><body><table><tr><th>N° facture</th><th>Client</th><th>Échéance</th><th>Solde</th></tr>"
        "<tr><td>F1</td><td>Ferrand</td><td>02/09/2026</td><td>7,00</td></tr></table></body></html>"
    )
    (tmp_path / "impayes.xls").write_text(page, encoding="utf-8")
    (invoice,) = ListFile(tmp_path / "impayes.xls", SourceFormat()).read().invoices
    assert (invoice.number, invoice.open.amount) == ("F1", Decimal("7.00"))


def test_columns_that_are_not_understood_are_listed(tmp_path: Path) -> None:
    """A column with what matters is passed over, and nobody knows."""
    (tmp_path / "l.csv").write_text(_FR.strip() + ";Représentant;Statut\nF1;Ferrand;02/09/2026;7,00;Luc;En retard\n")
    assert ListFile(tmp_path / "l.csv", SourceFormat()).read().unread == ("Représentant",)


def _far_cell(path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["N° facture", "Client", "Échéance", "Solde"], ["F1", "Ferrand", "01/09/2026", 7.0]):
        sheet.append(row)
    sheet.cell(1_048_576, 16_384, "x")
    book.save(path)


def _bomb(path: Path) -> None:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as part,
    ):
        for _piece in range(60):
            part.write(b" " * 10_000_000)


@pytest.mark.parametrize("make", [_far_cell, _bomb], ids=["a far cell", "a bomb"])
def test_a_spreadsheet_that_would_take_all_memory_is_refused(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """A file of a few kilobytes ends the program, or takes the computer for minutes."""
    make(tmp_path / "impayes.xlsx")
    begun = time.monotonic()
    with pytest.raises(SourceError):
        ListFile(tmp_path / "impayes.xlsx", SourceFormat()).read()
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    "content",
    [
        "x" * 3_000_000, ";" * 50_000, _FR + "y" * 200_000, _FR + "F1;Ferrand;" + "9" * 5000 + ";" + "9" * 5000, '<table><td colspan="²">',
        "<!-- <table -->",
    ],
    ids=["a line", "columns", "a heading", "figures", "a span", "a comment"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["impayes.csv", "impayes.xls"])
def test_any_text_ends_soon(tmp_path: Path, content: str, name: str) -> None:
    """A hostile list stops the program with a foreign error, or holds it for minutes."""
    (tmp_path / name).write_text(content, encoding="utf-8")
    begun = time.monotonic()
    with suppress(SourceError):
        ListFile(tmp_path / name, SourceFormat()).read()
    assert time.monotonic() - begun < 10


def _with_format(path: Path, number_format: str, column: int = 4) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["Invoice number", "Customer", "Due date", "Balance", "Note"],
        ["F1", "Ferrand", date(2026, 9, 13), 7.5, 1.5],
    ):
        sheet.append(row)
    sheet.cell(2, column).number_format = number_format
    book.save(path)


@pytest.mark.parametrize("number_format", ['"$"#,##0.00', "[$$-409]#,##0.00", "[$£-809]#,##0.00", "#,##0.00 [$USD]"])
def test_a_currency_that_cells_only_show_is_asked_for(tmp_path: Path, number_format: str) -> None:
    """Dollars, which a workbook's number format shows and no cell holds, are taken for euros."""
    _with_format(tmp_path / "l.xlsx", number_format)
    with pytest.raises(SourceError, match="signe de devise"):
        ListFile(tmp_path / "l.xlsx", SourceFormat()).read()
    (invoice,) = ListFile(tmp_path / "l.xlsx", SourceFormat(currency="USD")).read().invoices
    assert (invoice.open.currency, invoice.open.amount) == ("USD", Decimal("7.50"))


@pytest.mark.parametrize(
    ("number_format", "column"),
    [("#,##0.00 [$€-40C]", 4), ('#,##0.00 "€"', 4), ("[$-409]#,##0.00", 4), ("[Red]#,##0.00", 4), ('"$"#,##0.00', 5)],
)
def test_euros_and_other_columns_formats_ask_nothing(tmp_path: Path, number_format: str, column: int) -> None:
    """A list in euros is refused for the language of a number format, or for a column that is none of its amounts."""
    _with_format(tmp_path / "l.xlsx", number_format, column)
    (invoice,) = ListFile(tmp_path / "l.xlsx", SourceFormat()).read().invoices
    assert (invoice.open.currency, invoice.open.amount) == ("EUR", Decimal("7.50"))


def test_a_spreadsheet_of_the_open_format_that_shows_dollars_is_asked_for_them(tmp_path: Path) -> None:
    """Dollars of an ODS list, whose cells say so beside the value, are taken for euros."""
    _with_format(tmp_path / "l.xlsx", "[$$-409]#,##0.00")
    saved = saved_as(tmp_path / "l.xlsx", "ods", tmp_path / "saved")
    with pytest.raises(SourceError, match="signe de devise"):
        ListFile(saved, SourceFormat()).read()


def test_what_a_web_page_hides_is_no_part_of_an_amount(tmp_path: Path) -> None:
    """A sort key, which a page hides before the amount, makes 700.00 into 70,000,700.00; lines of a cell run together."""
    page = (
        "<html><body><table><tr><th>N°<br>facture</th><th>Client</th><th>Date<br>échéance</th><th>Solde</th></tr>"
        "<tr><td>F<b>1</b></td><td>Garage<br/>Morel<script>var a = 1</script><!-- not this --></td><td>02/09/2026</td>"
        '<td><span style="display: none">70000</span><span hidden>8</span>700,<span>00</span></td></tr></table></body></html>'
    )
    (tmp_path / "impayes.xls").write_text(page, encoding="utf-8")
    (invoice,) = ListFile(tmp_path / "impayes.xls", SourceFormat()).read().invoices
    assert (invoice.number, invoice.customer.name, invoice.open.amount) == ("F1", "Garage Morel", Decimal("700.00"))


@pytest.mark.parametrize(
    "titles",
    [
        "A/C;Name;Invoice No;Date;Due Date;O/S Amount",
        "Auxiliaire;Intitulé;N° pièce;Date comptable;Échéance;Solde ouvert",
        "Debitor Nr;Kundenname;Rechnungsnummer;Rechnungsdatum;Fälligkeit;Offener Betrag",
        "Código cliente;Cliente;Número de factura;Fecha;Vencimiento;Importe pendiente",
        "Codice cliente;Ragione sociale;Numero fattura;Data fattura;Scadenza;Residuo",
        "Klantnummer;Klantnaam;Factuurnummer;Factuurdatum;Vervaldatum;Openstaand bedrag",
        "Client ID;Contact Name;Reference;Dated On;Due On;Due Value",
    ],
)
def test_titles_of_other_programs_are_known(tmp_path: Path, titles: str) -> None:
    """A list from another program, or another country, must be explained title by title."""
    (tmp_path / "l.csv").write_text(f"{titles}\n07;Ferrand;F-9;03/08/2026;02/09/2026;1.234,50\n", encoding="utf-8")
    listing = ListFile(tmp_path / "l.csv", SourceFormat()).read()
    (invoice,) = listing.invoices
    found = invoice.customer.code, invoice.customer.name, invoice.number, invoice.open.amount
    assert found == ("07", "Ferrand", "F-9", Decimal("1234.50"))
    assert (invoice.issued, invoice.due) == (date(2026, 8, 3), date(2026, 9, 2))
    assert listing.unread == ()
