"""How a question looks where no kernel is: on GitHub, in print, reopened, or not trusted."""

from collections.abc import Sequence

from quizzes import markup
from quizzes.model import Item, NumberItem

# One of card and widget is shown. JupyterLab puts the outputs of a cell side by side in one output area.
_STYLE = """
.atr-card{border:1px solid #6e7781;border-radius:6px;padding:8px 16px;max-width:840px}
.atr-card ul{list-style:none;padding-left:8px}
.atr-card li::before{content:"☐ "}
.atr-card .atr-remedy{visibility:hidden;animation:atr-appear 1ms 3s forwards}
@keyframes atr-appear{to{visibility:visible}}
.jp-OutputArea:has(.atr-quiz) .jp-OutputArea-child:has(.atr-card){display:none}
.jp-OutputArea:has(.atr-card):not(:has(.atr-quiz)) [data-mime-type$="widget-view+json"]{display:none}
@media print{.atr-card .atr-remedy{display:none}}
"""
_REMEDY = (
    "No controls here? Run this cell. If that does not help, run <code>python3 learn.py doctor</code> in a terminal."
)


def html(title: str, items: Sequence[Item]) -> str:
    """The questions with their options and without anything that says which is right."""
    questions = "".join(_question(item) for item in items)
    return (
        f'<section class="atr-card" aria-label="{markup.plain(title)}"><style>{_STYLE}</style>'
        f"<p><strong>{markup.inline(title)}</strong></p>{questions}"
        f'<p><em>Run this cell to answer.</em></p><p class="atr-remedy">{_REMEDY}</p></section>'
    )


def _question(item: Item) -> str:
    if isinstance(item, NumberItem):
        return f"<div>{markup.block(item.prompt)}<p>__________ {markup.inline(item.unit)}</p></div>"
    options = "".join(f"<li>{markup.inline(choice.content)}</li>" for choice in item.choices)
    return f"<div>{markup.block(item.prompt)}<ul>{options}</ul></div>"
