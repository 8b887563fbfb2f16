"""Markdown with code and math to HTML, in Python and without a network.

Raw HTML is shown as text, images are not loaded, and what is left after all that is cleaned once more: the texts come
from bank files, and a bank file may come from anybody.
"""

import functools
from typing import Any

import latex2mathml.converter
import nh3
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

_MATH = {
    "math", "menclose", "merror", "mfrac", "mi", "mn", "mo", "mover", "mpadded", "mphantom", "mroot", "mrow", "ms",
    "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr", "munder", "munderover",
}  # fmt: skip
_TAGS = _MATH | {
    "a", "blockquote", "br", "code", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre",
    "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "code": {"class"}, "math": {"display"}, "ol": {"start"}}


@functools.lru_cache(4096)
def block(text: str) -> str:
    """Paragraphs, lists and code blocks as HTML."""
    return _clean(_parser().render(text))


@functools.lru_cache(4096)
def inline(text: str) -> str:
    """One run of text as HTML, without a paragraph around it."""
    return _clean(_parser().renderInline(" ".join(text.split())))


def plain(text: str) -> str:
    """The text as it is read aloud: without the signs of Markdown for code and stress."""
    return " ".join(text.replace("`", "").replace("**", "").split())


def _clean(html: str) -> str:
    return nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto"}).strip()


def _math(tex: str, options: dict[str, Any]) -> str:
    """MathML, which browsers draw themselves; what is no formula stays as it was written."""
    try:
        return str(latex2mathml.converter.convert(tex, display="block" if options["display_mode"] else "inline"))
    except Exception:  # the converter has its own errors and Python's, whichever comes first
        return f"<code>{tex.replace('&', '&amp;').replace('<', '&lt;')}</code>"


@functools.cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    return parser.use(dollarmath_plugin, renderer=_math, allow_space=False, allow_digits=False)
