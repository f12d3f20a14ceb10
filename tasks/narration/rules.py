"""Notes written by rules: what each agent would say, from the stored results alone."""

from schemas.messages import Agent
from schemas.notes import AgentNote, NoteSource
from tasks.narration.facts import (
    BuyFacts,
    DemandFacts,
    MarkdownFacts,
    MoneyFacts,
    SeasonFacts,
    StoreFacts,
    WeekFacts,
)
from tasks.narration.variance import variance_note
from tasks.narration.words import money, percent, several, units

WIDE_INTERVAL = 0.5
MOST_STORES = 2
MOST_WEEKS = 3


def write_notes(facts: SeasonFacts) -> list[AgentNote]:
    """One note for each stage that has run, in the order in which they run.

    Args:
        facts: the stored results; a stage that is absent gets no note.
    """
    notes = [
        _demand_note(facts, facts.demand) if facts.demand else None,
        _inventory_note(facts, facts.buy) if facts.buy else None,
        _pricing_note(facts.markdown) if facts.markdown else None,
        variance_note(facts.variance) if facts.variance else None,
    ]
    return [note for note in notes if note is not None]


def _demand_note(season: SeasonFacts, demand: DemandFacts) -> AgentNote:
    peak = demand.peak
    when = f" (from {peak.start})" if peak.start else ""
    reasoning = (
        f"{season.category} should sell {units(demand.total)} units in the {season.weeks} weeks "
        f"from {season.start}; "
        f"the strongest is week {peak.week}{when} with {units(peak.units)}."
    )
    factors = [_week_line(week) for week in demand.notable[:MOST_WEEKS]]
    if demand.wape is not None:
        factors.append(_track_record(demand))
    if demand.members:
        weighed = [
            f"{member.name} {percent(member.weight)}" for member in demand.members if member.weight > 0
        ]
        factors.append(f"Weights earned on past seasons: {several(weighed)}.")
    return AgentNote(
        agent=Agent.DEMAND,
        subject="forecast",
        source=NoteSource.RULES,
        reasoning=reasoning,
        key_factors=tuple(factors),
        risks=tuple(_demand_risks(demand)),
        questions=tuple(_demand_questions(demand)),
    )


def _week_line(week: WeekFacts) -> str:
    reason = f": {week.why.rstrip('.')}" if week.why else ""
    return f"Week {week.week} brings {units(week.units)} units{reason}."


def _track_record(demand: DemandFacts) -> str:
    past = f"{demand.origins} past seasons" if demand.origins > 1 else "the past season that could be tested"
    said = f"On {past} the weekly forecast was off by {percent(demand.wape or 0)}"
    if demand.naive_wape is None:
        return f"{said}."
    better = (demand.wape or 0) < demand.naive_wape
    than = (
        "repeating last year would have been off by"
        if better
        else "no better than repeating last year, off by"
    )
    return f"{said}; {than} {percent(demand.naive_wape)}."


def _demand_risks(demand: DemandFacts) -> list[str]:
    risks = []
    if demand.lower is not None and demand.upper is not None and demand.level is not None:
        risks.append(
            f"With {percent(demand.level)} certainty the season sells between {units(demand.lower)} "
            f"and {units(demand.upper)} units."
        )
    return risks + list(demand.warnings)


def _demand_questions(demand: DemandFacts) -> list[str]:
    if demand.lower is None or demand.upper is None or not demand.total:
        return []
    if (demand.upper - demand.lower) / demand.total > WIDE_INTERVAL:
        return ["The range is wide: is there anything about this season that its past does not tell?"]
    return []


def _inventory_note(season: SeasonFacts, buy: BuyFacts) -> AgentNote:
    reasoning = (
        f"Make {units(buy.quantity)} units: the forecast and {percent(buy.safety_stock)} safety stock. "
        f"{units(buy.initial)} go to the stores at the start"
    )
    reasoning += f", {units(buy.holdback)} wait at the DC." if buy.holdback else ", nothing stays at the DC."
    factors = _money_lines(buy) + [_cluster_line(buy)] * bool(buy.clusters)
    factors += [_store_line(store, "more") for store in buy.more_than_sales_share[:MOST_STORES]]
    factors += [_store_line(store, "less") for store in buy.less_than_sales_share[:MOST_STORES]]
    return AgentNote(
        agent=Agent.INVENTORY,
        subject="order",
        source=NoteSource.RULES,
        reasoning=reasoning,
        key_factors=tuple(factors),
        risks=tuple(_buy_risks(season, buy)),
        questions=tuple(_buy_questions(season, buy)),
    )


