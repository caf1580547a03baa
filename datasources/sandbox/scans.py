"""The sandbox's scanned answer papers: PDFs that look like what a candidate wrote. The same paper, the same bytes."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from fpdf import FPDF
from PIL import Image

SCANNED_AT = datetime(2026, 8, 20, 9, 0, tzinfo=UTC)
# Of an A4 page, in millimetres.
WIDTH, HEIGHT = 210.0, 297.0
LEFT, RIGHT, TOP, LINE = 20.0, 190.0, 48.0, 9.0
LINES = 25
# The grain of a scan's paper, at 75 dots an inch: it does not compress, as real scans do not.
GRAIN = (620, 877)
INK = (24, 34, 92)


@dataclass(frozen=True, slots=True)
class Paper:
    """One candidate's answers in one component."""

    doc_store_page_id: str
    centre_id: str
    candidate_number: str
    assessment_code: str
    component_id: str
    page_count: int
    is_grained: bool  # scanned with the grain of its paper: about 0.3 MB a page


def scanned(paper: Paper) -> bytes:
    """The PDF of a paper. Takes some hundredths of a second a page."""
    chance = random.Random(paper.doc_store_page_id)  # noqa: S311 made-up handwriting, no secret
    pdf = FPDF(format="A4")
    pdf.set_creation_date(SCANNED_AT)
    pdf.set_title(f"Script {paper.doc_store_page_id}")
    pdf.set_auto_page_break(auto=False)
    for number in range(1, paper.page_count + 1):
        pdf.add_page()
        if paper.is_grained:
            pdf.image(_grain(chance), x=0, y=0, w=WIDTH, h=HEIGHT)
        _print_head(pdf, paper, number)
        _rule_lines(pdf)
        _write(pdf, chance, LINES if number < paper.page_count else chance.randint(3, LINES))
    return bytes(pdf.output())


def _grain(chance: random.Random) -> Image.Image:
    light = bytes(236 + level % 20 for level in range(256))
    return Image.frombytes("L", GRAIN, chance.randbytes(GRAIN[0] * GRAIN[1]).translate(light))


def _print_head(pdf: FPDF, paper: Paper, number: int) -> None:
    pdf.set_text_color(0)
    pdf.set_font("helvetica", style="B", size=12)
    pdf.text(LEFT, 16, f"{paper.assessment_code}/{paper.component_id}")
    pdf.set_font("helvetica", size=9)
    pdf.text(LEFT, 24, f"Centre number {paper.centre_id}")
    pdf.text(LEFT + 55, 24, f"Candidate number {paper.candidate_number}")
    pdf.text(LEFT + 115, 24, f"Page {number} of {paper.page_count}")
    pdf.set_font("helvetica", style="I", size=7)
    pdf.text(LEFT, HEIGHT - 10, f"Made up by the sandbox. Nobody wrote this. {paper.doc_store_page_id}")
    pdf.set_fill_color(0)
    bars = random.Random(f"{paper.doc_store_page_id}:{number}")  # noqa: S311
    at = LEFT
    while at < LEFT + 45:
        width = bars.choice((0.3, 0.6, 0.9))
        pdf.rect(at, 29, width, 8, style="F")
        at += width + bars.choice((0.3, 0.6))


def _rule_lines(pdf: FPDF) -> None:
    pdf.set_draw_color(190)
    pdf.set_line_width(0.15)
    for line in range(LINES):
        at = TOP + line * LINE
        pdf.line(LEFT, at, RIGHT, at)


def _write(pdf: FPDF, chance: random.Random, lines: int) -> None:
    pdf.set_draw_color(*INK)
    pdf.set_line_width(0.28)
    for line in range(lines):
        at, end = LEFT + chance.uniform(0, 6), RIGHT - chance.uniform(0, 40)
        while at < end:
            width = chance.uniform(8, 24)
            pdf.polyline(list(_stroke(chance, at, TOP + line * LINE - 1, width)))
            at += width + chance.uniform(3, 6)


def _stroke(chance: random.Random, left: float, baseline: float, width: float) -> Iterator[tuple[float, float]]:
    """The points of one word, written without lifting the pen."""
    steps = int(width * 1.6)
    height = chance.uniform(1.6, 2.4)
    for step in range(steps):
        phase = step * 1.5 + chance.uniform(-0.3, 0.3)
        rise = height * (0.5 + 0.5 * math.sin(phase)) * (2.0 if chance.random() < 0.06 else 1.0)  # noqa: PLR2004 an ascender
        yield left + width * step / steps + 0.5 * math.cos(phase), baseline - rise
