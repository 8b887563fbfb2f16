"""Draws spans as lanes: an SVG by hand, its reading for those who cannot see it, and a table behind it."""

from collections.abc import Iterator, Sequence
from html import escape
from math import floor, log10
from urllib.parse import quote

from demo_app.lab.trace import ERROR, OUTCOME, STATUS, Span

_LEFT, _WIDTH, _RIGHT, _TOP, _LANE = 170, 560, 70, 58, 26
_LETTERS = 18  # of a request's name, beside its lane

# Inside the picture, which is an image of its own and knows nothing of the page around it.
_PICTURE_STYLE = """
text{fill:#1f2328;font:12px system-ui,sans-serif}
.frame{fill:none;stroke:#6e7781}
.grid{stroke:#d0d7de}
.loop{fill:#0969da;stroke:#0550ae}
.thread{fill:url(#hatch);stroke:#b35900}
.process{fill:url(#dots);stroke:#1a7f37}
.task{stroke-width:2;stroke-dasharray:3 2}
.response{fill:#1f2328}
.failed{stroke:#1f2328;stroke-width:3;fill:none}
.predicted{stroke:#8250df;stroke-width:2;stroke-dasharray:6 4}
.measured{stroke:#1f2328;stroke-width:2}
"""
_PATTERNS = (
    '<pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="7" height="7" fill="#ffb454"/><line y2="7" stroke="#b35900" stroke-width="3"/></pattern>'
    '<pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect width="6" height="6" fill="#aceebb"/><circle cx="3" cy="3" r="1.4" fill="#1a7f37"/></pattern>'
)
_SORTS = {"event loop": "loop", "worker thread": "thread", "worker process": "process"}
_LANES = ("request", "message")
_PAGE_STYLE = """
.atr-timeline{font-size:13px;max-width:820px}
.atr-timeline img{background:#fff;border-radius:6px;max-width:100%;display:block}
[data-jp-theme-light="false"] .atr-timeline img{filter:invert(.92) hue-rotate(180deg)}
.atr-timeline th,.atr-timeline td{text-align:left;padding:2px 10px}
.atr-timeline summary{cursor:pointer}
"""


def html(spans: Sequence[Span], summary: str, predicted: float | None) -> str:
    """The picture, what it says in words, and the table, as one HTML fragment that needs nothing else.

    The picture is an image and not inline SVG: where HTML is sanitised, its words remain and not its letters.
    """
    scale = _Scale(spans, predicted)
    said = "" if predicted is None else f" You: {predicted:g} s."
    caption = escape(f"{summary}. Measured: {scale.measured:.2f} s{_tasks_over(spans, scale)}.{said}")
    picture = f"data:image/svg+xml,{quote(svg(spans, summary, predicted))}"
    return (
        f'<div class="atr-timeline"><style>{_PAGE_STYLE}</style><p>{caption}</p><img alt="Timeline: {caption}" '
        f'src="{picture}"><details><summary>As a table</summary>{_table(spans, scale)}</details></div>'
    )


def _tasks_over(spans: Sequence[Span], scale: "_Scale") -> str:
    ends = [scale.seconds(end(span)) for span in spans if span.kind == "background task"]
    return f" until answered, {max(ends):.2f} s until the last background task was over" if ends else ""


def svg(spans: Sequence[Span], summary: str, predicted: float | None) -> str:
    """The picture: a lane for each request, a line for the prediction."""
    scale = _Scale(spans, predicted)
    lanes = [span for span in spans if span.kind in _LANES]
    width, height = _LEFT + _WIDTH + _RIGHT, _TOP + _LANE * len(lanes) + 30
    drawn = [_grid(scale, height)]
    drawn += [_lane(span, spans, _TOP + _LANE * row, scale) for row, span in enumerate(lanes)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f"<title>{escape(summary)}</title><style>{_PICTURE_STYLE}</style><defs>{_PATTERNS}</defs>"
        f"{_legend(lanes)}{''.join(drawn)}{_marks(scale, height)}</svg>"
    )


class _Scale:
    """Turns the server's nanoseconds into seconds since the first span, and those into pixels."""

    def __init__(self, spans: Sequence[Span], predicted: float | None) -> None:
        self.begin = min((span.start_time for span in spans), default=0)
        ends = [span.events.get("response end", end(span)) for span in spans if span.kind in _LANES]
        self.measured = self.seconds(max(ends, default=self.begin))
        self.predicted = predicted
        last = max((self.seconds(end(span)) for span in spans), default=0.0)
        self.longest = max(last, predicted or 0.0, 1e-3)

    def seconds(self, time: int) -> float:
        return (time - self.begin) / 1e9

    def x(self, seconds: float) -> float:
        return _LEFT + _WIDTH * seconds / self.longest


def end(span: Span) -> int:
    """When the span ended; when its latest event happened, if it still runs."""
    return span.end_time if span.end_time is not None else max(span.events.values(), default=span.start_time)


def _legend(lanes: Sequence[Span]) -> str:
    if lanes and all(lane.kind == "message" for lane in lanes):
        return (
            f"{_key('process', 0, 'in a process of the worker')}{_key('frame', 206, 'from sent to over')}"
            f'{_cross(_LEFT + 366, 12)}<text x="{_LEFT + 376}" y="16">raised or cut off</text>'
        )
    return (
        f"{_key('loop', 0, 'on the event loop')}{_key('thread', 150, 'in a worker thread')}"
        f"{_key('frame', 306, 'request')}"
        f'<circle class="response" cx="{_LEFT + 405}" cy="12" r="4"/>'
        f'<text x="{_LEFT + 414}" y="16">response sent</text>{_cross(_LEFT + 520, 12)}'
        f'<text x="{_LEFT + 530}" y="16">raised</text>'
    )


