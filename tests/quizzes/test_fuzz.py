"""Banks with mistakes and attacks in them, made from the course's own: each is linted, and shown if it is a bank.

Everything comes from seeds, so a failure can be repeated: it names the mutation and the seed.
"""

import copy
import datetime
import random
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from quizzes import card, comparison, feedback, reader
from quizzes.grading import Outcome
from quizzes.kinds import (
    AnyItem,
    ChoiceItem,
    Forecast,
    HottextItem,
    MatchItem,
    NumberItem,
    OrderItem,
    PredictItem,
    PredictTableItem,
    Question,
    TextEntryItem,
)
from quizzes.lint import lint
from quizzes.measurement import Measurement
from quizzes.model import Bank
from quizzes.standing import Standing
from tests.quizzes import items

SEEDS = range(20)
NAME = "01_fuzz"
NOWHERE = Path("no notebooks")
TEXTS = {"title", "objective", "prompt", "content", "row", "column", "hints", "feedback", "general_feedback",
         "model_answer", "accept", "unit", "setup"}  # fmt: skip
REQUIRED = {
    "schema_version",
    "lesson",
    "lang",
    "items",
    "kind",
    "identifier",
    "objective",
    "prompt",
    "content",
    "feedback",
}
OPTIONS = {"choices", "blocks", "sources", "targets", "items", "accept"}
FREE = {"facts", "arguments", "variants"}  # whose fields are the author's own
WRONG_TYPES: list[Any] = [
    7, -1.5, None, True, [], {}, ["x"], {"x": "y"}, float("nan"), float("inf"), 10**400, datetime.date(2024, 2, 29),
    datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC), b"\xff\x00",
]  # fmt: skip
FINDING = re.compile(rf"\S+{NAME}\.yaml:[1-9]\d*: [EW]\d\d \S.*")

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # the fast one needs libyaml

Entry = dict[str, Any]
Mutation = Callable[[random.Random, Entry], str | bytes]


def _own_banks() -> list[Entry]:
    """The course's banks as plain data, and one with the kinds that they may lack."""
    own = [yaml.safe_load(path.read_text("utf-8")) for path in sorted(reader.FOLDER.glob("[0-9]*.yaml"))]
    every = items.bank(*items.every_kind(), items.predict(), items.predict_table())
    return [*own, every.model_dump(exclude_unset=True)]


BANKS = _own_banks()


def some_bank(chance: random.Random) -> Entry:
    """A few items of one bank."""
    bank = copy.deepcopy(chance.choice(BANKS))
    count = min(3, len(bank["items"]))
    return bank | {"lesson": NAME, "items": chance.sample(bank["items"], count)}


def entries(value: Any) -> Iterator[Entry]:
    """All mappings whose fields belong to the contract."""
    if isinstance(value, dict):
        yield value
        for name, part in value.items():
            if name not in FREE:
                yield from entries(part)
    elif isinstance(value, list):
        for part in value:
            yield from entries(part)


def dumped(bank: Entry) -> str:
    """The bank as YAML, each text on one line."""
    return yaml.dump(bank, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**9)


def place(chance: random.Random, bank: Entry, fields: set[str]) -> tuple[Entry, str]:
    """One of these fields, somewhere in the bank."""
    return chance.choice([(entry, name) for entry in entries(bank) for name in entry if name in fields])


# Mistakes that leave no bank.


def deleted(chance: random.Random, bank: Entry) -> str:
    entry, name = place(chance, bank, REQUIRED)
    del entry[name]
    return dumped(bank)


def renamed(chance: random.Random, bank: Entry) -> str:
    entry = chance.choice(list(entries(bank)))
    name = chance.choice(list(entry))
    entry[chance.choice([f"{name}s", name.upper(), f"{name}\n", f"\x1b[31m{name}", "", "__class__"])] = entry.pop(name)
    return dumped(bank)


def doubled_field(chance: random.Random, bank: Entry) -> str:
    lines = dumped(bank).splitlines()
    number = chance.choice(
        [place for place, line in enumerate(lines) if re.match(r"[ -]*(identifier|kind|lesson|lang): ", line)]
    )
    return "\n".join([*lines[: number + 1], lines[number].replace("- ", "  "), *lines[number + 1 :]])


