"""Which role each word of a clause plays, for a share, for a rhythm and for a checkpoint's week."""

import re

from tasks.parameters.clauses import VERBS, Clause
from tasks.parameters.frames import NONE, Roles
from tasks.parameters.vocabulary import FILLERS, KNOWN, PARTS

JUDGING = ("markdown", "checkpoint", "if", "unless", "sellthrough", "threshold")
MONEY = ("other", "budget", "price", "cost")
ORIGINS = frozenset({"from", "off", "leaving", "ex", "per"})
SOME_STORES = re.compile(
    r"\b(?:a|b|c|aa|tier \d|vague|scope|biggest|largest|best|north|south|\w+ern) (?:\w+ )?stores\b"
    r"|(?:of|in|for|to) stores on|SHARE of stores"
    r"|(?:weekly|biweekly|replenish) (?:\w+ ){0,2}(?:until|before|after) (?:the )?(?:DATE|WEEK|SPAN)"
)
SOME = ("scope", "SPAN", "unless", "COUNTED", "WEEK", "month", "months")
REFUSED = re.compile(r"\bno (?:\w+ ){0,2}(?:markdown|need)|\bhold (?:\w+ )?(?:price|other)|fullprice")
NOT_REACHED = re.compile(r"\bno (?:(?!markdown|if|unless)\w+ ){0,3}?(?:sold|reach|above|sellthrough)")


def is_strange(word: str) -> bool:
    """Whether a word is none of the trade's, nor of the language's small ones."""
    return word.isalpha() and word.islower() and word not in KNOWN and word not in FILLERS


def share_roles(clause: Clause, index: int | None) -> Roles:
    """The roles around the share at a token, or of a clause that has none."""
    verb, quantity = _verb(clause, index), _quantity(clause, index)
    if clause.is_past:
        return Roles(verb, quantity, "past")
    polarity = "no" if clause.denied else "+"
    if verb in {"sell", "left"} and quantity != "depth":
        polarity = _direction(clause, verb)
    return Roles(verb, quantity, _object(clause, index), _place(clause, index, verb), polarity)


def _quantity(clause: Clause, index: int | None) -> str:
    """The share's own kind, or the word that stands for one: all, most, the usual."""
    if index is None:
        words = ("COUNT", "usual", *(() if clause.has("rest") else ("vague",)), "all")
        return next((word for word in words if clause.has(word)), NONE)
    before = clause.text.words[max(index - 2, clause.first) : index]
    after = clause.text.words[index + 1 : min(index + 2, clause.last + 1)]
    quantity, holds = (
        clause.text.tokens[index].quantity,
        clause.has("hold", "holdback", "dc", "ship", "firstship", "stores"),
    )
    marks = quantity.marks if quantity else frozenset()
    if {*after} & PARTS["steps"] and not clause.has(*JUDGING, "sold"):
        return "step"
    if after == ("off",) or (before[-1:] == ("by",) and not clause.has("sellthrough", "sold")):
        return "step" if clause.has("hold", "holdback") else "depth"
    if "range" in marks:
        return "range"
    compared = (
        {*before} & {"above", "below", "reach"}
        and holds
        and not clause.has("if", "unless", "markdown", "sellthrough")
    )
    excepted = clause.has("all") and {*before[-1:]} & {"but", "scope", "bar"}
    if compared or excepted or "bound" in marks or "minus" in before:
        return "bound"
    return "SPLIT" if clause.text.words[index] == "SPLIT" else "SHARE"


def _verb(clause: Clause, index: int | None) -> str:
    """The verb nearest to the share, before it where two are as near; what is left is no sale."""
    anchor = clause.first if index is None else index
    near = sorted(
        (abs(i - anchor), i > anchor, verb) for verb, words in VERBS.items() for i in clause.places(*words)
    )
    verbs = [verb for _, _, verb in near]
    if index is None:
        return next((verb for verb in ("hold", "ship", "mark", "sell") if verb in verbs), NONE)
    judged = clause.has(*JUDGING, "sold")
    held = clause.has("dc", "stores", "hold", "holdback")
    left = (clause.has("left") and (judged or not held)) or (clause.has("rest") and judged and not held)
    if not verbs or (clause.has("left") and not left):
        return "left" if left else ("hold" if clause.has("back", "left") else NONE)
    nearest = verbs[0]
    if clause.has("if", "unless") and clause.has("price", "other") and "sell" in verbs:
        nearest = "sell"
    if nearest == "sell" and not judged and {"hold", "ship"} & {*verbs}:
        return next(verb for verb in verbs if verb in {"hold", "ship"})
    if nearest == "mark" and ("sell" in verbs or _is_linked(clause, index)):
        nearest = "sell"
    return "left" if left and nearest in {"sell", "mark"} else nearest


def _is_linked(clause: Clause, index: int) -> bool:
    """“Markdown week 6 @ 60 %”: a threshold; “markdown 10 %”: a depth, perhaps."""
    after = clause.text.words[index + 1 : min(index + 3, clause.last + 1)]
    if after[:1] == ("markdown",) and not {*after[1:]} & {"threshold", "checkpoint"}:
        return False
    return clause.text.words[max(index - 1, clause.first)] in PARTS["links"] or after[:1] == ("checkpoint",)


def _direction(clause: Clause, verb: str) -> str:
    """Whether the markdown is then taken where little has sold: low; high; level where nothing compares."""
    said = " ".join(clause.words)
    sign = -1 if clause.has("below") else int(clause.has("above", "reach"))
    sold = clause.has("if") and clause.has("sold") and not clause.has("threshold") and verb == "sell"
    if sign == 0 and (clause.has("unless") or sold):
        sign = -1 if verb == "left" else 1
    turns = (
        clause.has("unless") + bool(REFUSED.search(said)) + bool(NOT_REACHED.search(said)) + (verb == "left")
    )
    return {1: "high", -1: "low", 0: "level"}[sign * (-1) ** turns]


