"""The closed list of ways in which a clause states a parameter; what fits none of them is asked about.

A frame names the verb, the quantity, its object, its place and its polarity. The first row that fits decides.
Each row's examples are its tests: what stands in them is what the row is for.
"""

from dataclasses import dataclass, field

from schemas.extraction import EXTRACTED_FIELDS

ANY, NONE = "*", "-"
WEEKS, START, REPLENISHMENT, HOLDBACK, CHECKPOINT, THRESHOLD = EXTRACTED_FIELDS
ASK = "ask"


@dataclass(frozen=True)
class Roles:
    """What the words of a clause do: each role has one word, or none (“-”)."""

    verb: str = NONE
    quantity: str = NONE
    object: str = NONE
    place: str = NONE
    polarity: str = "+"


@dataclass(frozen=True)
class Frame:
    """One way to state a parameter. A role takes any of the words between bars, “*” whatever there is.

    `says` is how the value follows: `q` the quantity, `1-q` what is left of it, a value, `usual`, `nothing`
    where the words are about something else, or `ask` with the question.
    """

    name: str
    verb: str
    quantity: str
    object: str
    place: str
    polarity: str
    says: str
    examples: dict[str, float | str | None] = field(default_factory=dict)
    question: str = ""

    def fits(self, roles: Roles) -> bool:
        """Whether every role has a word that the frame takes."""
        pairs = (
            (self.verb, roles.verb),
            (self.quantity, roles.quantity),
            (self.object, roles.object),
            (self.place, roles.place),
            (self.polarity, roles.polarity),
        )
        return all(taken == ANY or word in taken.split("|") for taken, word in pairs)


def fitting(table: tuple[Frame, ...], roles: Roles) -> Frame | None:
    """The first frame of a table that fits; None where none does."""
    return next((frame for frame in table if frame.fits(roles)), None)


HOW_MUCH = "“{quote}”: which share exactly is held back at the centre?"
WHOSE = "“{quote}”: is that the share of the goods that is held back at the centre?"
WHICH_RHYTHM = "“{quote}”: replenishment can be none, weekly or bi-weekly. Which one?"
ALL_STORES = "“{quote}”: one rhythm is planned for all stores and the whole season. Which one?"
TURNED = "“{quote}”: a markdown is taken where sell-through stays below a threshold. Which one?"
DEPTH = "“{quote}”: how deep a markdown goes is worked out. Under which sell-through is one taken?"
WHICH_WEEK = "“{quote}”: in which week is sell-through checked for a markdown?"

