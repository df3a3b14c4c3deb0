"""A word across every page, so that nobody takes a preview for the letter (ISO 32000-1, 9.4 and 8.4.5)."""

import math
from pathlib import Path

import pikepdf
from pikepdf import Dictionary, Name, Page, Pdf

# How wide a letter of Helvetica-Bold is on average, in parts of its size.
_WIDTH = 0.68


def write_watermark(path: Path, word: str) -> None:
    """Write a word across each page of a PDF, in place."""
    with Pdf.open(path, allow_overwriting_input=True) as pdf:
        font = pdf.make_indirect(
            Dictionary(
                Type=Name.Font, Subtype=Name.Type1, BaseFont=Name("/Helvetica-Bold"), Encoding=Name.WinAnsiEncoding
            )
        )
        faint = pdf.make_indirect(Dictionary(Type=Name.ExtGState, ca=0.22))
        for page in pdf.pages:
            _mark(page, word, font, faint)
        # What is faint, in a font that is not in the file, is no PDF/A (see archival).
        if Name.Metadata in pdf.Root:
            del pdf.Root[Name.Metadata]
        pdf.save(path)


def _mark(page: Page, word: str, font: pikepdf.Object, faint: pikepdf.Object) -> None:
    left, bottom, right, top = (float(side) for side in page.mediabox)
    width, height = right - left, top - bottom
    angle = math.atan2(height, width)
    size = 0.7 * math.hypot(width, height) / (len(word) * _WIDTH)
    cosine, sine = math.cos(angle), math.sin(angle)
    # The middle of the word on the middle of the page.
    along, up = len(word) * _WIDTH * size / 2, size / 3
    x = (left + right) / 2 - along * cosine + up * sine
    y = (bottom + top) / 2 - along * sine - up * cosine
    font_name, faint_name = page.add_resource(font, Name.Font), page.add_resource(faint, Name.ExtGState)
    text = word.encode("cp1252", "replace").hex()
    drawn = (
        f"q {faint_name} gs 0.8 0.1 0.1 rg BT {font_name} {size:.1f} Tf "
        f"{cosine:.4f} {sine:.4f} {-sine:.4f} {cosine:.4f} {x:.1f} {y:.1f} Tm <{text}> Tj ET Q"
    )
    # What the page draws may leave its state changed.
    page.contents_add(b"q\n", prepend=True)
    page.contents_add(f"\nQ\n{drawn}\n".encode())
