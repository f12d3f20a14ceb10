"""What a text counts: weeks, shares, money, units. Each becomes one token, named by what it is.

Which parameter a share or a week belongs to is not decided here but by the frames.
"""

import re
from collections.abc import Callable, Iterator
from math import ceil

from schemas.parameters import MAX_HORIZON_WEEKS
from tasks.parameters.text import CLAUSE_ENDS, Hit, Quantity, Text

QUARTER_WEEKS, WEEKS_IN_A_YEAR = 13, 52
LONGEST_SHARE_NUMBER = 100
FRACTIONS = {"half": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fourth": 4, "fifth": 5}
FRACTIONS |= {"fifths": 5, "tenth": 10, "tenths": 10}
FIXED = {"halfyear": 26, "fullyear": WEEKS_IN_A_YEAR, "quarteryear": QUARTER_WEEKS}
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "tenth": 10}
UNSURE = frozenset({"about", "atleast", "atmost", "until", "minus"})
SPANS = (
    r"(?:lead|of (?:history|data|sales|supply|cover|stock|selling|season|the season)|ago|earlier|prior|before"
    r"|after|cover|supply|past)"
)
CURRENCIES = {"$": "USD", "£": "GBP", "€": "EUR", "usd": "USD", "gbp": "GBP", "eur": "EUR", "dollar": "USD"}
CURRENCIES |= {"dollars": "USD", "euro": "EUR", "euros": "EUR", "pounds": "GBP", "quid": "GBP", "chf": "CHF"}
LASTS = frozenset({"to", "will", "should", "and", "must", "season", "it", "would"})
THOUSANDS = {"k": 1_000, "thousand": 1_000, "m": 1_000_000, "mn": 1_000_000, "million": 1_000_000}
TERMS = ("cost", "price", "salvage", "moq", "packsize", "leadtime", "holdingcost", "elasticity", "budget")
Finder = Callable[[Text], Iterator[Quantity]]


def find_amounts(text: Text) -> Text:
    """The text with everything that is counted as one token each; what is found first stays."""
    for finder in (_money, _terms, _labels, _week_numbers, _rhythms, _lengths, _shares, _counts):
        found: list[Quantity] = []
        for one in finder(text):
            if not any(one.first <= other.last and other.first <= one.last for other in found):
                found.append(one)
        text = text.lift(sorted(found, key=lambda one: one.first))
    return text


def _money(text: Text) -> Iterator[Quantity]:
    number, scale = r"(\d+(?:\.\d+)?)", rf"(?: ({'|'.join(THOUSANDS)}))?"
    before, after = r"([$£€]|usd|gbp|eur|chf)", r"(dollars?|usd|euros?|eur|gbp|pounds|quid|chf|€|£|\$)"
    for hit in text.find(rf"{before} {number}{scale}|{number}{scale} {after}"):
        sign, a, times, b, more, name = hit.groups
        value = float(a or b or 0) * THOUSANDS.get(times or more or "", 1)
        marks = frozenset({CURRENCIES.get(sign or name or "", "")})
        yield Quantity("MONEY", value, hit.first, hit.last, marks=marks)


def _terms(text: Text) -> Iterator[Quantity]:
    """“Unit cost $14”, “MOQ 300”, “£120k budget”: the category's terms and the budget, by name."""
    name, number = rf"({'|'.join(TERMS)})", r"(?:MONEY|\d+(?:\.\d+)?)"
    link = r"(?: (?:is|of|:|=|at|a|the|about|to|per|stock|in|around|price|unit|set|will|be))*"
    for hit in text.find(
        rf"{name}{link} {number}(?: weeks?)?(?! %)|MONEY(?: (?:a|per|stock|each|total))* {name}"
    ):
        places = range(hit.first, hit.last + 1)
        place = next(i for i in places if text.words[i] == "MONEY" or text.words[i][0].isdigit())
        money = text.tokens[place].quantity
        value = text.number(place) if money else float(text.words[place])
        marks = frozenset({str(hit.groups[0] or hit.groups[1])}) | text.marks(place)
        yield Quantity("TERM", value, hit.first, hit.last, marks=marks)


