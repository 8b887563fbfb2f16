"""The kinds of items, one module each: their fields, and how an answer is judged. They know nothing of widgets."""

from typing import Annotated, get_args

from pydantic import Field

from quizzes.kinds.base import Answer, Entry, Explanation, Question
from quizzes.kinds.choice import ChoiceItem, HottextItem
from quizzes.kinds.match import MatchItem
from quizzes.kinds.open import ExtendedTextItem
from quizzes.kinds.order import OrderItem
from quizzes.kinds.predict import Forecast, PredictItem
from quizzes.kinds.predict_table import PredictTableItem
from quizzes.kinds.typed import NumberItem, TextEntryItem

__all__ = [
    "KINDS",
    "Answer",
    "AnyItem",
    "ChoiceItem",
    "Entry",
    "Explanation",
    "ExtendedTextItem",
    "Forecast",
    "HottextItem",
    "Item",
    "MatchItem",
    "NumberItem",
    "OrderItem",
    "PredictItem",
    "PredictTableItem",
    "Question",
    "TextEntryItem",
]

AnyQuestion = ChoiceItem | NumberItem | TextEntryItem | OrderItem | MatchItem | HottextItem | ExtendedTextItem
AnyItem = AnyQuestion | PredictItem | PredictTableItem
Item = Annotated[AnyItem, Field(discriminator="kind")]
KINDS = {get_args(model.model_fields["kind"].annotation)[0]: model for model in get_args(AnyItem)}
