from html.parser import HTMLParser

from quizzes import card
from quizzes.kinds import Question
from tests.quizzes import items

ITEMS: list[Question] = items.every_kind()
FACES = [card.face(item, f"Question {place}") for place, item in enumerate(ITEMS)]


def test_the_card_shows_the_questions_and_how_to_answer() -> None:
    html = card.html(FACES, "en", "Colours: run this cell to answer.")
    for text in (
        "Question 1",
        "What is <strong>it</strong>?",
        "<code>green</code>",
        "run this cell",
        "learn.py doctor",
        ' lang="en"',
    ):
        assert text in html


def test_what_a_program_begins_with_is_shown() -> None:
    assert "Above your lines stands:</p><pre><code>import asyncio, time</code></pre>" in FACES[7]["prompt"]


def test_nothing_of_the_key_is_on_the_card() -> None:
    html = card.html(FACES, "en", "Run this cell.")
    assert [word for word in items.KEY if word in html] == []


def test_the_card_is_the_same_each_time_and_has_no_ids() -> None:
    html = card.html(FACES, "en", "Run this cell.")
    assert html == card.html(FACES, "en", "Run this cell.")
    assert " id=" not in html


def test_every_element_of_the_card_is_closed() -> None:
    open_elements: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            open_elements.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert open_elements.pop() == tag

    Reader().feed(card.html(FACES, "en", "Run <b>this</b> cell."))
    assert open_elements == []


def test_the_face_of_a_choice_does_not_depend_on_its_key() -> None:
    choices = [choice.model_dump() for choice in items.choice().choices]
    choices[0] |= {"score": 1, "misconception": None}
    choices[1] |= {"score": 0, "misconception": "m"}
    assert card.face(items.choice(choices=choices), "Q") == card.face(items.choice(), "Q")