def _labels(text: Text) -> Iterator[Quantity]:
    """Order and style numbers, years beside a season's name."""
    for hit in text.find(
        r"label(?: (?:no|number|:|is|=|,))* (\d+)(?: [a-z])?(?! (?:weeks?|%|months?|store))"
    ):
        yield Quantity("LABEL", None, hit.first, hit.last)
    for hit in text.find(
        r"(?:season|spring|summer|autumn|fall|winter|ss|aw|fw|sp|occasion|holiday|resort) (20\d\d|2\d)"
    ):
        if text.words[hit.last + 1 : hit.last + 2] not in {
            ("weeks",),
            ("%",),
            ("week",),
            ("hold",),
            ("holdback",),
        }:
            yield Quantity("LABEL", None, hit.last, hit.last)


def _week_numbers(text: Text) -> Iterator[Quantity]:
    """“Week 6”, “the ninth week”, “halfway”, “after six weeks”: a week of the season."""
    for hit in text.find(r"weeks? (\d+)(?: %)?(?: (?:to|and|or|/|&|until) (?:week )?\d+)(?! weeks)"):
        asked = f"“{text.quote(hit.first, hit.last)}”: in which week exactly?"
        yield Quantity("WEEK", float(hit.groups[0] or 0), hit.first, hit.last, asked)
    number = r"(?:no |number |n° |nr |# )?(?:\. )?(?:: |is |of |= |# )?(\d+)(?:st|nd|rd|th)?"
    for hit in text.find(rf"week {number}(?! (?:weeks|stock|stores|%|to))"):
        yield Quantity("WEEK", float(hit.groups[0] or 0), hit.first, hit.last)
    nth = rf"(?:(\d+)(?:st|nd|rd|th)|({'|'.join(ORDINALS)}))"
    for hit in text.find(rf"(?:the )?{nth} week(?! (?:of|in) (?:DATE|m\d\d))"):
        figure, word = hit.groups
        if not {*text.words[max(hit.first - 1, 0) : hit.first]} & {"every", "each"}:
            yield Quantity("WEEK", float(figure or ORDINALS[str(word)]), hit.first, hit.last)
    yield from _weeks_in(text)
    mark = r"(?: (?:point|mark|stage))?(?: (?:of|in|through|into))?(?: the season)?"
    for hit in text.find(rf"(?:at )?(?:the )?halfway{mark}"):
        yield Quantity("WEEK", None, hit.first, hit.last, marks=frozenset({"halfway"}))
    end = r"(?:the )?end(?: of (?:the )?season)?"
    for hit in text.find(
        rf"(?:the )?(?:last|final) (?:\d+ )?weeks?(?! of DATE)|\d+ weeks (?:before|from) {end}"
    ):
        if not {*text.words[max(hit.first - 1, 0) : hit.first]} & LASTS:
            asked = f"“{text.quote(hit.first, hit.last)}”: which week is that?"
            yield Quantity("WEEK", None, hit.first, hit.last, asked)


def _weeks_in(text: Text) -> Iterator[Quantity]:
    """“After six weeks”, “six weeks in”, “markdown at 6 weeks”."""
    after = r"(?:after|past|at) (\d+) weeks?(?: (?:in|into|mark))?"
    into = r"(\d+) weeks? (?:in|into)(?! DATE)(?: the season)?|at the (\d+) week (?:mark|point|stage)"
    for hit in text.find(rf"{after}|{into}"):
        checks = {"markdown", "checkpoint", "sellthrough"} & {*text.words[max(hit.first - 4, 0) : hit.first]}
        if text.words[hit.first] != "at" or hit.groups[2] or checks:
            yield Quantity("WEEK", float(next(group for group in hit.groups if group)), hit.first, hit.last)


def _rhythms(text: Text) -> Iterator[Quantity]:
    """“Every 3 weeks” is a rhythm like any other that cannot be planned."""
    for hit in text.find(r"(?:1 |once )?every (\d+|few|couple of) (?:weeks|days|months|week)"):
        yield Quantity("otherfrequency", None, hit.first, hit.last)


