"""Electronic invoices: CII, as Factur-X and ZUGFeRD attach it to a PDF, and UBL, which lies beside one."""
