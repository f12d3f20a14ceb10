"""What each agent has to say, as named facts; and the notes that rules make of them."""

from collections.abc import Iterator

from schemas.messages import Agent
from schemas.notes import AgentNote, NoteSource
from tasks.narration.facts import (
    BuyFacts,
    DemandFacts,
    Fact,
    MarkdownFacts,
    MoneyFacts,
    Part,
    RevisionFacts,
    SeasonFacts,
    Topic,
)
from tasks.narration.variance import variance_facts
from tasks.narration.words import money, percent, sentence, several, units

WIDE_INTERVAL = 0.5
MOST_STORES, MOST_WEEKS = 2, 3


def topics_of(season: SeasonFacts) -> list[Topic]:
    """What there is to speak about, in the order in which it was worked out.

    Args:
        season: the stored results; a stage that is absent has no topic.
    """
    absent = frozenset(
        ({"replenishment"} if season.replenishment == "none" else set())
        | ({"markdown"} if season.markdown is None else set())
    )
    told = [
        (Agent.DEMAND, "forecast", season.demand and _demand(season, season.demand)),
        (Agent.DEMAND, "variance", season.variance and variance_facts(season.variance)),
        (Agent.DEMAND, "reforecast", season.revision and _revision(season.revision)),
        (Agent.INVENTORY, "order", season.buy and _order(season, season.buy)),
        (Agent.PRICING, "markdown", season.markdown and _markdown(season.markdown)),
    ]
    return [Topic(who, about, tuple(facts), absent) for who, about, facts in told if facts]  # type: ignore[arg-type]


def write_note(topic: Topic) -> AgentNote:
    """The note that rules make: every fact, as a sentence of its own."""
    parts = {part: tuple(sentence(fact.says) for fact in topic.facts if fact.part is part) for part in Part}
    return AgentNote(
        agent=topic.speaker,
        subject=topic.subject,
        source=NoteSource.RULES,
        reasoning=" ".join(parts[Part.REASONING]),
        key_factors=parts[Part.FACTOR],
        risks=parts[Part.RISK],
        questions=parts[Part.QUESTION],
    )


def write_notes(season: SeasonFacts) -> list[AgentNote]:
    """One note for each stage that has run."""
    return [write_note(topic) for topic in topics_of(season)]


def _demand(season: SeasonFacts, demand: DemandFacts) -> Iterator[Fact]:
    peak = demand.peak
    when = f" (from {peak.start})" if peak.start else ""
    when_sold = f"in the {season.weeks} weeks from {season.start}"
    total = f"{season.category} should sell {units(demand.total)} units {when_sold}"
    yield Fact("total", total, Part.REASONING)
    yield Fact("peak", f"the strongest is week {peak.week}{when} with {units(peak.units)}", Part.REASONING)
    for week in demand.notable[:MOST_WEEKS]:
        reason = f": {week.why.rstrip('.')}" if week.why else ""
        yield Fact(f"week_{week.week}", f"week {week.week} brings {units(week.units)} units{reason}")
    if demand.wape is not None:
        yield Fact("track_record", _track_record(demand))
    weighed = [f"{member.name} {percent(member.weight)}" for member in demand.members if member.weight > 0]
    if weighed:
        yield Fact("weights", f"weights earned on past seasons: {several(weighed)}")
    if demand.lower is not None and demand.upper is not None and demand.level is not None:
        between = f"between {units(demand.lower)} and {units(demand.upper)} units"
        yield Fact("range", f"with {percent(demand.level)} certainty the season sells {between}", Part.RISK)
        if demand.total and (demand.upper - demand.lower) / demand.total > WIDE_INTERVAL:
            asked = "the range is wide: is there anything about this season that its past does not tell?"
            yield Fact("wide_range", asked, Part.QUESTION)
    for number, warning in enumerate(demand.warnings, start=1):
        yield Fact(f"warning_{number}", warning.rstrip("."), Part.RISK)


def _track_record(demand: DemandFacts) -> str:
    past = f"{demand.origins} past seasons" if demand.origins > 1 else "the past season that could be tested"
    said = f"on {past} the weekly forecast was off by {percent(demand.wape or 0)}"
    if demand.naive_wape is None:
        return said
    better = (demand.wape or 0) < demand.naive_wape
    than = "repeating last year would have been" if better else "no better than repeating last year,"
    return f"{said}; {than} off by {percent(demand.naive_wape)}"


