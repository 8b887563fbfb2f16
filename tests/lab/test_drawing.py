"""The picture of a timeline: well-formed, readable without eyes, and alone on its page."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from demo_app.lab.drawing import _ticks, html, svg
from demo_app.lab.trace import ERROR, Span
from tests.lab.spans import MS, request, served, span

SVG = "{http://www.w3.org/2000/svg}"
SPANS = [*served(0, 1000, "a"), *served(0, 1000, "b", "event loop"), span("background task", 1000, 1500, "a", "wash")]


class Balanced(HTMLParser):
    """Fails where a tag is not closed in its turn, and keeps the attributes of the one image."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.image: dict[str, str | None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.image = dict(attrs)
        else:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def image(page: str) -> dict[str, str]:
    """The attributes of the page's image; fails where the page is not well-formed."""
    parser = Balanced()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return {name: value or "" for name, value in parser.image.items()}


def picture(page: str) -> ElementTree.Element:
    """The picture inside the page's image."""
    kind, _, source = image(page)["src"].partition(",")
    assert kind == "data:image/svg+xml"
    return ElementTree.fromstring(unquote(source))


def draw(spans: list[Span], summary: str = "2 requests", predicted: float | None = None) -> str:
    return html(spans, summary, predicted)


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
    page = draw(SPANS)
    assert [bar.attrib["class"] for bar in bars(page, "endpoint")] == ["thread", "loop"]
    style = picture(page).findtext(f"{SVG}style") or ""
    patterns = [pattern.attrib["id"] for pattern in picture(page).iter(f"{SVG}pattern")]
    for sort, pattern in zip(("thread", "process"), patterns, strict=True):
        assert f".{sort}{{fill:url(#{pattern})" in style
    assert ".loop{fill:#" in style


def test_the_image_says_in_words_what_happened_and_how_long_it_took() -> None:
    page = draw(SPANS[:-1], "2 requests, all at once", predicted=3)
    assert image(page)["alt"] == "Timeline: 2 requests, all at once. Measured: 1.00 s. You: 3 s."
    assert "<p>2 requests, all at once. Measured: 1.00 s. You: 3 s.</p>" in page
    assert picture(page).findtext(f"{SVG}title") == "2 requests, all at once"


def test_two_pictures_on_a_page_share_no_id() -> None:
    assert 'id="' not in draw(SPANS)  # those inside an image are its own
    assert 'id="' in unquote(image(draw(SPANS))["src"])


def test_names_from_the_network_are_text_and_nothing_else() -> None:
    evil = request(0, 10, "a")
    failed = span("endpoint", 0, 10, "a", "<b>")
    failed.attributes[ERROR] = "<i>"
    evil.name = 'GET /<script>"1"&'
    page = draw([evil, failed], "<u>1</u>")
    for text in (page, unquote(image(page)["src"])):
        assert not re.search("<(script|b|i|u)>", text)
    assert "GET /&lt;script&gt;" in page
    lane = "".join(text.text or "" for text in picture(page).iter(f"{SVG}text"))
    assert 'GET /<script>"1"& → 200' in lane


def lines(page: str) -> dict[str, float]:
    """Where the vertical lines stand, by their class."""
    return {
        line.attrib["class"]: float(line.attrib["x1"])
        for line in picture(page).iter(f"{SVG}line")
        if "class" in line.attrib
    }


@pytest.mark.parametrize(("predicted", "later"), [(3, True), (0.25, False)])
def test_a_prediction_is_a_line_beside_what_was_measured(predicted: float, later: bool) -> None:
    page = draw(SPANS, predicted=predicted)
    texts = [text.text for text in picture(page).iter(f"{SVG}text")]
    assert {f"you: {predicted:g} s", "measured: 1.00 s"} <= set(texts)
    assert (lines(page)["predicted"] > lines(page)["measured"]) == later


def test_without_a_prediction_there_is_no_such_line() -> None:
    assert "You:" not in draw(SPANS)
    assert "predicted" not in lines(draw(SPANS))


@pytest.mark.parametrize("longest", [0.001, 0.04, 0.3, 1, 1.001, 1.5, 2.5, 9.99, 60])
def test_the_scale_has_a_few_round_numbers(longest: float) -> None:
    ticks = _ticks(longest)
    assert 3 <= len(ticks) <= 6
    assert ticks[0] == 0
    assert ticks[-1] <= longest


@pytest.mark.parametrize("predicted", [None, 0, 0.001, 50])
def test_all_is_drawn_inside_the_frame(predicted: float | None) -> None:
    svg = picture(draw(SPANS, predicted=predicted))
    width = float(svg.attrib["viewBox"].split()[2])
    for bar in svg.iter(f"{SVG}rect"):
        assert float(bar.attrib.get("x", 0)) + float(bar.attrib["width"]) <= width
    assert all(0 <= float(line.attrib["x2"]) <= width for line in svg.iter(f"{SVG}line") if "x2" in line.attrib)


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
    assert bars(page, "request")[0].findtext(f"{SVG}title") == "request GET /sync-task, event loop, 0.000 to 0.400 s"
    assert "GET /sync-task → no answer" in [text.text for text in picture(page).iter(f"{SVG}text")]


def test_a_long_name_is_shortened_beside_its_lane_and_whole_in_the_table() -> None:
    name = "POST /notify/ada@example.org"
    long = span("request", 0, 10, name=name)
    assert "POST /notify/ada@…" in svg([long], "", None)
    assert f"<td>{name}</td>" in html([long], "", None)


def test_a_task_that_raised_has_a_cross_and_the_end_of_the_tasks_is_said() -> None:
    task = span("background task", 10, 2000)
    spans = [request(0, 2000, "a", sent=10), task]
    crosses = svg(spans, "", None).count('class="failed"')
    task.attributes[ERROR] = "ValueError"
    assert svg(spans, "", None).count('class="failed"') == crosses + 1
    assert "0.01 s until answered, 2.00 s until the last background task was over." in html(spans, "", None)
