"""Draws spans as lanes: an SVG by hand, its reading for those who cannot see it, and a table behind it."""

from collections.abc import Iterator, Sequence
from html import escape
from itertools import count

from demo_app.lab.trace import ERROR, STATUS, Span

_LEFT, _WIDTH, _RIGHT, _TOP, _LANE = 170, 560, 70, 46, 26
_numbers = count(1)  # two pictures on a page must not share ids

_STYLE = """
.atr-timeline{color:var(--jp-content-font-color1,#1f2328);font:13px/1.4 system-ui,sans-serif;max-width:820px}
.atr-timeline svg{width:100%;height:auto;display:block}
.atr-timeline text{fill:currentColor;font:12px system-ui,sans-serif}
.atr-timeline .frame{fill:none;stroke:currentColor;stroke-opacity:.45}
.atr-timeline .grid{stroke:currentColor;stroke-opacity:.2}
.atr-timeline .loop{fill:#0969da;stroke:#0550ae}
.atr-timeline .thread{stroke:#b35900}
.atr-timeline .task{stroke-dasharray:3 2}
.atr-timeline .response{fill:currentColor}
.atr-timeline .predicted{stroke:currentColor;stroke-width:2;stroke-dasharray:6 4}
.atr-timeline .measured{stroke:currentColor;stroke-width:2}
.atr-timeline table{border-collapse:collapse;font-size:12px}
.atr-timeline th,.atr-timeline td{text-align:left;padding:2px 10px}
.atr-timeline summary{cursor:pointer}
"""


def html(spans: Sequence[Span], summary: str, predicted: float | None) -> str:
    """The picture, its one-line summary and the table, as one HTML fragment that needs nothing else."""
    scale = _Scale(spans, predicted)
    caption = escape(summary)
    return (
        f'<div class="atr-timeline"><style>{_STYLE}</style><div>{caption}, {scale.measured:.2f} s</div>'
        f"{_svg(spans, caption, scale)}"
        f"<details><summary>As a table</summary>{_table(spans, scale)}</details></div>"
    )


class _Scale:
    """Turns the server's nanoseconds into seconds since the first span, and those into pixels."""

    def __init__(self, spans: Sequence[Span], predicted: float | None) -> None:
        self.begin = min((span.start_time for span in spans), default=0)
        ends = [span.events.get("response end", end(span)) for span in spans if span.kind == "request"]
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


def _svg(spans: Sequence[Span], caption: str, scale: _Scale) -> str:
    lanes = [span for span in spans if span.kind == "request"]
    number, height = next(_numbers), _TOP + _LANE * len(lanes) + 30
    drawn = [
        _grid(scale, height),
        *(_lane(span, spans, _TOP + _LANE * i, scale, number) for i, span in enumerate(lanes)),
    ]
    return (
        f'<svg viewBox="0 0 {_LEFT + _WIDTH + _RIGHT} {height}" role="img" aria-labelledby="atr-title-{number}" '
        f'xmlns="http://www.w3.org/2000/svg"><title id="atr-title-{number}">{caption}</title>'
        f'<defs><pattern id="atr-hatch-{number}" width="7" height="7" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="7" height="7" fill="#ffb454"/>'
        '<line x1="0" y1="0" x2="0" y2="7" stroke="#b35900" stroke-width="3"/></pattern></defs>'
        f"{_legend(number)}{''.join(drawn)}{_marks(scale, height)}</svg>"
    )


def _legend(number: int) -> str:
    hatch = f' fill="url(#atr-hatch-{number})"'
    return (
        f"{_key('loop', '', 0, 'on the event loop')}{_key('thread', hatch, 150, 'in a worker thread')}"
        f"{_key('frame', '', 306, 'request')}"
        f'<circle class="response" cx="{_LEFT + 405}" cy="12" r="4"/>'
        f'<text x="{_LEFT + 414}" y="16">response sent</text>'
    )