def _object(clause: Clause, index: int | None) -> str:
    """What the share is a share of."""
    words, strong = clause.text.words, clause.has("dc", "holdback")
    if clause.has("promo"):
        return "promo"
    if index is None:
        return "other" if clause.has(*MONEY) and not strong else NONE
    if clause.has("talk") and not clause.has("hold", "holdback", "dc", "ship", "markdown"):
        return "other"
    channel = re.search(r"for (?:the |our |an? )?(\w+)", " ".join(clause.words))
    if channel and (is_strange(channel[1]) or channel[1] == "other"):
        return "channel"
    after = next(
        (i for i in range(index + 1, clause.last + 1) if words[i] not in PARTS["before_object"]),
        clause.last + 1,
    )
    before = next(
        (i for i in range(index - 1, clause.first - 1, -1) if words[i] not in PARTS["before_object"]), None
    )
    said = words[after] if after <= clause.last else NONE
    is_of = "of" in words[index + 1 : after] or clause.text.quote(index, index).endswith(" of")
    if said == "counted" or (said == "stores" and is_of):
        return "stores"
    around = {said, words[before] if before is not None else NONE}
    if around & {*MONEY} or (clause.has(*MONEY) and not strong and not clause.has("if", "unless")):
        return "other"
    if said in {"stock", "goods", "rest"}:
        return said
    return "unknown" if is_strange(said) and not clause.has("back") else NONE


def _place(clause: Clause, index: int | None, verb: str) -> str:
    """Where the share is or goes: the centre, the stores, or simply out at the start."""
    words, found, origins = clause.text.words, list[int](), list[int]()
    for i in clause.places("dc", "stores"):
        lead = [word for word in words[max(i - 3, clause.first) : i] if word not in {"the", "our", "a"}]
        origin = {*lead[-1:]} & (ORIGINS | ({"for"} if words[i] == "stores" else set()))
        (origins if origin or lead[-2:] == ["out", "of"] else found).append(i)
    found = found or (origins if verb == NONE else [])
    places = {words[i] for i in found}
    if not found:
        return "start" if clause.has("upfront", "firstship") else NONE
    if clause.has("SPLIT"):
        return words[found[0]]
    if verb == "hold" and "dc" in places:
        return "dc" if len(places) > 1 else places.pop()
    anchor = clause.first if index is None else index
    return words[min(found, key=lambda i: (i < anchor, abs(i - anchor)))]


def rhythm_roles(clause: Clause, index: int | None) -> Roles:
    """The roles around a rhythm; without one, of a clause that speaks of replenishing."""
    quantity = clause.text.words[index] if index is not None else NONE
    before = clause.text.words[max(index - 4, clause.first) : index] if index is not None else ("no",)
    denied = clause.denied and ("no" in before or "no" not in clause.words)
    verb = "replenish" if clause.has("replenish") else NONE
    if verb == NONE and clause.has("ship", "firstship", "hold"):
        verb = "ship"
    elif verb == NONE and clause.has("markdown", "checkpoint", "sellthrough", "sold", "threshold"):
        verb = "mark"
    elif verb == NONE and clause.has("talk", "promo", "label", *MONEY):
        verb = "talk"
    if index is None and clause.has("vague", "scope"):
        quantity = "vague"
    return Roles(
        "past" if clause.is_past else verb, quantity, _scope(clause, verb), NONE, "no" if denied else "+"
    )


def _scope(clause: Clause, verb: str) -> str:
    """Some stores, some weeks or a condition: then the rhythm is not the season's."""
    markdown = clause.has("markdown", "checkpoint", "sellthrough", "below")
    partial = SOME_STORES.search(" ".join(clause.words)) or clause.has(*SOME)
    if partial and not (markdown and (verb != "replenish" or clause.has("WEEK"))):
        return "some"
    if clause.has("if") and verb != "mark" and not markdown:
        return "some"
    return "unknown" if verb == NONE and any(map(is_strange, clause.words)) else NONE


def week_roles(clause: Clause, quantity: str) -> Roles:
    """The roles of a clause that may name the week in which sell-through is checked."""
    polarity = "no" if clause.denied else "+"
    if clause.is_past or (clause.has("talk") and not clause.has("markdown", "checkpoint")):
        return Roles("past", quantity)
    if clause.has("fullprice") and quantity == NONE and not clause.has("if", "unless", "sold"):
        return Roles("mark", quantity, polarity="no")
    if clause.has("markdown") or (clause.has("checkpoint") and quantity != NONE):
        conditional = quantity == NONE and clause.has("if", "unless", "below", "above")
        refused = not conditional and (quantity != NONE or _is_refusal(clause))
        return Roles("mark", quantity, polarity=polarity if refused else "+")
    if clause.has(*JUDGING, "below", "reach", "left", "sold"):
        return Roles("sell", quantity, polarity=polarity)
    if clause.has("promo"):
        return Roles("promo", quantity)
    return Roles("replenish" if clause.has("replenish", "ship", "weekly", "biweekly") else NONE, quantity)


def _is_refusal(clause: Clause) -> bool:
    """“No markdowns”, “markdown: none”; not “a markdown is not excluded”."""
    said = " ".join(clause.words)
    after = said.rpartition("markdown")[2].split()
    before = "no" not in clause.words or re.search(r"\bno (?:\w+ ){0,6}?markdown", said)
    return bool(before) or not any(is_strange(word) and word not in PARTS["wanted"] for word in after)
