"""A page as one HTML file that needs nothing but itself: no request, no font, no script from elsewhere.

The policy in its head allows the one style and the one script whose hashes it names, and nothing else, so that even
markup that escaping had missed could neither run nor reach a network. Numbers for moving pictures stand in the page
as data. Without a script everything can be read: levels and colours are chosen by the style alone.
"""

from __future__ import annotations

import json
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from educe.errors import ParameterError, nearest
from educe.report import markup
from educe.report.blocks import DEPTHS, Beside, Block, Chapter, Entry, Fold, Level, Page, Picture
from educe.report.mathml import typeset
from educe.report.writing import write

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator

    from educe.report.blocks import Depth

DEPTH_WORDS = {"plain": "Plain words", "school": "School", "full": "Full"}
THEMES = {"auto": "Auto", "light": "Light", "dark": "Dark"}


def render(page: Page, *, depth: Depth = "full") -> str:
    """Return the page as HTML.

    depth : the reading level at which it opens; the reader can choose another
    """
    style, script = _style(page), _script(page)
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy(style, script)}">'
        '<meta name="color-scheme" content="light dark"><meta name="generator" content="educe">'
        f"<title>{markup.text(page.title)}</title><style>{style}</style>"
    )
    body = (
        f'<a class="skip" href="#text">Skip to the text</a>{_bar(page, depth)}<div class="sheet">{_contents(page)}'
        f'<main id="text" tabindex="-1">{_head(page)}{"".join(map(_chapter, page.chapters))}'
        f"{_glossary(page.glossary)}<footer><p>Written by educe from the numbers of this result. "
        f"The page holds everything it shows and asks nothing of any network.</p></footer></main></div>"
        f"{_scenes(page)}<script>{script}</script>"
    )
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>{body}</body></html>\n'


def save(page: Page, path: str | os.PathLike[str], *, depth: Depth = "full") -> None:
    """Write a page to a file. Raises FileError if it cannot be written."""
    write(path, render(page, depth=depth).encode("utf-8"))


def depth_named(name: str) -> Depth:
    """Return the reading level of this name; ParameterError with the nearest name if there is none.

    >>> depth_named("school")
    'school'
    """
    for depth in DEPTHS:
        if depth == name:
            return depth
    raise ParameterError(f"level '{name}' is not one of {', '.join(DEPTHS)}.{nearest(name, DEPTHS)}")


def policy(style: str, script: str) -> str:
    """Return what the page may do: apply this style, run this script, show images that it holds itself."""
    return (
        f"default-src 'none'; style-src 'sha256-{_digest(style)}'; script-src 'sha256-{_digest(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    )


def _digest(content: str) -> str:
    return b64encode(sha256(content.encode("utf-8")).digest()).decode()


@cache
def _asset(name: str) -> str:
    return files("educe.report").joinpath(name).read_text(encoding="utf-8")


def _style(page: Page) -> str:
    """Return the style of every page, and what hides the parts of this one that are not chosen."""
    hidden = (
        f":root:has(#part-{k}:checked) .part:not(.part-{k}){{display:none}}" for k in range(len(page.parts))
    )
    return "\n".join((_asset("page_style.css"), *hidden))


def _script(page: Page) -> str:
    """Return the script of every page, then that of this one, then the start."""
    parts = [_asset("page_script.js"), _asset("page_scenes.js"), *page.scripts, "educe.start();"]
    script = "\n".join(parts)
    if "</script" in script.lower() or "<!--" in script:
        raise ValueError("a script of a page must not hold the end of a script")
    return script


def _bar(page: Page, depth: Depth) -> str:
    """Return the controls: part, reading level and colours, which work without a script."""
    parts = "".join(_radio("part", str(k), markup.text(words), k == 0) for k, words in enumerate(page.parts))
    target = (
        f'<fieldset><legend>Target</legend><span class="choice">{parts}</span></fieldset>' if parts else ""
    )
    levels = "".join(_radio("level", name, words, name == depth) for name, words in DEPTH_WORDS.items())
    themes = "".join(_radio("theme", name, words, name == "auto") for name, words in THEMES.items())
    return (
        '<div class="bar" role="region" aria-label="How to read this page"><span class="brand">educe</span>'
        f"{target}"
        f'<fieldset><legend>Reading level</legend><span class="choice">{levels}</span></fieldset>'
        f'<fieldset><legend>Colours</legend><span class="choice">{themes}</span></fieldset></div>'
    )


def _radio(group: str, name: str, words: str, chosen: bool) -> str:
    checked = " checked" if chosen else ""
    at = f"{group}-{name}"
    return f'<input type="radio" name="{group}" id="{at}"{checked}><label for="{at}">{words}</label>'


def _contents(page: Page) -> str:
    entries = "".join(
        f'<li class="{_shown(chapter)}"><a href="#{chapter.name}">{markup.text(chapter.title)}</a></li>'
        for chapter in page.chapters
    )
    if page.glossary:
        entries += '<li class="unnumbered"><a href="#glossary">Glossary</a></li>'
    return f'<nav aria-label="Chapters"><details open><summary>Chapters</summary><ol>{entries}</ol></details></nav>'


def _head(page: Page) -> str:
    first, *others = page.headline
    below = "".join(
        f'<div class="headline numbers"><div class="box">{typeset(f.tex, f.text)}</div></div>' for f in others
    )
    return (
        f'<header><p class="kicker">{markup.text(page.kicker)}</p><h1 class="headline"><span class="box">'
        f"{typeset(first.tex, first.text)}</span></h1>{below}</header>"
    )


def _shown(chapter: Chapter) -> str:
    """Return the classes by which the style knows from which level, and in which part, a chapter is shown."""
    return f"from-{chapter.depth}" + ("" if chapter.part is None else f" part part-{chapter.part}")


def _chapter(chapter: Chapter) -> str:
    return (
        f'<section id="{chapter.name}" class="chapter {_shown(chapter)}" aria-labelledby="{chapter.name}-title">'
        f'<h2 id="{chapter.name}-title">{markup.text(chapter.title)}</h2>{markup.blocks(chapter.blocks)}</section>'
    )


def _glossary(entries: Iterable[Entry]) -> str:
    listed = "".join(
        f'<div><dt id="term-{markup.address(entry.name)}">{markup.text(entry.name)}'
        f"{' ' + typeset(entry.symbol, entry.symbol, display='inline') if entry.symbol else ''}</dt>"
        f"<dd>{markup.text(entry.meaning)}</dd></div>"
        for entry in entries
    )
    if not listed:
        return ""
    return (
        '<section id="glossary" class="chapter unnumbered" aria-labelledby="glossary-title">'
        f'<h2 id="glossary-title">Glossary</h2><dl class="glossary">{listed}</dl></section>'
    )


def pictures(page: Page) -> Iterator[Picture]:
    """Yield every picture of a page."""
    for chapter in page.chapters:
        yield from (block for block in every(chapter.blocks) if isinstance(block, Picture))


def every(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield blocks and the blocks within them."""
    for block in blocks:
        yield block
        if isinstance(block, Fold | Beside | Level):
            yield from every(block.blocks)


def _scenes(page: Page) -> str:
    """Return the data of moving pictures, as text that cannot end its element."""
    return "".join(
        f'<script type="application/json" id="scene-{picture.name}">{_data(picture.scene)}</script>'
        for picture in pictures(page)
        if picture.scene is not None
    )


def _data(scene: Any) -> str:
    plain = json.dumps(scene, separators=(",", ":"), allow_nan=False)
    return plain.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
