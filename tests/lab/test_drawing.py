"""The picture of a timeline: well-formed, readable without eyes, and alone on its page."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from demo_app.lab.drawing import html
from demo_app.lab.trace import ERROR, Span
from tests.lab.spans import MS, request, served, span

SVG = "{http://www.w3.org/2000/svg}"
SPANS = [*served(0, 1000, "a"), *served(0, 1000, "b", "event loop"), span("background task", 1000, 1500, "a", "wash")]


class Balanced(HTMLParser):
    """Fails where a tag is not closed in its turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None: ...

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def picture(page: str) -> ElementTree.Element:
    [svg] = re.findall(r"<svg.*</svg>", page, re.DOTALL)
    return ElementTree.fromstring(svg)


def draw(spans: list[Span], summary: str = "2 requests", predicted: float | None = None) -> str:
    page = html(spans, summary, predicted)
    parser = Balanced()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return page


def bars(page: str, kind: str) -> list[ElementTree.Element]:
    """The bars whose reading begins with this kind."""
    found = picture(page).iter(f"{SVG}rect")
    return [bar for bar in found if (bar.findtext(f"{SVG}title") or "").startswith(kind)]


@pytest.mark.parametrize("spans", [SPANS, [], SPANS[:1]], ids=["several", "none", "one"])
def test_the_page_is_well_formed(spans: list[Span]) -> None:
    picture(draw(spans))


def test_each_request_has_a_lane_with_its_name_and_status() -> None:
    texts = [text.text for text in picture(draw(SPANS)).iter(f"{SVG}text")]
    assert texts.count("GET /sync-task → 200") == 2
    assert len(bars(draw(SPANS), "request")) == 2


def test_each_span_is_read_out_with_its_thread_and_times() -> None:
    titles = [title.text for title in picture(draw(SPANS)).iter(f"{SVG}title")]
    assert "endpoint sync_task, worker thread, 0.000 to 1.000 s" in titles
    assert "background task wash, event loop, 1.000 to 1.500 s" in titles


def test_threads_differ_in_pattern_and_not_only_in_colour() -> None:
    on_loop, in_thread = (
        bars(draw([*served(0, 9, "a", thread)]), "endpoint")[0] for thread in ("event loop", "worker thread")
    )
    assert "fill" not in on_loop.attrib
    assert in_thread.attrib["fill"].startswith("url(#atr-hatch-")


def test_the_whole_is_labelled_by_the_summary() -> None:
    svg = picture(draw(SPANS, "2 requests, all at once"))
    title = svg.find(f"{SVG}title")
    assert title is not None
    assert title.text == "2 requests, all at once"
    assert svg.attrib["aria-labelledby"] == title.attrib["id"]
    assert svg.attrib["role"] == "img"


def test_two_pictures_on_a_page_share_no_id() -> None:
    ids = [re.findall(r'id="([^"]+)"', draw(SPANS)) for _ in range(2)]
    assert ids[0]
    assert not set(ids[0]) & set(ids[1])
    for found, page in zip(ids, [draw(SPANS), draw(SPANS)], strict=True):
        assert len(found) == len(set(found))
        assert set(re.findall(r"url\(#([^)]+)\)", page)) <= set(re.findall(r'id="([^"]+)"', page))


def test_names_from_the_network_are_text_and_nothing_else() -> None:
    evil = request(0, 10, "a")
    failed = span("endpoint", 0, 10, "a", "<b>")
    failed.attributes[ERROR] = "<i>"
    evil.name = 'GET /<script>alert("1")</script>&'
    page = draw([evil, failed], "<u>1</u>")
    assert not re.search("<(script|b|i|u)>", page)
    assert "GET /&lt;script&gt;" in page


def test_a_prediction_is_a_line_beside_what_was_measured() -> None:
    page = draw(SPANS, predicted=3)
    assert "you: 3 s" in page
    assert "measured: 1.00 s" in page
    lines = {line.attrib["class"]: line for line in picture(page).iter(f"{SVG}line") if "class" in line.attrib}
    assert float(lines["predicted"].attrib["x1"]) > float(lines["measured"].attrib["x1"])


def test_without_a_prediction_there_is_no_such_line() -> None:
    assert "you:" not in draw(SPANS)
    assert 'class="predicted"' not in draw(SPANS)


@pytest.mark.parametrize("predicted", [None, 0, 0.001, 50])
def test_all_is_drawn_inside_the_frame(predicted: float | None) -> None:
    svg = picture(draw(SPANS, predicted=predicted))
    width = float(svg.attrib["viewBox"].split()[2])
    for bar in svg.iter(f"{SVG}rect"):
        assert float(bar.attrib.get("x", 0)) + float(bar.attrib["width"]) <= width
    assert all(0 <= float(line.attrib["x2"]) <= width for line in svg.iter(f"{SVG}line"))


def test_the_dot_stands_where_the_response_was_sent() -> None:
    early, late = (draw([request(0, 1000, "a", sent=sent)]) for sent in (200, 800))
    dots = [list(picture(page).iter(f"{SVG}circle"))[-1].attrib["cx"] for page in (early, late)]
    assert float(dots[0]) < float(dots[1])


def test_the_table_says_what_the_picture_shows() -> None:
    page = draw([*SPANS, request(0, 5, "c", 500)])
    assert page.count("<tr>") == 1 + len(SPANS) + 1
    assert "<td>background task</td><td>wash</td><td>event loop</td><td>1.000 s</td><td>1.500 s</td>" in page
    assert "<td>500</td>" in page


def test_a_span_that_still_runs_is_drawn_as_far_as_it_is_known() -> None:
    running = span("request", 0, None, "a")
    running.events["response start"] = 400 * MS
    page = draw([running, span("endpoint", 0, None, "a")])
    assert "request GET /sync-task, event loop, 0.000 to 0.400 s" in page
    assert "no answer" in page