# fmt: off
SHARES = (
    Frame(HOLDBACK, ANY, ANY, "past", ANY, ANY, "nothing", {"last year the DC held 30%": None}),
    Frame(THRESHOLD, "mark|sell", "depth", ANY, ANY, ANY, "nothing", {"take 20% off in week 6": None}),
    Frame(THRESHOLD, "mark", "SHARE", ANY, ANY, ANY, ASK, {"markdown 10% at week 7": ASK}, DEPTH),
    Frame(THRESHOLD, "sell", "SHARE", "other|promo", ANY, ANY, "nothing", {"return rate under 20%": None}),
    Frame(THRESHOLD, "sell", "SHARE", ANY, ANY, "low|level", "q", {
        "markdown in week 6 if sell-through is below 55%": 0.55,
        "if we haven't sold 55% by week 6, mark down": 0.55, "markdown in week 6 unless we've hit 55%": 0.55,
        "md wk 6 @ 55%": 0.55, "markdown week 6, threshold 0.55": 0.55,
        "no markdown if we are above 55% in week 6": 0.55,
        "review markdowns at week 6, target 55% sold": 0.55,
    }),
    Frame(THRESHOLD, "left", "SHARE", ANY, ANY, "low|level", "1-q", {
        "mark down when 40% remains at week 6": 0.6,
        "markdown in week 6 if more than 45% is still left": 0.55,
        "markdown in week 6 unless less than 45% is unsold": 0.55,
    }),
    Frame(THRESHOLD, "sell|left", "SHARE|range|bound", ANY, ANY, ANY, ASK, {
        "markdown in week 6 if sell-through is above 60%": ASK,
        "markdown in week 6 if less than 40% is left": ASK, "markdown in week 6 if under 50 to 60%": ASK,
    }, TURNED),
    Frame(THRESHOLD, "mark|sell", "COUNT", ANY, ANY, ANY, ASK, {
        "markdown in week 6 if fewer than 500 units are sold": ASK,
    }, TURNED),
    Frame(HOLDBACK, ANY, "depth", ANY, ANY, ANY, "nothing", {"grow by 5%": None}),
    Frame(HOLDBACK, "hold|ship|-", ANY, "other|promo", ANY, ANY, "nothing", {
        "keep 20% margin": None, "keep prices 20% above last year": None, "growth of 5%": None,
    }),
    Frame(HOLDBACK, "hold|ship|-", "SHARE|all|vague", "stores|channel", ANY, ANY, ASK, {
        "hold 30% of the stores out of the launch": ASK, "keep 30% of stores waiting": ASK,
        "hold 30% for e-commerce": ASK,
    }, WHOSE),
    Frame(HOLDBACK, "hold|ship", "SHARE|SPLIT|range|bound", ANY, ANY, "no", ASK, {
        "don't hold back 30%": ASK, "don't ship 70%": ASK,
    }, HOW_MUCH),
    Frame(HOLDBACK, "hold|ship|-", "range|bound|COUNT|step", ANY, "dc|stores|start|-", ANY, ASK, {
        "hold 20 to 30% at the DC": ASK, "holdback at least 20%": ASK, "hold back 45 units": ASK,
        "increase holdback by 5%": ASK,
    }, HOW_MUCH),
    Frame(HOLDBACK, "hold|ship", "SHARE", "unknown", NONE, "+", ASK, {"keep 20% wool": ASK}, WHOSE),
    Frame(HOLDBACK, "hold", "SHARE", ANY, "dc|start|-", "+", "q", {
        "hold back 30% at the DC": 0.3, "keep 30 per cent of the buy at the warehouse": 0.3,
        "30% stays at the DC": 0.3, "DC keeps 1/3": 0.3333, "holdback: 0.3": 0.3, "holdback 30": 0.3,
        "30 % im Zentrallager zurückhalten": 0.3, "garder 30 % à l'entrepôt": 0.3,
        "reservar el 30 % en el almacén": 0.3,
    }),
    Frame(HOLDBACK, "hold", "SHARE", ANY, "stores", "+", "1-q", {
        "stores keep 60%": 0.4, "60% held in stores, rest at DC": 0.4,
    }),
    Frame(HOLDBACK, "ship", "SHARE", ANY, "dc", "+", "q", {
        "ship 30% to the DC": 0.3, "send a quarter to the warehouse first": 0.25,
    }),
    Frame(HOLDBACK, "ship", "SHARE", ANY, "stores|start|-", "+", "1-q", {
        "ship 70% to stores and keep the rest": 0.3, "ship 70% from the DC at launch": 0.3,
        "initial allocation 70%": 0.3, "three quarters go out to stores": 0.25,
        "zwei Drittel in die Filialen ausliefern": 0.3333,
    }),
    Frame(HOLDBACK, NONE, "SHARE", "stock|-|goods|unknown|rest", "dc", "+", "q", {
        "40 pct DC": 0.4, "DC 45": 0.45, "half of the stock at the DC": 0.5,
    }),
    Frame(HOLDBACK, NONE, "SHARE", "stock|-|goods|unknown|rest", "stores|start", "+", "1-q", {
        "60% up front": 0.4, "75% to stores at launch": 0.25, "stores get 75%": 0.25,
    }),
    Frame(HOLDBACK, "hold|ship|-", "SPLIT", ANY, "dc", "+", "q", {
        "45/55 DC/stores": 0.45, "a 30-70 split between the DC and stores": 0.3,
    }),
    Frame(HOLDBACK, "hold|ship|-", "SPLIT", ANY, "stores", "+", "1-q", {
        "60/40 store/DC split": 0.4, "50/50 between stores and DC": 0.5,
    }),
    Frame(HOLDBACK, "hold|-", "usual", ANY, "dc|-", "+", "usual", {
        "standard holdback": 0.45, "the usual share held at the DC": 0.45,
    }),
    Frame(HOLDBACK, "hold", "vague", ANY, ANY, ANY, ASK, {
        "hold most of it at the DC": ASK, "a small reserve": ASK, "keep a bit back": ASK,
    }, HOW_MUCH),
    Frame(HOLDBACK, "ship|-", "vague", ANY, "dc|stores|start", ANY, ASK, {
        "ship most of it to stores": ASK,
    }, HOW_MUCH),
    Frame(HOLDBACK, "hold", "all", ANY, "dc|-", "+", ASK, {"hold everything at the DC": ASK}, HOW_MUCH),
    Frame(HOLDBACK, NONE, "all", ANY, "stores|start", "+", "0", {
        "all stock out to stores": 0.0, "alles am Anfang in die Filialen": 0.0,
    }),
    Frame(HOLDBACK, "ship", "all", ANY, "stores|start|-", "+", "0", {
        "ship everything up front": 0.0, "everything goes to stores on day one": 0.0,
        "alles sofort in die Filialen": 0.0,
    }),
    Frame(HOLDBACK, "ship", "all", ANY, ANY, "no", ASK, {"don't ship everything to stores": ASK}, HOW_MUCH),
    Frame(HOLDBACK, "hold", NONE, ANY, "dc|start|-|stores", "no", "0", {
        "no holdback": 0.0, "nothing held back": 0.0, "don't keep anything at the DC": 0.0,
        "holdback: none": 0.0, "hold nothing": 0.0, "keine Reserve": 0.0,
    }),
    Frame(HOLDBACK, NONE, NONE, ANY, "dc", "no", "0", {"no DC stock": 0.0, "nothing at the warehouse": 0.0}),
)

