"""Notes by agents and by rules: the plan's numbers stay the plan's numbers."""

from datetime import date
from typing import Any

import pytest
from agents.testing import ScriptedModel, assistant_message, function_call
from llm_server import Cuts, Fails, Hangs, Says, Step, model_server

from schemas.messages import Agent
from schemas.notes import NoteSource
from tasks.llm.model import ModelSettings
from tasks.narration.facts import (
    BuyFacts,
    ClusterFacts,
    DemandFacts,
    MarkdownFacts,
    MemberFacts,
    MoneyFacts,
    Part,
    RevisionFacts,
    SeasonFacts,
    StoreFacts,
    VarianceFacts,
    WeekFacts,
)
from tasks.narration.gate import compose, objections
from tasks.narration.narrate import narrate
from tasks.narration.rules import topics_of, write_notes
from tasks.narration.variance import likely_cause
from tasks.narration.words import escaped

DEMAND = DemandFacts(
    total=8000,
    peak=WeekFacts(week=5, units=900, why="Easter"),
    notable=(WeekFacts(week=5, units=900, why="Easter"),),
    level=0.8,
    lower=6500,
    upper=9600,
    wape=0.12,
    naive_wape=0.18,
    origins=6,
    members=(MemberFacts(name="prophet", weight=0.4), MemberFacts(name="arima", weight=0.6)),
)
BUY = BuyFacts(
    quantity=9600,
    safety_stock=0.2,
    initial=5280,
    holdback=4320,
    rows=(
        MoneyFacts(
            name="Recommended", safety_stock=0.2, quantity=9600, profit=120000, lost_sales=150, leftovers=900
        ),
        MoneyFacts(
            name="Newsvendor", safety_stock=0.3, quantity=10400, profit=121500, lost_sales=60, leftovers=1500
        ),
    ),
    clusters=(ClusterFacts(name="fashion_forward", stores=10, units=5000, share=0.52),),
    more_than_sales_share=(
        StoreFacts(store="S07", units=300, unit_share=0.031, sales_share=0.02, why="it sells out"),
    ),
    better_holdback=0.3,
    better_holdback_gain=800,
)
MARKDOWN = MarkdownFacts(
    week=6,
    threshold=0.6,
    sell_through=0.5,
    depth=0.2,
    gain=200,
    stock=4100,
    elasticity=2.0,
    elasticity_source="assumed",
)
REVISION = RevisionFacts(
    observed_weeks=4,
    weeks_left=8,
    old_total=8000,
    new_total=9900,
    lower=9000,
    upper=10800,
    level=1.2,
    at_centre=4320,
)
SEASON = SeasonFacts(
    category="Dresses",
    start=date(2026, 3, 2),
    end=date(2026, 5, 24),
    weeks=12,
    replenishment="weekly",
    holdback=0.45,
    demand=DEMAND,
    buy=BUY,
    markdown=MARKDOWN,
)
VARIANCE = VarianceFacts(
    week=4,
    forecast=2000,
    actual=2600,
    variance=0.3,
    threshold=0.2,
    weekly=(0.28, 0.31, 0.3, 0.31),
    weeks_left=8,
)
SETTINGS = ModelSettings(
    "test", "sk-secret", "http://127.0.0.1:1/v1", timeout_seconds=5, requests_per_minute=9999
)


def note(text: str) -> dict[str, Any]:
    return {"reasoning": text, "key_factors": [], "risks": [], "questions": []}


def conversation(*told: tuple[str, str]) -> list[tuple[str, dict[str, Any]] | str]:
    """Orchestrator to each agent, who reads, notes and hands back."""
    steps: list[tuple[str, dict[str, Any]] | str] = []
    for agent, text in told:
        steps += [(f"transfer_to_{agent}_agent", {}), ("read_results", {}), ("give_note", note(text))]
        steps += [("transfer_to_orchestrator", {})]
    return [*steps, "done"]


THREE = (
    ("demand", "{peak}, and so {total}"),
    ("inventory", "{order}; of these {holdback}"),
    ("pricing", "Above all: {checkpoint}"),
)


