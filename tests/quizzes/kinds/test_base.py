import pytest
from pydantic import ValidationError

from tests.quizzes import items

VARIANTS = [{"colour": "red", "count": 2}, {"colour": "blue", "count": 3}]
PROMPT = "How many {{count}} are {{ colour }}?"


def test_a_variant_fills_its_values_into_the_texts() -> None:
    item = items.choice(prompt=PROMPT, variants=VARIANTS)
    assert [item.drawn(seed).prompt for seed in range(3)] == [
        "How many 2 are red?",
        "How many 3 are blue?",
        "How many 2 are red?",
    ]


def test_a_place_alone_becomes_the_value_itself() -> None:
    verify = {"experiment": "burst_sync", "facts": {"order": "x"}, "arguments": {"requests": "{{count}}"}}
    drawn = items.choice(prompt=PROMPT, variants=VARIANTS, verify=verify).drawn(1)
    assert drawn.verify.arguments == {"requests": 3}


def test_a_question_without_variants_is_its_own_only_one() -> None:
    assert items.choice().drawn(7) == items.choice()


def test_the_first_variant_has_the_digest_of_the_question_and_the_others_have_their_number_behind_it() -> None:
    item = items.choice(prompt=PROMPT, variants=VARIANTS)
    assert item.drawn(0).digest == item.digest
    assert item.drawn(1).digest == f"{item.digest}.1"
    assert items.choice(prompt=PROMPT + "!", variants=VARIANTS).digest != item.digest


@pytest.mark.parametrize(
    ("variants", "sentence"),
    [
        ([{"colour": "red"}], r"a variant has no value for \{\{count\}\}"),
        ([{"colour": "red", "count": 2, "size": 1}], "nothing is filled by the variants' 'size'"),
        ([], "`variants` is empty"),
    ],
)
def test_places_and_values_must_fit(variants: list[dict[str, str]], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        items.choice(prompt=PROMPT, variants=variants)


def test_a_verify_that_proves_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="`verify` proves nothing"):
        items.choice(verify={"experiment": "burst_sync"})
