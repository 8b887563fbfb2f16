"""Markdown to HTML, in Python and without a network: raw HTML is shown as text, images are not loaded."""

import functools

from markdown_it import MarkdownIt


def block(text: str) -> str:
    """Paragraphs, lists and code blocks as HTML."""
    return str(_parser().render(text)).strip()


def inline(text: str) -> str:
    """One run of text as HTML, without a paragraph around it."""
    return str(_parser().renderInline(" ".join(text.split()))).strip()


def plain(text: str) -> str:
    """The text as it is read aloud: without the signs of Markdown for code and stress."""
    return " ".join(text.replace("`", "").replace("**", "").split())


@functools.cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