def scripted(steps: list[tuple[str, dict[str, Any]] | str]) -> ScriptedModel:
    return ScriptedModel(
        [
            [
                assistant_message(step)
                if isinstance(step, str)
                else function_call(step[0], step[1], call_id=f"c{i}")
            ]
            for i, step in enumerate(steps)
        ]
    )


def served(steps: list[tuple[str, dict[str, Any]] | str]) -> list[Step]:
    return [Says(step) if isinstance(step, str) else Says(calls=(step,)) for step in steps]


async def test_each_agent_is_handed_to_and_speaks() -> None:
    heard: list[tuple[float, str]] = []
    told = await narrate(
        SEASON,
        model=SETTINGS,
        scripted=scripted(conversation(*THREE)),
        on_progress=lambda f, m: heard.append((f, m)),
    )
    assert [n.agent for n in told.notes] == [Agent.DEMAND, Agent.INVENTORY, Agent.PRICING]
    assert {n.source for n in told.notes} == {NoteSource.LLM}
    assert told.usage.requests == 13
    assert told.problem is None
    fractions = [fraction for fraction, _ in heard]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


async def test_a_note_with_a_number_of_its_own_is_replaced_by_the_rules_note() -> None:
    invented = [("demand", "{total}, rather 8,500 units."), THREE[1], THREE[2]]
    told = await narrate(SEASON, model=SETTINGS, scripted=scripted(conversation(*invented)))
    assert [n.source for n in told.notes] == [NoteSource.RULES, NoteSource.LLM, NoteSource.LLM]
    assert told.notes[0] == write_notes(SEASON)[0]


async def test_an_agent_that_was_never_handed_to_is_written_by_rules() -> None:
    told = await narrate(SEASON, model=SETTINGS, scripted=scripted(conversation(THREE[1])))
    assert [n.source for n in told.notes] == [NoteSource.RULES, NoteSource.LLM, NoteSource.RULES]


async def test_without_a_markdown_the_pricing_agent_is_skipped() -> None:
    season = SEASON.model_copy(update={"markdown": None})
    told = await narrate(season, model=SETTINGS, scripted=scripted(conversation(*THREE[:2])))
    assert Agent.PRICING not in {n.agent for n in told.notes}


@pytest.mark.parametrize("api", ["chat_completions", "responses"])
async def test_the_agents_work_over_a_real_socket(api: Any) -> None:
    with model_server(*served(conversation(*THREE))) as server:
        model = ModelSettings("test", "k", server.url, api=api, timeout_seconds=20, requests_per_minute=9999)
        told = await narrate(SEASON, model=model)
    assert {n.source for n in told.notes} == {NoteSource.LLM}
    assert (told.usage.requests, told.usage.input_tokens, told.usage.output_tokens) == (13, 1300, 260)


@pytest.mark.parametrize(
    "steps",
    [
        (Fails(500),),
        (Fails(429, headers={"Retry-After": "30"}),),
        (Hangs(),),
        (Cuts(),),
        (Fails(200, body="nonsense"),),
        (Says("I am done."),),
        (Says(calls=(("transfer_to_finance_agent", {}),)),),
        (Says(calls=(("give_note", note("{total}")),)),),
        (Says(refusal="no"),),
    ],
    ids=lambda steps: str(steps[0])[:40],
)
async def test_a_rude_model_leaves_the_rules_notes(steps: tuple[Step, ...]) -> None:
    with model_server(*steps) as server:
        model = ModelSettings("test", "k", server.url, timeout_seconds=0.5, requests_per_minute=9999)
        told = await narrate(SEASON, model=model)
    assert list(told.notes) == write_notes(SEASON)


async def test_what_was_told_before_the_model_fell_silent_is_kept() -> None:
    with model_server(*served(conversation(THREE[0]))[:4], Fails(401)) as server:
        model = ModelSettings("test", "k", server.url, timeout_seconds=5, requests_per_minute=9999)
        told = await narrate(SEASON, model=model)
    assert [n.source for n in told.notes] == [NoteSource.LLM, NoteSource.RULES, NoteSource.RULES]
    assert told.problem is not None


ORDER = topics_of(SEASON)[1]


