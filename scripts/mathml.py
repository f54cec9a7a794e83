"""Turn LaTeX in the documentation into MathML while it is built, so that pages need no script and no network.

mkdocs calls `on_page_content` with each finished page; `arithmatex` has marked its formulas by then.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from latex2mathml.converter import convert

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

INLINE = re.compile(r'<span class="arithmatex">\\\((.*?)\\\)</span>', re.DOTALL)
DISPLAY = re.compile(r'<div class="arithmatex">\s*\\\[(.*?)\\\]\s*</div>', re.DOTALL)


def to_mathml(latex: str, display: str) -> str:
    """Return the formula as a ``<math>`` element.

    >>> to_mathml("x^2", "inline").startswith("<math")
    True
    """
    return convert(html.unescape(latex).strip(), display=display)


def on_page_content(content: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Return the page with every formula as MathML."""
    content = INLINE.sub(lambda found: to_mathml(found[1], "inline"), content)
    return DISPLAY.sub(lambda found: to_mathml(found[1], "block"), content)
