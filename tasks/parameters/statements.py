"""What the clauses of a text state about holdback, replenishment and markdown, by the table of frames."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil

from schemas.parameters import DEFAULT_HOLDBACK, ReplenishmentStrategy
from tasks.parameters import frames
from tasks.parameters.clauses import SHARES, TOPICS, VERBS, Clause, cut
from tasks.parameters.frames import ASK, CHECKPOINT, HOLDBACK, NONE, REPLENISHMENT, THRESHOLD, Frame, fitting
from tasks.parameters.reading import Ask, Reading
from tasks.parameters.roles import rhythm_roles, share_roles, week_roles
from tasks.parameters.text import Text
from tasks.parameters.vocabulary import FILLERS

RHYTHMS = ("weekly", "biweekly", "otherfrequency", "oneshot")
LOOSE = frozenset({"a week", "per week", "other week"})
SMALLEST_BARE, LARGEST_BARE, SMALLEST_SHARE = 5, 100, 0.01
SPEAKING = ("hold", "holdback", "dc", "ship", "firstship", "upfront", "stores", "all")
COUNTING = ("hold", "holdback", "dc", "threshold", "below", "sellthrough", "reach", "above", "back")
AFTER_BARE = TOPICS | FILLERS | {"dc", "stores", "back", "about", "NUMBER", "and", ",", "WEEK", "no", "usual"}
FIRM = frozenset({frames.HOW_MUCH, frames.TURNED, frames.ALL_STORES, frames.WHICH_RHYTHM})
OUT_OF_RANGE = "“{quote}” is no share between 0 % and 100 %: which one is meant?"
UNLIKELY = "“{quote}”: is that the share, or a percentage?"
UNSETTLED = "“{quote}”: is that settled?"
AFTER_THE_END = "“{quote}” lies after the last of {weeks} weeks: when is sell-through checked?"


@dataclass
class Stated:
    """What was read, by field; the tokens that are accounted for, and those that change nothing."""

    readings: dict[str, list[Reading]] = field(default_factory=lambda: defaultdict(list))
    claimed: set[int] = field(default_factory=set)
    unused: set[int] = field(default_factory=set)

    def add(self, name: str, reading: Reading) -> None:
        """Take a reading of a field."""
        self.readings[name].append(reading)
        self.claimed.update(range(reading.first, reading.last + 1))


def read_statements(text: Text, weeks: int, usual_holdback: float = DEFAULT_HOLDBACK) -> Stated:
    """Read holdback, replenishment and markdown.

    Args:
        text: the text, its quantities lifted.
        weeks: the season's; a checkpoint lies within them, and halfway is half of them.
        usual_holdback: what “the usual holdback” is.
    """
    stated, clauses = Stated(), list(_joined(cut(text)))
    for clause in clauses:
        before = {name: len(found) for name, found in stated.readings.items()}
        if clause.excluded or _is_ruled_out(clause):
            _rule_out(stated, clause)
            continue
        _read_shares(stated, clause, usual_holdback)
        _read_rhythms(stated, clause)
        _read_weeks(stated, clause, clauses, weeks)
        if clause.has("unsure"):
            _doubt(stated, clause, before)
    return stated


def _doubt(stated: Stated, clause: Clause, before: Mapping[str, int]) -> None:
    """“Maybe a markdown in week 6”: what a clause says is asked about where it doubts itself."""
    for name, found in stated.readings.items():
        asked = Ask(UNSETTLED.format(quote=clause.quote()), firm=True)
        found[before.get(name, 0) :] = [replace(one, ask=asked) for one in found[before.get(name, 0) :]]


def _joined(clauses: Sequence[Clause]) -> Iterator[Clause]:
    """A bare share belongs to the clause beside it that has none."""
    held: Clause | None = None
    for clause in clauses:
        if held is not None and (_takes(held, clause) or _takes(clause, held)):
            held = replace(held, last=clause.last)
            continue
        if held is not None:
            yield held
        held = clause
    if held is not None:
        yield held


def _takes(topic: Clause, bare: Clause) -> bool:
    about = topic.has("dc", *(word for words in VERBS.values() for word in words))
    is_bare = bare.has(*SHARES) and {*bare.words} <= FILLERS | SHARES | {"about", "rest"}
    return is_bare and about and topic.sentence == bare.sentence and not topic.has(*SHARES)


def _is_ruled_out(clause: Clause) -> bool:
    """“…, not 30 %”, “…, not bi-weekly”."""
    bare = {*clause.words} <= FILLERS | SHARES | {*RHYTHMS, "no", "usual", "past"}
    return "no" in clause.words and bare and clause.has(*SHARES, "weekly", "biweekly")


def _rule_out(stated: Stated, clause: Clause) -> None:
    """A quantity that is ruled out changes nothing where another is named; alone, it is asked about."""
    for index in clause.places("weekly", "biweekly"):
        asked = Ask(frames.WHICH_RHYTHM.format(quote=clause.quote()), firm=True)
        stated.add(REPLENISHMENT, Reading(None, index, index, asked, usable=False, weak=True))
    if len(clause.text.quantities("SHARE")) > 1:
        stated.unused.update(clause.places(*SHARES))


def _read_shares(stated: Stated, clause: Clause, usual: float) -> None:
    shares = clause.places(*SHARES) or _bare_numbers(clause)
    for index in shares:
        frame = fitting(frames.SHARES, share_roles(clause, index))
        if frame is None:
            _inherit(stated, clause, index)
        elif frame.says == "nothing":
            stated.unused.add(index)
        else:
            stated.add(frame.name, _share(clause, index, frame))
    holds = clause.has("hold", "holdback") or not clause.has("replenish", *RHYTHMS)
    counts = clause.has("COUNT") and clause.has("if", "unless")
    speaks = counts or (clause.has(*SPEAKING) and holds)
    frame = None if shares or not speaks else fitting(frames.SHARES, share_roles(clause, None))
    if frame is None or frame.says == "nothing":
        return
    asked = _ask(frame, clause.quote()) if frame.says == ASK else None
    value = {"0": 0.0, "usual": usual}.get(frame.says)
    stated.add(frame.name, Reading(value, clause.first, clause.last, asked, usable=asked is None))
    if frame.says == "0" and clause.has("all"):
        stated.add(REPLENISHMENT, Reading(ReplenishmentStrategy.NONE, clause.first, clause.last, weak=True))


def _share(clause: Clause, index: int, frame: Frame) -> Reading:
    quote, share = clause.text.quote(index, index), clause.text.number(index)
    marks, bare = clause.text.marks(index), clause.text.words[index] == "NUMBER"
    if frame.says == ASK:
        usable = "range" in marks and share <= 1
        weak = frame.question == frames.DEPTH
        return Reading(share if usable else None, index, index, _ask(frame, quote), usable=usable, weak=weak)
    share = share / LARGEST_BARE if bare and share > 1 else share
    value = round(share if frame.says == "q" else 1 - share, 4)
    if not 0 <= value <= 1:
        return Reading(value, index, index, Ask(OUT_OF_RANGE.format(quote=quote), firm=True), usable=False)
    unlikely = 0 < share < SMALLEST_SHARE and "decimal" not in marks
    return Reading(value, index, index, Ask(UNLIKELY.format(quote=quote), firm=True) if unlikely else None)


def _inherit(stated: Stated, clause: Clause, index: int) -> None:
    """A bare share after a correction is about what the share before it was about."""
    before = [
        (r.first, name) for name in (HOLDBACK, THRESHOLD) for r in stated.readings[name] if r.first < index
    ]
    between = clause.text.words[max(index - 5, 0) : index]
    if before and ("fix" in between or "no" in between[-3:]):
        stated.add(max(before)[1], Reading(clause.text.number(index), index, index))


def _bare_numbers(clause: Clause) -> list[int]:
    """“Holdback 45”, “30 held”: a number without a percent sign, in a clause that speaks of shares."""
    text, found = clause.text, list[int]()
    for index in clause.places("NUMBER"):
        linked = text.words[index - 1] in {"at", "below"} and clause.has("markdown", "checkpoint")
        likely = text.number(index) == 0 or SMALLEST_BARE <= text.number(index) <= LARGEST_BARE
        counts = index < clause.last and text.words[index + 1] not in AFTER_BARE
        if likely and not counts and (linked or clause.has(*COUNTING)):
            found.append(index)
    return found[:1]


def _ask(frame: Frame, quote: str) -> Ask:
    return Ask(frame.question.format(quote=quote), firm=frame.question in FIRM)


def _read_rhythms(stated: Stated, clause: Clause) -> None:
    text, speaks = clause.text, clause.has("replenish")
    rhythms = [i for i in clause.places(*RHYTHMS) if speaks or text.quote(i, i).lower() not in LOOSE]
    for index in rhythms:
        roles = rhythm_roles(clause, index)
        frame = fitting(frames.RHYTHMS, roles)
        if frame is not None and frame.says == "nothing":
            stated.unused.add(index)
        elif frame is not None:
            _add_rhythm(stated, clause, frame, (index, index), weak=roles.polarity == "no")
    if speaks and not rhythms:
        frame = fitting(frames.RHYTHMS, rhythm_roles(clause, None))
        if frame is not None and frame.says != "nothing":
            places = clause.places("no", "replenish")
            _add_rhythm(stated, clause, frame, (places[0], places[-1]), weak=False)


def _add_rhythm(stated: Stated, clause: Clause, frame: Frame, place: tuple[int, int], *, weak: bool) -> None:
    if frame.says == ASK:
        stated.add(REPLENISHMENT, Reading(None, *place, _ask(frame, clause.quote()), usable=False, weak=weak))
    else:
        stated.add(REPLENISHMENT, Reading(ReplenishmentStrategy(frame.says), *place))


def _read_weeks(stated: Stated, clause: Clause, clauses: Sequence[Clause], weeks: int) -> None:
    named = clause.places("WEEK")
    for index in named:
        roles = week_roles(clause, "WEEK")
        if roles.verb == NONE and _is_beside_markdown(clauses, clause.sentence):
            roles = replace(roles, verb="mark")
        frame = fitting(frames.CHECKPOINTS, roles)
        if frame is not None and frame.says == "q":
            stated.add(CHECKPOINT, _week(clause.text, index, weeks))
        elif roles.verb in {"past", "promo"}:
            stated.unused.add(index)
    frame = None if named else fitting(frames.CHECKPOINTS, week_roles(clause, NONE))
    if frame is None or frame.says == "nothing":
        return
    places = clause.places("no", "markdown") or [clause.first, clause.last]
    asked = _ask(frame, clause.text.quote(places[0], places[-1])) if frame.says == ASK else None
    weak = asked is not None
    stated.add(CHECKPOINT, Reading(None, places[0], places[-1], asked, usable=not weak, weak=weak))


def _is_beside_markdown(clauses: Sequence[Clause], sentence: int) -> bool:
    """Whether a clause of the same sentence speaks of markdown or sell-through."""
    cues = ("markdown", "checkpoint", "sellthrough", "threshold")
    return any(clause.has(*cues) for clause in clauses if clause.sentence == sentence)


def _week(text: Text, index: int, weeks: int) -> Reading:
    """The week within the season: halfway reckoned, what lies after the end asked about."""
    quote, quantity = text.quote(index, index), text.tokens[index].quantity
    if quantity is not None and quantity.question:
        return Reading(None, index, index, Ask(quantity.question, firm=True), usable=False)
    week = ceil(weeks / 2) if "halfway" in text.marks(index) else int(text.number(index))
    if not 1 <= week <= weeks:
        asked = Ask(AFTER_THE_END.format(quote=quote, weeks=weeks), firm=True)
        return Reading(None, index, index, asked, usable=False)
    return Reading(week, index, index)