def doubled_item(chance: random.Random, bank: Entry) -> str:
    bank["items"].append(copy.deepcopy(chance.choice(bank["items"])))
    return dumped(bank)


def of_wrong_type(chance: random.Random, bank: Entry) -> str:
    entry, name = place(chance, bank, REQUIRED - {"schema_version"})
    entry[name] = chance.choice(WRONG_TYPES)
    return dumped(bank)


def emptied(chance: random.Random, bank: Entry) -> str:
    entry, name = place(chance, bank, OPTIONS)
    entry[name] = chance.choice([[], {}, None, ""])
    return dumped(bank)


def not_a_mapping(chance: random.Random, bank: Entry) -> str:
    return chance.choice(["", "---", "# nothing", "[]", "7", "a\n---\nb", "null", "- " * 999 + "x", dumped(bank) * 2])


def out_of_numbers(chance: random.Random, bank: Entry) -> str:
    number = items.number().model_dump(exclude_unset=True)
    value = chance.choice(
        [".nan", ".inf", "-.inf", "1e999", "9" * 5000, "0x" + "f" * 9000, "1" + "0" * 400, "2024-99-99"]
    )
    number[chance.choice(["answer", "tolerance"])] = "VALUE"
    return dumped(bank | {"items": [number]}).replace("VALUE", value)


def with_nul(chance: random.Random, bank: Entry) -> bytes:
    return _inserted(chance, dumped(bank).encode(), b"\0")


def not_utf8(chance: random.Random, bank: Entry) -> bytes:
    return _inserted(chance, dumped(bank).encode(), chance.choice([b"\xff", b"\xc3\x28", b"\xed\xa0\x80"]))


def with_tags(chance: random.Random, bank: Entry) -> str:
    entry, name = place(chance, bank, {"prompt", "feedback", "content", "identifier"})
    entry[name] = "VALUE"
    code = "open('fuzz_was_here', 'w')"
    tagged = chance.choice([
        f'!!python/object/apply:eval ["{code}"]', f'!!python/object/new:eval ["{code}"]', "!!python/name:os.system ''",
        "!!python/module:os ''", "!!int x", "!!int ''", "!!float ''", "!!bool x", "!!timestamp x", "!!binary x",
        "!!set {a}", "!!omap [a]", "!!nothing x", "!<tag:x> y", "!!null x",
    ])  # fmt: skip
    return dumped(bank).replace("VALUE", tagged)


def aliased(chance: random.Random, bank: Entry) -> str:
    """Nine times nine times nine and so on: a few lines that stand for a billion entries; and some without an end."""
    first, row = chance.choice([("[x]", "[{}]"), ("{x: y}", "{{<<: [{}]}}"), ("{x: y}", "{{a: [{}]}}")])
    rows = [f"&a{n} {row.format(', '.join([f'*a{n - 1}'] * 9))}" for n in range(1, 10)]
    endless = chance.choice(["&a [*a]", "&a {b: *a}", "{<<: &a {b: c}, d: *a}"])
    entry, name = place(chance, bank, {"title", "prompt", "feedback", "verify", "items"})
    entry[name] = "VALUE"
    return dumped(bank).replace("VALUE", chance.choice([f"[&a0 {first}, {', '.join(rows)}]", endless]))


def deep(chance: random.Random, bank: Entry) -> str:
    depth = chance.choice([50, 300, 990, 3000, 20_000])
    nested = chance.choice(["[" * depth + "]" * depth, "{a: " * depth + "b" + "}" * depth, "[" * depth])
    entry, name = place(chance, bank, {"prompt", "feedback", "items", "kind", "verify"})
    entry[name] = "VALUE"
    return dumped(bank).replace("VALUE", nested)


# Mistakes that may leave one.


def cut(chance: random.Random, bank: Entry) -> bytes:
    text = dumped(bank).encode()
    return text[: chance.randrange(len(text))]


def with_signs(chance: random.Random, bank: Entry) -> bytes:
    text = dumped(bank).encode()
    for _ in range(chance.randint(1, 4)):
        sign = chance.choice(
            [*":{}[]&*!%@`\"'|>#-?,\t\n", "\u2028", "\x85", "\ufeff", "\x7f", "\U0001f600", "<<: ", "---\n"]
        )
        text = _inserted(chance, text, sign.encode())
    return text