def _money_lines(buy: BuyFacts) -> list[str]:
    if not buy.rows:
        return []
    first = buy.rows[0]
    lines = [f"Expected profit {money(first.profit, buy.currency)}, {_missed(first)}."]
    for row in buy.rows[1:]:
        gap = row.profit - first.profit
        compared = f"{money(abs(gap), buy.currency)} {'more' if gap > 0 else 'less'} profit"
        lines.append(f"{row.name}: {units(row.quantity)} units, {compared}, {_missed(row)}.")
    return lines


def _missed(row: MoneyFacts) -> str:
    return f"{units(row.lost_sales)} units of sales missed, {units(row.leftovers)} left over"


def _cluster_line(buy: BuyFacts) -> str:
    parts = [
        f"{cluster.name.replace('_', ' ')} {percent(cluster.share)} "
        f"({units(cluster.units)} units, {cluster.stores} stores)"
        for cluster in buy.clusters
    ]
    return f"By cluster: {several(parts)}."


def _store_line(store: StoreFacts, direction: str) -> str:
    reason = f": {store.why.rstrip('.')}" if store.why else ""
    return (
        f"Store {store.store} gets {direction} than its sales share, {percent(store.unit_share)} "
        f"instead of {percent(store.sales_share)}{reason}."
    )


def _buy_risks(season: SeasonFacts, buy: BuyFacts) -> list[str]:
    risks = []
    if season.replenishment == "none" and buy.holdback:
        stuck = units(buy.holdback)
        risks.append(f"Nothing is shipped after the start: the {stuck} units at the DC reach no store.")
    if season.replenishment == "none" and not buy.holdback:
        risks.append("Nothing can be corrected after the start: a store that runs out stays out.")
    if season.replenishment != "none" and not buy.holdback:
        risks.append(f"The DC has nothing for the {season.replenishment} shipments.")
    return risks


def _buy_questions(season: SeasonFacts, buy: BuyFacts) -> list[str]:
    if buy.better_holdback is None or not buy.better_holdback_gain or buy.better_holdback_gain <= 0:
        return []
    return [
        f"A holdback of {percent(buy.better_holdback)} instead of {percent(season.holdback)} "
        f"is expected to bring {money(buy.better_holdback_gain, buy.currency)} more: shall it be used?"
    ]


def _pricing_note(markdown: MarkdownFacts) -> AgentNote:
    threshold = percent(markdown.threshold)
    if markdown.sell_through is None:
        reasoning = (
            f"Sell-through is checked in week {markdown.week}; under {threshold} a markdown is recommended."
        )
    elif markdown.depth:
        reasoning = (
            f"In week {markdown.week} sell-through is {percent(markdown.sell_through)}, under {threshold}: "
            f"mark down by {percent(markdown.depth)}."
        )
    else:
        reasoning = (
            f"In week {markdown.week} sell-through is {percent(markdown.sell_through)}: no markdown pays."
        )
    return AgentNote(
        agent=Agent.PRICING,
        subject="markdown",
        source=NoteSource.RULES,
        reasoning=reasoning,
        key_factors=tuple(_pricing_factors(markdown)),
        risks=tuple(_pricing_risks(markdown)),
    )


def _pricing_factors(markdown: MarkdownFacts) -> list[str]:
    factors = []
    if markdown.expected_sell_through is not None:
        factors.append(f"Sell-through by then is expected at {percent(markdown.expected_sell_through)}.")
    if markdown.chance_needed is not None:
        factors.append(f"The chance that a markdown will be needed is {percent(markdown.chance_needed)}.")
    nothing = next((row for row in markdown.ladder if row.depth == 0), None)
    best = next((row for row in markdown.ladder if row.depth == markdown.depth), None)
    if nothing and best and best is not nothing:
        gain = money(best.revenue - nothing.revenue, markdown.currency)
        factors.append(
            f"That is worth {gain} against no markdown, and leaves {units(best.leftovers)} units "
            f"instead of {units(nothing.leftovers)}."
        )
    return factors


def _pricing_risks(markdown: MarkdownFacts) -> list[str]:
    if markdown.elasticity is None:
        return []
    source = f" ({markdown.elasticity_source})" if markdown.elasticity_source else ""
    return [f"All of it rests on an elasticity of {markdown.elasticity:g}{source}."]
