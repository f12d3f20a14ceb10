"""What a planner answers to what was asked, and what neither she nor a model can break."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import InvalidInputError
from schemas.extraction import EXTRACTED_FIELDS, Answer, Extraction
from schemas.parameters import MAX_HORIZON_WEEKS
from tasks.parameters.assemble import assemble
from tasks.parameters.extract import parse
from tasks.parameters.merge import merge
from tasks.parameters.proof import Reader
from tasks.parameters.rules import read_rules

TODAY = date(2026, 1, 14)
SEASON = "12 weeks from March 2, "
READER = Reader(TODAY, "US", 0.45)
VAGUE = {
    "forecast_horizon_weeks": ("10-12 weeks from March 2", 12),
    "season_start_date": ("12 weeks, start in spring", date(2026, 3, 2)),
    "replenishment_strategy": (SEASON + "replenish in big stores", "bi-weekly"),
    "dc_holdback_percentage": (SEASON + "hold most of it", 0.6),
    "markdown_checkpoint_week": (SEASON + "mark down if under 60%", 6),
    "markdown_threshold": (SEASON + "markdown in week 6 if above 60%", 0.55),
}
WORDS = {
    "forecast_horizon_weeks": ("12", "twelve", "12 weeks", "twelve weeks"),
    "season_start_date": ("2026-03-02", "March 2", "2 March 2026", "on the 2nd of March"),
    "replenishment_strategy": ("bi-weekly", "every other week", "fortnightly"),
    "dc_holdback_percentage": ("60 %", "60", "0.6", "three fifths", "ship 40% to stores"),
    "markdown_checkpoint_week": ("6", "week 6", "in the sixth week", "halfway"),
    "markdown_threshold": ("55 %", "0.55", "below 55%"),
}
SAID = [(name, word) for name, words in WORDS.items() for word in words]


def answered(text: str, *answers: tuple[str, object]) -> Extraction:
    given = [Answer.model_validate({"id": name, "value": value}) for name, value in answers]
    return parse(text, today=TODAY, answers=given)


@pytest.mark.parametrize(("name", "said"), SAID)
def test_a_question_is_answered_in_the_words_that_planners_use(name: str, said: str) -> None:
    text, value = VAGUE[name]
    assert name in {question.field for question in answered(text).questions}
    found = answered(text, (name, said))
    assert getattr(found.parameters, name) == value
    assert found.questions == []
    assert found.ready


@pytest.mark.parametrize("name", EXTRACTED_FIELDS)
def test_every_option_of_a_question_answers_it(name: str) -> None:
    text = VAGUE[name][0]
    (question,) = (asked for asked in answered(text).questions if asked.field == name)
    for option in question.options:
        found = answered(text, (name, option.value))
        assert name not in {asked.field for asked in found.questions}
        assert found.fields[name].value == option.value


@pytest.mark.parametrize("said", ["red", "most of it", "20 to 30 %", 45, -1, "150 %"])
def test_an_answer_that_says_nothing_leaves_its_question_open(said: object) -> None:
    found = answered(SEASON + "hold most of it", ("dc_holdback_percentage", said))
    (question,) = found.questions
    assert question.field == "dc_holdback_percentage"
    assert str(said) in question.text
    assert not found.ready


def test_null_takes_the_default_and_for_a_markdown_none() -> None:
    held = answered(SEASON + "hold most of it", ("dc_holdback_percentage", None))
    assert held.parameters.dc_holdback_percentage == 0.45
    assert held.ready
    priced = answered(SEASON + "mark down if under 60%", ("markdown_checkpoint_week", None))
    assert priced.parameters.markdown_checkpoint_week is None
    assert priced.ready


def test_the_rest_is_reckoned_with_what_was_answered() -> None:
    text = "10-20 weeks from March 2, markdown review halfway"
    found = answered(text, ("forecast_horizon_weeks", 18))
    assert found.parameters.markdown_checkpoint_week == 9
    ended = answered("out of stores by May 24, some weeks long", ("forecast_horizon_weeks", 12))
    assert ended.parameters.season_start_date == date(2026, 3, 2)


def test_what_is_asked_of_the_whole_is_confirmed_or_said_again() -> None:
    text = "See you on Monday"
    assert {question.id for question in answered(text).questions} >= {"user_input"}
    assert answered(text, ("user_input", "as_read"), ("season_start_date", "2026-01-19")).ready
    again = answered("12 weeks from March 2, 14", ("user_input", "14 weeks"))
    assert again.parameters.forecast_horizon_weeks == 14
    assert again.ready


def test_an_answer_to_no_question_is_an_error_that_names_the_questions() -> None:
    with pytest.raises(InvalidInputError, match=r"colour.*season_start_date"):
        answered(SEASON, ("colour", "red"))


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(["none", "weekly", "9999-12-31", "0001-01-01", "2026-03-02", "{}", "\x00", "\ud800"]),
    st.text(alphabet=st.characters(), max_size=500),
)
TEXT = "12 weeks from March 2, hold most of it, ship 70%, markdown in week 6 under {half}, weekly \x00 {0}"
QUOTES = st.one_of(
    st.none(),
    st.sampled_from([*TEXT.split(), TEXT, "ship 70%", "week 6", "under {half}"]),
    st.text(max_size=40),
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from([*EXTRACTED_FIELDS, "colour"]), st.tuples(VALUES, QUOTES)))
def test_no_answer_of_a_model_makes_the_merge_raise_or_leave_the_bounds(
    said: dict[str, tuple[object, str | None]],
) -> None:
    merged = merge(read_rules(TEXT, today=TODAY), said, TEXT, READER)
    found = assemble(merged, TODAY)
    assert 1 <= found.parameters.forecast_horizon_weeks <= MAX_HORIZON_WEEKS
    assert found.model_dump_json()


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([*EXTRACTED_FIELDS, "user_input"]), VALUES)
def test_no_answer_of_a_planner_makes_the_reading_raise(name: str, value: object) -> None:
    try:
        answer = Answer.model_validate({"id": name, "value": value})
    except ValueError:
        return
    found = parse("12 weeks, hold most of it", today=TODAY, answers=[answer])
    assert found.model_dump_json()