def with_tabs(chance: random.Random, bank: Entry) -> str:
    lines = dumped(bank).splitlines()
    number = chance.randrange(len(lines))
    lines[number] = "\t" + lines[number].replace("  ", "\t", 1)
    return "\n".join(lines)


def shuffled(chance: random.Random, bank: Entry) -> str:
    """Values of one field in the place of others."""
    found = [(entry, name) for entry in entries(bank) for name in entry]
    (one, a), (two, b) = chance.sample(found, 2)
    one[a], two[b] = copy.deepcopy(two[b]), copy.deepcopy(one[a])
    return dumped(bank)


def any_type(chance: random.Random, bank: Entry) -> str:
    entry = chance.choice(list(entries(bank)))
    entry[chance.choice(list(entry))] = chance.choice(WRONG_TYPES)
    return dumped(bank)


def odd_facts(chance: random.Random, bank: Entry) -> str:
    """The names of facts are the author's own, so they may be those of fields."""
    for entry in entries(bank):
        for field in entry.keys() & {"facts"}:
            entry[field] = {
                name: chance.choice([7, "x", ["x"], "![](x)", ""]) for name in [*TEXTS, "identifier", "kind"]
            }
    return dumped(bank)


def long(chance: random.Random, bank: Entry) -> str:
    entry, name = place(chance, bank, TEXTS - {"hints", "accept"})
    entry[name] = chance.choice(["x", "x ", "[", "*_`", "![", "$", "\\", "<a ", "`", "> ", "- ", "| "]) * 2_000
    return dumped(bank)


def odd_variants(chance: random.Random, bank: Entry) -> str:
    entry, name = place(chance, bank, TEXTS - {"title", "hints", "accept"})
    entry[name] = chance.choice(["{{n}}", "{{n}} {{n}}", "{{ n }}{{m}}", "{{{{n}}}}"])
    values: list[Any] = [7, "", "{{n}}", "<script>", "x" * 9999, -1]
    for item in bank["items"]:
        if not item["kind"].startswith("predict"):
            item["variants"] = [{"n": chance.choice(values), "m": 1} for _ in range(chance.randint(0, 3))]
    return dumped(bank)


# Attacks, in every text of a bank.

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg/onload=alert(1)>",
    "' onmouseover='alert(1)' x='",
    "</code></pre></p></section></style><script>alert(1)</script>",
    "<iframe src=\"https://example.org\"></iframe><object data=x></object><embed src=x>",
    "<style>* {display: none}</style><link rel=stylesheet href=x><base href=x><form action=x><input autofocus>",
    "<a href=\"javascript:alert(1)\" style=\"position:fixed\" onclick=alert(1)>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1)) [y](<java&#10;script:alert(1)>) [z](&#106;avascript:alert(1)) [t](\\javascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>) [y](vbscript:x) [z](file:///etc/passwd)",
    "<javascript:alert(1)> <https://example.org/\"onclick=\"alert(1)>",
    "[x]\n\n[x]: javascript:alert(1) \"onclick=alert(1)\"",
    "[x](https://example.org \"t\\\" onclick=\\\"alert(1)\")",
    "![x](javascript:alert(1)) ![y](https://example.org/track.png \"t\")",
    "```html\"><script>alert(1)</script>\n<script>alert(1)</script>\n```",
    "~~~<img onerror=alert(1)>\n</pre><img src=x onerror=alert(1)>\n~~~",
    "`</code><script>alert(1)</script>`",
    "$<script>alert(1)</script>$ and $\\text{<img src=x onerror=alert(1)>}$",
    "$$\\href{javascript:alert(1)}{x} \\class{a\" onload=\"alert(1)}{y} \\style{position:fixed}{z}$$",
    "$\\begin{matrix}</math><script>alert(1)</script>$ $\\unknown<iframe>$",
    "| a | b |\n|---|---|\n| <script>alert(1)</script> | [x](javascript:alert(1)) |",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;script&#62;",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
]  # fmt: skip


