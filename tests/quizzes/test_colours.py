"""The contrast of every pair of colours that meet, computed from the style sheet (WCAG 2.2)."""

import re

import pytest

from quizzes.widget import _STATIC

STYLE = (_STATIC / "quiz.css").read_text("utf-8")
THEMES = {"light": r"\n\.atr-quiz \{(.*?)\}", "dark": r'\[data-jp-theme-light="false"\] \.atr-quiz \{(.*?)\}'}
TINTS = ("right", "wrong", "partly", "recorded")
TEXT = [
    *(("text", ground) for ground in ("page", "code", "selected", *(f"{tint}-tint" for tint in TINTS))),
    *(("muted", ground) for ground in ("page", "selected")),
    *((tint, f"{tint}-tint") for tint in TINTS),
    ("on-primary", "primary"),
]
CONTROLS = [
    *(("control", ground) for ground in ("page", "code", "selected", "right-tint", "wrong-tint")),
    *(("focus", ground) for ground in ("page", "code", "selected", "right-tint", "wrong-tint")),
    ("primary", "page"),
]


def _colours(theme: str) -> dict[str, str]:
    found = re.search(THEMES[theme], STYLE, re.DOTALL)
    assert found
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", found[1]))


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_black_on_white_is_the_known_21() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21


@pytest.mark.parametrize("theme", THEMES)
def test_text_can_be_read_and_controls_can_be_found(theme: str) -> None:
    colours = _colours(theme)
    measured = {
        (name, ground, least): contrast(colours[name], colours[ground])
        for pairs, least in ((TEXT, 4.5), (CONTROLS, 3))
        for name, ground in pairs
    }
    assert {pair: ratio for pair, ratio in measured.items() if ratio < pair[2]} == {}


def test_both_themes_define_the_same_colours_and_no_other_is_used() -> None:
    assert _colours("light").keys() == _colours("dark").keys()
    assert len(re.findall(r"#[0-9a-fA-F]{3,8}\b", STYLE)) == 2 * len(_colours("light"))