def _lengths(text: Text) -> Iterator[Quantity]:
    """“12 weeks”, “three months”, “half a year”: the season's length; SPAN where it is some other length."""
    for hit in text.find(r"(?:between )?(\d+)(?: weeks?)? (?:to|or|until|and) (\d+) weeks?"):
        if text.words[hit.first] == "between" or "and" not in text.words[hit.first : hit.last]:
            quote = text.quote(hit.first, hit.last)
            yield _weeks(text, hit, int(hit.groups[1] or 0), f"“{quote}”: how many weeks exactly?")
    for hit in text.find(rf"(\d+(?:\.\d+)?) (?:full )?weeks?(?: {SPANS}(?!\S))?"):
        kind = "SPAN" if _is_span(text, hit) else "WEEKS"
        yield _weeks(text, hit, float(hit.groups[0] or 0), kind=kind)
    name = r"(?:horizon|length|duration|season|weeks (?=[:=])) ?(?:is |of |to |at |: |= |set |- )*"
    other = r"months?|quarters?|days?|years?|%|hold|holdback|dc|stock|stores|counted|ship|\w*\d|DATE|to"
    for hit in text.find(rf"{name}(\d+)(?! (?:{other}))"):
        yield _weeks(text, hit, int(hit.groups[0] or 0))
    for hit, value in _other_units(text):
        if not _is_span(text, hit):
            yield _weeks(text, hit, value)


def _weeks(text: Text, hit: Hit, value: float, asked: str | None = None, kind: str = "WEEKS") -> Quantity:
    quote, marks = text.quote(hit.first, hit.last), frozenset[str]()
    if kind == "SPAN":
        return Quantity(kind, value, hit.first, hit.last)
    if not 1 <= value <= MAX_HORIZON_WEEKS:
        asked, marks = (
            f"“{quote}” is not 1 to {MAX_HORIZON_WEEKS} weeks: how many weeks has the season?",
            frozenset({"unusable"}),
        )
    elif value != int(value):
        asked = asked or f"How many whole weeks is “{quote}”?"
    elif (
        _before(text, hit) & (UNSURE | {"above", "below", "reach"}) - {"until"} and not _is_over(text, hit)
    ) or {*text.words[hit.last + 1 : hit.last + 2]} & (UNSURE - {"until", "minus"}):
        asked = asked or f"“{quote}”: how many weeks exactly?"
    return Quantity(kind, float(round(value)), hit.first, hit.last, asked, marks)


def _is_over(text: Text, hit: Hit) -> bool:
    """“Over 12 weeks” says for how long."""
    return text.quote(hit.first - 1, hit.first - 1).lower() == "over"


def _before(text: Text, hit: Hit) -> set[str]:
    """The two words before a place, as far as they are of its clause."""
    words = text.words[max(hit.first - 2, 0) : hit.first]
    return (
        set(words[1:] if words[:1] and words[0] in CLAUSE_ENDS else words) - CLAUSE_ENDS
        if words[-1:] and words[-1] not in CLAUSE_ENDS
        else set()
    )


def _is_span(text: Text, hit: Hit) -> bool:
    """“The last 4 weeks”, “the first six weeks”, “8 weeks of cover”: weeks, but not the season's."""
    before = text.words[max(hit.first - 2, 0) : hit.first]
    if before[-1:] == ("last",) and before[0] in LASTS:
        return False
    if before[-1:] and before[-1] in {
        "last",
        "past",
        "previous",
        "prior",
        "every",
        "each",
        "other",
        "first",
        "after",
        "within",
        "another",
    }:
        return True
    return bool(re.search(rf"(?:^|\s){SPANS}$", " ".join(text.words[hit.first : hit.last + 1])))