def injected(chance: random.Random, bank: Entry, attack: str) -> str:
    """`attack` in each text but the lines of a program that are options: they must be found in it."""
    lines = [id(choice) for item in bank["items"] if item["kind"] == "hottext" for choice in item["choices"]]
    for entry in entries(bank):
        for name in entry.keys() & TEXTS - ({"content"} if id(entry) in lines else set()):
            mixed = [_mixed(chance, text, attack) for text in as_list(entry[name])]
            entry[name] = mixed if isinstance(entry[name], list) else mixed[0]
        if "code" in entry:
            entry["code"] += f"\n{attack}\n"
    return dumped(bank)


def as_list(value: Any) -> list[Any]:
    """The value if it is a list, else a list of it."""
    return value if isinstance(value, list) else [value]


def _mixed(chance: random.Random, text: str, attack: str) -> str:
    return chance.choice(
        [f"{text} {attack}", f"{text}\n\n{attack}", f"{attack}\n{text}", f"{text}\n\n{attack}\n\n{text}"]
    )


def _inserted(chance: random.Random, text: bytes, what: bytes) -> bytes:
    number = chance.randrange(len(text))
    return text[:number] + what + text[number:]


NO_BANKS: list[Mutation] = [
    deleted, renamed, doubled_field, doubled_item, of_wrong_type, emptied, not_a_mapping, out_of_numbers, with_nul,
    not_utf8, with_tags, aliased, deep,
]  # fmt: skip
PERHAPS_BANKS: list[Mutation] = [cut, with_signs, with_tabs, shuffled, any_type, odd_facts, long, odd_variants]


def made(mutation: Mutation, seed: int, folder: Path) -> Path:
    """The file of a mutated bank, alone in its folder."""
    chance = random.Random(f"{mutation.__name__} {seed}")
    text = mutation(chance, some_bank(chance))
    return written(folder / f"{mutation.__name__}-{seed}", text)


def written(folder: Path, text: str | bytes) -> Path:
    folder.mkdir()
    path = folder / f"{NAME}.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def codes(path: Path) -> list[str]:
    """The codes of what the linter finds in this file, each of which is told in one line."""
    findings = lint(path.parent, NOWHERE)
    for finding in findings:
        assert FINDING.fullmatch(str(finding)), ascii(finding)
        assert str(finding).isprintable(), ascii(finding)
    return [finding.code for finding in findings]