def _key(sort: str, x: int, words: str) -> str:
    box = f'<rect class="{sort}" x="{_LEFT + x}" y="6" width="22" height="12"/>'
    return f'{box}<text x="{_LEFT + x + 28}" y="16">{words}</text>'


def _grid(scale: _Scale, height: int) -> str:
    return "".join(
        f'<line class="grid" x1="{scale.x(t):.1f}" x2="{scale.x(t):.1f}" y1="{_TOP - 8}" y2="{height - 22}"/>'
        f'<text x="{scale.x(t):.1f}" y="{height - 6}" text-anchor="middle">{t:g} s</text>'
        for t in _ticks(scale.longest)
    )


def _ticks(longest: float) -> list[float]:
    """Round numbers of seconds from 0 to `longest`, three to six of them."""
    decade = 10 ** floor(log10(longest))
    step = next(decade * part for part in (0.2, 0.5, 1, 2) if longest / (decade * part) <= 5)
    return [round(step * number, 6) for number in range(int(longest / step) + 1)]


def _lane(lane: Span, spans: Sequence[Span], y: int, scale: _Scale) -> str:
    inside = [span for span in spans if span.trace_id == lane.trace_id and span.kind not in _LANES]
    sent = lane.events.get("response end")
    return (
        f'<text x="{_LEFT - 8}" y="{y + 14}" text-anchor="end">{escape(_label(lane))}</text>'
        f"{_bar(lane, 'frame', y, scale)}{_inside(inside, y, scale)}"
        + (f'<circle class="response" cx="{scale.x(scale.seconds(sent)):.1f}" cy="{y + 9}" r="4"/>' if sent else "")
    )


def _label(lane: Span) -> str:
    return f"{_shortened(lane.name)} → {lane.attributes.get(STATUS) or lane.attributes.get(OUTCOME, 'no answer')}"


def _inside(spans: Sequence[Span], y: int, scale: _Scale) -> str:
    """The work of a lane; several runs of a task may overlap, so they take turns in two thinner rows."""
    runs = [span for span in spans if span.kind == "celery task"]
    if len(runs) > 1:
        return "".join(_work(run, y + 2 + 7 * (row % 2), scale, height=6) for row, run in enumerate(runs))
    return "".join(_work(span, y + 3, scale) for span in spans)


def _shortened(name: str) -> str:
    """What fits beside the lane; the whole of it stands in the table."""
    return name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"


def _work(span: Span, y: int, scale: _Scale, height: int = 12) -> str:
    sort = _SORTS[span.thread]
    bar = _bar(span, f"{sort} task" if span.kind == "background task" else sort, y, scale, height)
    return bar + (_cross(scale.x(scale.seconds(end(span))), y + height // 2) if ERROR in span.attributes else "")


def _cross(x: float, y: int) -> str:
    return f'<path class="failed" d="M{x - 5:.1f} {y - 5}l10 10m0 -10l-10 10"/>'


def _bar(span: Span, sort: str, y: int, scale: _Scale, height: int = 18) -> str:
    x, right = scale.x(scale.seconds(span.start_time)), scale.x(scale.seconds(end(span)))
    return (
        f'<rect class="{sort}" x="{x:.1f}" y="{y}" width="{max(right - x, 1.5):.1f}" height="{height}" rx="2">'
        f"<title>{escape(_words(span, scale))}</title></rect>"
    )


def _words(span: Span, scale: _Scale) -> str:
    begin, stop = scale.seconds(span.start_time), scale.seconds(end(span))
    return f"{span.kind} {span.name}, {span.thread}, {begin:.3f} to {stop:.3f} s"


def _marks(scale: _Scale, height: int) -> str:
    """Both lines, each labelled towards the side where there is room."""
    if scale.predicted is None:
        return ""
    later = scale.predicted > scale.measured
    return _mark("predicted", f"you: {scale.predicted:g} s", scale.predicted, scale, height, later) + _mark(
        "measured", f"measured: {scale.measured:.2f} s", scale.measured, scale, height, not later
    )


def _mark(sort: str, words: str, seconds: float, scale: _Scale, height: int, to_the_right: bool) -> str:
    x = scale.x(seconds)
    shift, anchor = (-4, "end") if to_the_right and seconds > scale.longest / 2 else (4, "start")
    y = 34 if sort == "predicted" else 47
    return (
        f'<line class="{sort}" x1="{x:.1f}" x2="{x:.1f}" y1="26" y2="{height - 22}"/>'
        f'<text x="{x + shift:.1f}" y="{y}" text-anchor="{anchor}">{words}</text>'
    )


def _table(spans: Sequence[Span], scale: _Scale) -> str:
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("what", "name", "where", "from", "to", "outcome"))
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(_rows(spans, scale))}</tbody></table>"


def _rows(spans: Sequence[Span], scale: _Scale) -> Iterator[str]:
    for span in spans:
        outcome = next((span.attributes[name] for name in (ERROR, STATUS, OUTCOME) if name in span.attributes), "")
        begin, stop = f"{scale.seconds(span.start_time):.3f} s", f"{scale.seconds(end(span)):.3f} s"
        cells = (span.kind, span.name, span.thread, begin, stop, outcome)
        yield "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>"