def _other_units(text: Text) -> Iterator[tuple[Hit, float]]:
    """Months, quarters, halves of a year, days: in weeks."""
    for word, count in FIXED.items():
        yield from ((hit, float(count)) for hit in text.find(word))
    for hit in text.find(r"(\d+(?:\.\d+)?)( and (?:a )?half)? months?(?! (?:ago|earlier|before|after|of))"):
        months = float(hit.groups[0] or 0) + (0.5 if hit.groups[1] else 0)
        yield hit, round(months * WEEKS_IN_A_YEAR / 12)
    for hit in text.find(
        r"(?:for |over |last |lasts |run |runs )(?:a|the|1|full) (month|quarter|fortnight)(?! of(?! DATE))"
        r"|(?:a|1) (month|fortnight)(?= from)"
    ):
        weeks = {"month": 4, "quarter": QUARTER_WEEKS, "fortnight": 2}
        yield hit, weeks[str(hit.groups[0] or hit.groups[1])]
    for hit in text.find(r"(?:1 )quarter(?! of)(?: long)?|(?:full|calendar) quarter|quarter long"):
        yield hit, QUARTER_WEEKS
    for hit in text.find(r"(\d+) days?(?! (?:before|after|ago|from now|ahead|of))"):
        yield hit, ceil(int(hit.groups[0] or 0) / 7)


def _shares(text: Text) -> Iterator[Quantity]:
    """Percentages, fractions, decimals below two, and splits of a hundred."""

    def share(hit: Hit, value: float, *marks: str) -> Quantity:
        bound = ("bound",) if _before(text, hit) & UNSURE else ()
        return Quantity("SHARE", round(value, 4), hit.first, hit.last, marks=frozenset((*marks, *bound)))

    for hit in text.find(r"(\d\d?)(?: %)?(?: ?/ ?| to | : | and )(\d\d?)(?: %)?|(\d\d?)/(\d\d?)"):
        first, second = (int(group) for group in hit.groups if group)
        if first + second == LONGEST_SHARE_NUMBER:
            yield Quantity("SPLIT", first / 100, hit.first, hit.last)
    for hit in text.find(r"(?:between )?(\d+(?:\.\d+)?)(?: %)? (?:to|or|and|until|/) (\d+(?:\.\d+)?) %"):
        if "and" not in text.words[hit.first : hit.last] or text.words[hit.first] == "between":
            yield share(hit, float(hit.groups[1] or 0) / 100, "range")
    for hit in text.find(r"(\d+(?:\.\d+)?) %"):
        yield share(hit, float(hit.groups[0] or 0) / 100)
    for hit in text.find(r"([1-9])/([1-9]\d?)"):
        if int(hit.groups[0] or 0) < int(hit.groups[1] or 1):
            yield share(hit, int(hit.groups[0] or 0) / int(hit.groups[1] or 1))
    yield from _fractions(text, share)
    for hit in text.find(r"([0-9]\.\d+)(?! (?:weeks|months?|m|k))"):
        yield share(hit, float(hit.groups[0] or 0), "decimal")


def _fractions(text: Text, share: Callable[..., Quantity]) -> Iterator[Quantity]:
    """“Two thirds”, “a quarter of”, “half”; an ordinal (“the third drop”) is none."""
    not_part = r"(?! (?:week|weeks|day|month|year|way|price|d\d|time|firstship|DATE|markdown))"
    for hit in text.find(rf"(?:([1-9]) |(a|the|other) )*({'|'.join(FRACTIONS)})(?: of)?{not_part}"):
        number, article, word = hit.groups
        before = text.words[hit.first - 1 : hit.first]
        ordinal = text.language == "en" and word in ORDINALS and not number and article != "a"
        if not ordinal and before not in {("first",), ("second",), ("last",), ("every",)}:
            yield share(hit, int(number or 1) / FRACTIONS[str(word)])


def _counts(text: Text) -> Iterator[Quantity]:
    """“45 stores”, “300 units”; any other number is told apart by its clause."""
    for hit in text.find(
        r"(\d+) (?:(?!to |in |at |the |and |hold |dc )[a-z]+ )?(stores|counted|stock|people)"
    ):
        kind = "COUNT" if hit.groups[1] == "stock" else "COUNTED"
        yield Quantity(kind, float(hit.groups[0] or 0), hit.first, hit.last)
    for hit in text.find(r"(\d+(?:\.\d+)?)(?:st|nd|rd|th)?"):
        yield Quantity("NUMBER", float(hit.groups[0] or 0), hit.first, hit.last)