@pytest.mark.parametrize("mutation", NO_BANKS, ids=lambda mutation: mutation.__name__)
def test_what_is_no_bank_has_an_error(mutation: Mutation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for seed in SEEDS:
        assert codes(made(mutation, seed, tmp_path)) == ["E01"], f"{mutation.__name__}, seed {seed}"
    assert not Path("fuzz_was_here").exists(), "a tag ran code"


def test_nesting_that_python_cannot_follow_is_an_error_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_Loader", yaml.SafeLoader)  # as without libyaml, which has a limit of its own
    path = written(tmp_path / "deep", "title: " + "[" * 1200)
    assert codes(path) == ["E01"]


def test_nesting_that_python_could_follow_is_an_error_as_well(tmp_path: Path) -> None:
    depth = 60
    path = written(tmp_path / "deep", f"title: {'[' * depth}{']' * depth}")
    (finding,) = lint(path.parent, NOWHERE)
    assert (finding.code, finding.line) == ("E01", 1)
    assert "nested too deeply, in more than 50 levels" in finding.message


def test_an_alias_is_told_to_be_written_out(tmp_path: Path) -> None:
    text = items.BANK.replace("title: Colours", "title: &it Colours").replace("content: blue", "content: *it")
    path = written(tmp_path / "alias", text.replace("01_colours", NAME))
    (finding,) = lint(path.parent, NOWHERE)
    assert (finding.code, finding.line) == ("E01", 3)
    assert "alias" in finding.message


@pytest.mark.parametrize("mutation", PERHAPS_BANKS, ids=lambda mutation: mutation.__name__)
def test_what_may_be_a_bank_is_linted_and_can_be_shown(mutation: Mutation, tmp_path: Path) -> None:
    for seed in SEEDS:
        path = made(mutation, seed, tmp_path)
        if "E01" not in codes(path):
            check_pages(path)


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_reaches_the_page(attack: str, tmp_path: Path) -> None:
    for seed in range(5):
        chance = random.Random(f"{attack} {seed}")
        path = written(tmp_path / str(seed), injected(chance, some_bank(chance), attack))
        assert "E01" not in codes(path), f"seed {seed}"
        check_pages(path)


def test_an_attack_stands_on_the_page_as_text(tmp_path: Path) -> None:
    bank = items.bank(items.choice()).model_dump(exclude_unset=True) | {"lesson": NAME}
    path = written(tmp_path / "bank", injected(random.Random(0), bank, "<script>alert(1)</script>"))
    assert sum("&lt;script&gt;alert(1)&lt;/script&gt;" in page for page in pages(reader.read(path))) > 4


def check_pages(path: Path) -> None:
    """Nothing of the bank in this file does anything on a page."""
    for page in pages(reader.read(path)):
        reading = Reading(page)
        assert reading.harmful == [], f"{path}: {reading.harmful}"


def pages(bank: Bank) -> Iterator[str]:
    """All HTML that is made of a bank: cards, and what is told after every kind of answer."""
    for item in bank.items:
        drawn = item.drawn(1) if isinstance(item, Question) else item
        yield card.html([card.face(drawn, bank.title)], bank.lang, bank.title).replace(OUR_STYLE, "", 1)
        for state in _states(drawn):
            yield from state["hints"]
            yield from (note["html"] for note in state["feedback"])


def _states(item: AnyItem) -> Iterator[dict[str, Any]]:
    if isinstance(item, Forecast):
        for guess in _guesses(item):
            yield comparison.explained(item, _guesses(item)[0], None, Measurement(item, {}, guess, cast(Any, None)))
        return
    observed = item.model_copy(update={"answer": 1.0}) if isinstance(item, NumberItem) and item.verify.key else item
    yield feedback.of_question(observed, Standing(observed.key, Outcome.RIGHT, tries=1), hints=9)
    for answer in _answers(observed):
        yield feedback.of_question(observed, Standing(answer, Outcome.WRONG, tries=1), hints=9)
        yield feedback.of_question(observed, Standing(answer, Outcome.WRONG, tries=2, shown=True), hints=9)


def _guesses(item: Forecast) -> list[Any]:
    """Each choice; or the same outcome in all cells, for each outcome."""
    if isinstance(item, PredictTableItem):
        return [{cell.identifier: each.identifier for cell in item.cells} for each in item.outcomes]
    return [choice.identifier for choice in cast(PredictItem, item).choices]


def _answers(item: Question) -> Iterator[Any]:
    """Wrong answers, so that each reason of a wrong one is told."""
    match item:
        case ChoiceItem() | HottextItem():
            yield [choice.identifier for choice in item.choices]
        case NumberItem():
            yield from (str(wrong.value or wrong.min or wrong.max) for wrong in item.wrong)
        case TextEntryItem():
            yield from (form for wrong in item.wrong for form in wrong.accept)
        case MatchItem():
            yield from ({source.identifier: target.identifier for source in item.sources} for target in item.targets)
        case OrderItem():
            yield from ([block.identifier for block in item.blocks][::-1], [block.identifier for block in item.blocks])
    yield from () if isinstance(item, MatchItem | OrderItem) else ("7",)


class Reading(HTMLParser):
    """What a browser would do with a page beyond showing it."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.harmful: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ACTIVE:
            self.harmful.append(f"<{tag}>")
        for name, value in attrs:
            scheme = re.sub(r"[\s\0-\x1f]", "", value or "").lower().partition(":")[0]
            is_link = name in ("href", "src", "action", "formaction", "xlink:href", "data")
            if name.startswith("on") or name == "style" or (is_link and scheme in ("javascript", "data", "vbscript")):
                self.harmful.append(f"<{tag} {name}={value!r}>")


ACTIVE = {
    "applet", "audio", "base", "button", "embed", "form", "frame", "iframe", "img", "input", "link", "meta", "object",
    "script", "style", "svg", "video",
}  # fmt: skip
OUR_STYLE = f"<style>{(Path(card.__file__).parent / 'static' / 'card.css').read_text('utf-8')}</style>"
