"""Markdown to HTML, in Python: no script, no network, and no markup of the author's own."""

from html import escape

from markdown_it import MarkdownIt

# An image would be a request to somewhere.
_markdown = MarkdownIt("commonmark", {"html": False}).disable("image")


def block(text: str) -> str:
    """`text` as paragraphs, lists and code blocks."""
    return str(_markdown.render(text)).strip()


def inline(text: str) -> str:
    """`text` as one run of words with code and emphasis."""
    return str(_markdown.renderInline(text.strip()))


def plain(text: str) -> str:
    """`text` as the value of an attribute."""
    return escape(text.replace("`", ""), quote=True)