RHYTHMS = (
    Frame(REPLENISHMENT, "talk|past|mark|promo|other", ANY, ANY, ANY, ANY, "nothing", {
        "let's sync every other week": None,
    }),
    Frame(REPLENISHMENT, "replenish|ship|-", "weekly|biweekly|otherfrequency|-", "some", ANY, ANY, ASK, {
        "replenish weekly in big stores": ASK, "replenishment only for A stores": ASK,
        "replenish weekly until week 8": ASK, "keep 30% of stores on weekly replenishment": ASK,
    }, ALL_STORES),
    Frame(REPLENISHMENT, "replenish|ship|-", "otherfrequency|vague", ANY, ANY, ANY, ASK, {
        "replenish monthly": ASK, "top-ups every 3 weeks": ASK,
    }, WHICH_RHYTHM),
    Frame(REPLENISHMENT, "-|replenish|ship", "weekly|biweekly", "unknown", ANY, "+", ASK, {
        "weekly gazette": ASK,
    }, WHICH_RHYTHM),
    Frame(REPLENISHMENT, "replenish|ship|-", "weekly", ANY, ANY, "+", "weekly", {
        "replenish every week": "weekly", "weekly": "weekly", "hold 30% for weekly top-ups": "weekly",
    }),
    Frame(REPLENISHMENT, "replenish|ship|-", "biweekly", ANY, ANY, "+", "bi-weekly", {
        "restock every other week": "bi-weekly", "fortnightly": "bi-weekly",
        "alle zwei Wochen nachliefern": "bi-weekly", "réassort tous les 15 jours": "bi-weekly",
        "reposición quincenal": "bi-weekly",
    }),
    Frame(REPLENISHMENT, ANY, "oneshot", ANY, ANY, ANY, "none", {
        "one-shot allocation": "none", "single drop": "none",
    }),
    Frame(REPLENISHMENT, "replenish", NONE, ANY, ANY, "no", "none", {
        "no replenishment": "none", "we don't replenish": "none", "sans réassort": "none",
    }),
    Frame(REPLENISHMENT, "replenish|ship", "weekly|biweekly", ANY, ANY, "no", ASK, {
        "no weekly replenishment": ASK,
    }, WHICH_RHYTHM),
    Frame(REPLENISHMENT, NONE, "all", ANY, "start", "+", "none", {"ship everything up front": "none"}),
)

CHECKPOINTS = (
    Frame(CHECKPOINT, "past|promo|replenish|ship|hold|-", "WEEK|-", ANY, ANY, ANY, "nothing", {
        "discount code 10% in week 3": None,
    }),
    Frame(CHECKPOINT, "mark", NONE, ANY, ANY, "no", "none", {
        "no markdowns": None, "never mark down": None, "no promo or markdown at all": None,
        "markdown: none": None, "full price throughout": None, "keine Abschriften": None,
    }),
    Frame(CHECKPOINT, "mark|sell", "WEEK", ANY, ANY, ANY, "q", {
        "markdown at week 6": 6.0, "check sell-through in the sixth week": 6.0,
        "no markdown before week 6": 6.0, "mid-season markdown review": 6.0,
        "if sell-through is below 50% by week 6 take a markdown": 6.0,
    }),
    Frame(CHECKPOINT, "mark", "several", ANY, ANY, ANY, ASK, {"markdown in weeks 6 and 9": ASK}, WHICH_WEEK),
    Frame(CHECKPOINT, "mark", NONE, ANY, ANY, "+", ASK, {"mark down if we sell badly": ASK}, WHICH_WEEK),
)
# fmt: on