@pytest.mark.parametrize(
    "text",
    [
        "{order}, that is 9,600",
        "{order}, about twelve thousand",
        "{order}, twice what it was",
        "it is not true that {order}",
        "{order}, see https://example.com",
        "{order}, see www.example.com",
        "{order} <b>now</b>",
        "{order} [here](x)",
        "{order} **now**",
        "{order} ٣",
        "{order} ½",
        "{total}",
        "{order} and {order}",
        "{order.says}",
        "all is well",
        "",
        "{order} " + "and so on " * 20,
    ],
)
def test_what_only_the_results_can_say_is_refused_in_a_models_words(text: str) -> None:
    assert objections({Part.REASONING: (text,)}, ORDER)


def test_a_note_has_the_facts_in_the_models_order_word_for_word() -> None:
    lines = {Part.REASONING: ("{holdback}, since {initial}",), Part.FACTOR: ("Worth knowing: {profit}",)}
    assert objections(lines, ORDER) == []
    told = compose(lines, ORDER)
    assert told.reasoning == "4,320 wait at the DC, since 5,280 go to the stores at the start."
    assert told.key_factors[0].startswith("Worth knowing: expected profit 120,000")


def test_a_season_without_replenishment_hears_nothing_of_it() -> None:
    season = SEASON.model_copy(update={"replenishment": "none"})
    talk = {Part.REASONING: ("We restock later: {order}",)}
    assert objections(talk, topics_of(season)[1])
    assert not objections(talk, ORDER)
    for written in write_notes(season):
        assert "replenish" not in written.model_dump_json()


def test_what_is_shown_as_markdown_has_no_link_no_tag_and_no_emphasis() -> None:
    shown = escaped("[Dresses](http://x) <b>*now*</b> `rm`")
    assert "<" not in shown
    assert all(f"\\{mark}" in shown for mark in "[]()*`")


def test_a_reforecast_says_what_it_moved_and_a_markdown_what_it_is_worth() -> None:
    bare = SEASON.model_copy(update={"demand": None, "buy": None, "markdown": None})
    (moved,) = write_notes(bare.model_copy(update={"revision": REVISION}))
    assert moved.subject == "reforecast"
    assert "from 8,000 to 9,900 units" in moved.reasoning
    (priced,) = write_notes(bare.model_copy(update={"markdown": MARKDOWN}))
    assert "mark down by 20 %" in priced.reasoning


def test_the_rules_name_the_weeks_the_stores_and_the_money() -> None:
    demand, inventory, pricing = write_notes(SEASON)
    assert "week 5" in demand.reasoning
    assert "9,600" in inventory.reasoning
    assert any("S07" in line for line in inventory.key_factors)
    assert any("1,500 more" in line for line in inventory.key_factors)
    assert any("30 %" in question for question in inventory.questions)
    assert "20 %" in pricing.reasoning
    assert any("worth 200" in line for line in pricing.key_factors)


def test_notes_are_written_for_whatever_stages_there_are() -> None:
    bare = SEASON.model_copy(update={"demand": None, "buy": None, "markdown": None})
    assert write_notes(bare) == []
    assert [n.subject for n in write_notes(bare.model_copy(update={"variance": VARIANCE}))] == ["variance"]


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({}, "level_shift"),
        ({"weekly": (0.02, 0.01, 1.1, 0.0)}, "one_week"),
        ({"weekly": (0.1, 0.25, 0.4, 0.55)}, "drift"),
        ({"variance": -0.3, "weekly": (-0.3, -0.3, -0.3, -0.3), "stock_out_weeks": (3,)}, "stock_outs"),
        ({"variance": 0.05, "weekly": (0.05, 0.06, 0.04, 0.05), "likelihood": 0.6}, "within_noise"),
    ],
)
def test_the_variance_note_names_the_likely_cause(change: dict[str, Any], cause: str) -> None:
    assert likely_cause(VARIANCE.model_copy(update=change)) == cause


def test_the_variance_note_says_how_far_off_and_what_follows() -> None:
    called = VARIANCE.model_copy(update={"reforecast": True})
    bare = {"demand": None, "buy": None, "markdown": None}
    (written,) = write_notes(SEASON.model_copy(update={**bare, "variance": called}))
    assert "30 % above plan" in written.reasoning
    assert "8 weeks left" in written.reasoning
    assert any("forecast again" in risk for risk in written.risks)
