"""When a season's decisions can be taken: one object, read by the decisions, their grading and the words."""

from dataclasses import dataclass

from schemas.parameters import Checkpoint, SeasonParameters


@dataclass(frozen=True)
class SeasonCalendar:
    """The weeks, 1-based, in which something can be done.

    Attributes:
        weeks: the season's length.
        every: weeks from one shipment of the distribution centre to the next; None where there is only the
            first.
        checkpoint: when a markdown is weighed; None for never, also where no week comes after it.
    """

    weeks: int
    every: int | None
    checkpoint: Checkpoint | None

    @classmethod
    def of(cls, parameters: SeasonParameters) -> "SeasonCalendar":
        """The calendar of a season with these parameters."""
        weeks, checkpoint = parameters.forecast_horizon_weeks, parameters.checkpoint
        useful = checkpoint is not None and checkpoint.week < weeks
        return cls(weeks, parameters.replenishment_strategy.weeks_between, checkpoint if useful else None)

    def delivers(self, week: int) -> bool:
        """Whether the centre ships at the start of this week, the first shipment left out."""
        return self.every is not None and 1 < week <= self.weeks and (week - 1) % self.every == 0

    def next_delivery(self, week: int) -> int | None:
        """The first week after this one at whose start the centre ships; None where there is none."""
        return next((later for later in range(week + 1, self.weeks + 1) if self.delivers(later)), None)

    def deliveries_left(self, week: int) -> int:
        """Weeks from this one on at whose start the centre ships."""
        return sum(self.delivers(later) for later in range(week, self.weeks + 1))
