import pytest

from quizzes import markup


def test_code_and_stress_are_rendered() -> None:
    assert markup.inline("`async def` **waits**") == "<code>async def</code> <strong>waits</strong>"
    assert '<pre><code class="language-python">' in markup.block("```python\nx = 1\n```")


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,AAAA)",
        "![x](https://example.com/x.png)",
        "`</code><script>alert(1)</script>`",
    ],
)
def test_no_script_runs_and_nothing_is_fetched(attack: str) -> None:
    for html in (markup.block(attack), markup.inline(attack)):
        assert "<script" not in html
        assert "<img" not in html
        assert 'href="javascript' not in html and 'href="data:text' not in html


def test_plain_text_is_what_is_read_aloud() -> None:
    assert markup.plain("a **plain** `def`\n  endpoint") == "a plain def endpoint"


def test_math_becomes_mathml() -> None:
    html = markup.inline(r"$\frac{n}{40}$ waves")
    assert html.startswith("<span><math") and "<mfrac>" in html
    assert '<math display="block">' in markup.block(r"$$\lceil n \rceil$$")


def test_dollars_that_are_money_stay_money() -> None:
    assert markup.inline("It costs $5 and then $6.") == "It costs $5 and then $6."


@pytest.mark.parametrize("tex", [r"\frac{", r"\text{<script>alert(1)</script>}", r"\href{javascript:alert(1)}{x}"])
def test_a_broken_or_hostile_formula_harms_nobody(tex: str) -> None:
    html = markup.inline(f"${tex}$")
    assert "<script" not in html and "href" not in html and html
