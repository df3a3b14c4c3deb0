"""PDFs of one page with some lines, for invoices of invented companies."""

from io import BytesIO

from reportlab.pdfgen.canvas import Canvas


def one_page(*lines: str) -> bytes:
    """Return a PDF of one page with lines of text."""
    written = BytesIO()
    canvas = Canvas(written, invariant=1)
    for number, line in enumerate(lines):
        canvas.drawString(72, 760 - 20 * number, line)
    canvas.showPage()
    canvas.save()
    return written.getvalue()