def _key(sort: str, fill: str, x: int, words: str) -> str:
    box = f'<rect class="{sort}"{fill} x="{_LEFT + x}" y="6" width="22" height="12"/>'
    return f'{box}<text x="{_LEFT + x + 28}" y="16">{words}</text>'


def _grid(scale: _Scale, height: int) -> str:
    ticks = [scale.longest * part / 4 for part in range(5)]
    return "".join(
        f'<line class="grid" x1="{scale.x(t):.1f}" x2="{scale.x(t):.1f}" y1="{_TOP - 8}" y2="{height - 22}"/>'
        f'<text x="{scale.x(t):.1f}" y="{height - 6}" text-anchor="middle">{t:.2g} s</text>'
        for t in ticks
    )


def _lane(request: Span, spans: Sequence[Span], y: int, scale: _Scale, number: int) -> str:
    inside = [span for span in spans if span.trace_id == request.trace_id and span.kind != "request"]
    status = request.attributes.get(STATUS, "no answer")
    sent = request.events.get("response end")
    return (
        f'<text x="{_LEFT - 8}" y="{y + 14}" text-anchor="end">{escape(request.name)} → {status}</text>'
        f"{_bar(request, 'frame', '', y, scale)}{''.join(_work(span, y, scale, number) for span in inside)}"
        + (f'<circle class="response" cx="{scale.x(scale.seconds(sent)):.1f}" cy="{y + 9}" r="4"/>' if sent else "")
    )


def _work(span: Span, y: int, scale: _Scale, number: int) -> str:
    sort = "loop" if span.thread == "event loop" else "thread"
    task = " task" if span.kind == "background task" else ""
    fill = f' fill="url(#atr-hatch-{number})"' if sort == "thread" else ""
    return _bar(span, sort + task, fill, y + 3, scale, height=12)


def _bar(span: Span, sort: str, fill: str, y: int, scale: _Scale, height: int = 18) -> str:
    x, right = scale.x(scale.seconds(span.start_time)), scale.x(scale.seconds(end(span)))
    return (
        f'<rect class="{sort}"{fill} x="{x:.1f}" y="{y}" width="{max(right - x, 1.5):.1f}" height="{height}" rx="2">'
        f"<title>{escape(_words(span, scale))}</title></rect>"
    )


def _words(span: Span, scale: _Scale) -> str:
    begin, stop = scale.seconds(span.start_time), scale.seconds(end(span))
    return f"{span.kind} {span.name}, {span.thread}, {begin:.3f} to {stop:.3f} s"


def _marks(scale: _Scale, height: int) -> str:
    if scale.predicted is None:
        return ""
    return _mark("predicted", f"you: {scale.predicted:g} s", scale.predicted, _TOP - 12, scale, height) + _mark(
        "measured", f"measured: {scale.measured:.2f} s", scale.measured, _TOP - 12, scale, height, anchor="end"
    )


def _mark(sort: str, words: str, seconds: float, y: int, scale: _Scale, height: int, anchor: str = "start") -> str:
    x = scale.x(seconds)
    shift = 4 if anchor == "start" else -4
    return (
        f'<line class="{sort}" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 22}" y2="{height - 22}"/>'
        f'<text x="{x + shift:.1f}" y="{y}" text-anchor="{anchor}">{words}</text>'
    )


def _table(spans: Sequence[Span], scale: _Scale) -> str:
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("what", "name", "where", "from", "to", "outcome"))
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(_rows(spans, scale))}</tbody></table>"


def _rows(spans: Sequence[Span], scale: _Scale) -> Iterator[str]:
    for span in spans:
        outcome = span.attributes.get(ERROR) or span.attributes.get(STATUS, "")
        begin, stop = f"{scale.seconds(span.start_time):.3f} s", f"{scale.seconds(end(span)):.3f} s"
        cells = (span.kind, span.name, span.thread, begin, stop, outcome)
        yield "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>"