def _order(season: SeasonFacts, buy: BuyFacts) -> Iterator[Fact]:
    stock = f"the forecast and {percent(buy.safety_stock)} safety stock"
    yield Fact("order", f"make {units(buy.quantity)} units: {stock}", Part.REASONING)
    yield Fact("initial", f"{units(buy.initial)} go to the stores at the start", Part.REASONING)
    held = f"{units(buy.holdback)} wait at the DC" if buy.holdback else "nothing stays at the DC"
    yield Fact("holdback", held, Part.REASONING)
    yield from _money(buy)
    clusters = [
        f"{cluster.name.replace('_', ' ')} {percent(cluster.share)} "
        f"({units(cluster.units)} units, {cluster.stores} stores)"
        for cluster in buy.clusters
    ]
    if clusters:
        yield Fact("clusters", f"by cluster: {several(clusters)}")
    notable = [("more", store) for store in buy.more_than_sales_share[:MOST_STORES]]
    notable += [("less", store) for store in buy.less_than_sales_share[:MOST_STORES]]
    for number, (direction, store) in enumerate(notable, start=1):
        shares = f"{percent(store.unit_share)} instead of {percent(store.sales_share)}"
        reason = f": {store.why.rstrip('.')}" if store.why else ""
        said = f"store {store.store} gets {direction} than its sales share, {shares}{reason}"
        yield Fact(f"store_{number}", said)
    yield from _order_risks(season, buy)


def _money(buy: BuyFacts) -> Iterator[Fact]:
    if not buy.rows:
        return
    first = buy.rows[0]
    yield Fact("profit", f"expected profit {money(first.profit)}, {_missed(first)}")
    for number, row in enumerate(buy.rows[1:], start=1):
        gap = row.profit - first.profit
        compared = f"{money(abs(gap))} {'more' if gap > 0 else 'less'} profit"
        said = f"{row.name}: {units(row.quantity)} units, {compared}, {_missed(row)}"
        yield Fact(f"alternative_{number}", said)


def _missed(row: MoneyFacts) -> str:
    return f"{units(row.lost_sales)} units of sales missed, {units(row.leftovers)} left over"


def _order_risks(season: SeasonFacts, buy: BuyFacts) -> Iterator[Fact]:
    if season.replenishment == "none" and buy.holdback:
        said = f"nothing is shipped after the start: the {units(buy.holdback)} units at the DC reach no store"
        yield Fact("stranded", said, Part.RISK)
    elif season.replenishment == "none":
        said = "nothing can be corrected after the start: a store that runs out stays out"
        yield Fact("no_correction", said, Part.RISK)
    elif not buy.holdback:
        yield Fact(
            "nothing_to_send", f"the DC has nothing for the {season.replenishment} shipments", Part.RISK
        )
    if buy.better_holdback is not None and buy.better_holdback_gain and buy.better_holdback_gain > 0:
        said = (
            f"a holdback of {percent(buy.better_holdback)} instead of {percent(season.holdback)} "
            f"is expected to bring {money(buy.better_holdback_gain)} more: shall it be used?"
        )
        yield Fact("better_holdback", said, Part.QUESTION)


def _revision(revision: RevisionFacts) -> Iterator[Fact]:
    seen = f"{revision.observed_weeks} weeks of sales"
    change = revision.new_total - revision.old_total
    moved = f"from {units(revision.old_total)} to {units(revision.new_total)} units"
    yield Fact("moved", f"{seen} move the season {moved}", Part.REASONING)
    direction = "more" if change > 0 else "less"
    yield Fact("change", f"that is {units(abs(change))} units {direction}", Part.REASONING)
    pace = percent(abs(revision.level - 1))
    yield Fact("pace", f"the {revision.weeks_left} weeks left sell {pace} {direction} than was planned")
    yield Fact(
        "at_centre", f"{units(revision.at_centre)} units at the DC are shared out again over the stores"
    )
    between = f"between {units(revision.lower)} and {units(revision.upper)} units"
    yield Fact("range", f"the season now lies {between}", Part.RISK)


def _markdown(markdown: MarkdownFacts) -> Iterator[Fact]:
    threshold = percent(markdown.threshold)
    if markdown.sell_through is None:
        said = f"sell-through is checked in week {markdown.week}; under {threshold} a markdown is recommended"
    else:
        aimed = (
            f"in week {markdown.week} sell-through is {percent(markdown.sell_through)} against {threshold}"
        )
        said = (
            f"{aimed}: {f'mark down by {percent(markdown.depth)}' if markdown.depth else 'no markdown pays'}"
        )
    yield Fact("checkpoint", said, Part.REASONING)
    if markdown.expected_sell_through is not None:
        expected = percent(markdown.expected_sell_through)
        yield Fact("expected", f"sell-through by then is expected at {expected}")
    if markdown.chance_needed is not None:
        yield Fact(
            "chance", f"the chance that a markdown will be needed is {percent(markdown.chance_needed)}"
        )
    if markdown.gain is not None and markdown.depth:
        yield Fact("gain", f"that is worth {money(markdown.gain)} more than leaving the price as it is")
    if markdown.stock is not None:
        yield Fact("stock", f"{units(markdown.stock)} units are still to be sold")
    if markdown.elasticity is not None:
        source = f" ({markdown.elasticity_source})" if markdown.elasticity_source else ""
        said = f"all of it rests on an elasticity of {markdown.elasticity:g}{source}"
        yield Fact("elasticity", said, Part.RISK)
