"""What holidays that wander through the calendar add to the weeks around them: taken out of history and put
on the season.

Easter and the lunar holidays fall up to five weeks apart from year to year. What their weeks sell over those
before and after is measured in every year and kept where the years agree better than chance. History without
it can be compared with the year before; the season gets it where its own year has the holiday.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from tasks.planning.demand.holiday_weeks import moving_holidays
from tasks.planning.units import Floats

OFFSETS = (-2, -1, 0, 1)  # weeks around the holiday's week that may have an effect
BESIDE = (-5, -4, -3, 2, 3, 4)  # that they are compared with
WANDERING_DAYS = 10  # between the years' dates from which a holiday wanders
SURE = 2.5  # standard errors that count for nothing
MIN_YEARS = 2
MAX_LOG_EFFECT = 2.0


def holiday_effects(history: Floats, first_week: date, horizon: int, country: str) -> Floats:
    """Factor of each week of `history`, (weeks,), and of the `horizon` that follows; 1 without a holiday."""
    length = len(history)
    factors = np.ones(length + horizon)
    if not history.any():
        return factors
    logs = np.log(history + 0.05 * history.mean())
    beside, seen_weeks = _beside(logs), range(length)
    for days in _wandering(country, first_week, length + horizon):
        weeks = [(day - first_week).days // 7 for day in days]
        near = [week + offset for week in weeks for offset in OFFSETS if 0 <= week + offset < length]
        noise = _noise(np.delete(logs - beside, near))
        for offset in OFFSETS:
            known = [week for week in weeks if week in seen_weeks and week + offset in seen_weeks]
            seen = np.array([logs[week + offset] - beside[week] for week in known])
            places = [week + offset for week in weeks if 0 <= week + offset < len(factors)]
            factors[places] *= np.exp(_shrunk(seen[~np.isnan(seen)], noise))
    return factors


def without_holidays(
    panel: Floats, first_week: date, *, gap: int, weeks: int, country: str
) -> tuple[Floats, Floats]:
    """`panel`, (series, weeks), without its holidays' effects, and the factors of each series in the season's
    weeks, (series, season weeks), which begin `gap` weeks after the panel ends."""
    length = panel.shape[1]
    factors = np.array([holiday_effects(row, first_week, gap + weeks, country) for row in panel])
    return panel / factors[:, :length], factors[:, length + gap :]


def _wandering(country: str, first_week: date, weeks: int) -> list[Sequence[date]]:
    last_year = (first_week + timedelta(weeks=weeks)).year + 1
    found = moving_holidays(country, first_week.year - 1, last_year).values()
    return [days for days in found if np.ptp([day.timetuple().tm_yday for day in days]) > WANDERING_DAYS]


def _beside(logs: Floats) -> Floats:
    """Mean log units of the weeks beside each week and its neighbours; NaN where one side is unknown."""
    places = np.arange(len(logs))[:, None] + np.array(BESIDE)
    inside = (places >= 0) & (places < len(logs))
    sums = np.where(inside, logs[np.clip(places, 0, len(logs) - 1)], 0.0).sum(axis=1)
    both = inside[:, :3].any(axis=1) & inside[:, 3:].any(axis=1)
    return np.where(both, sums / np.maximum(inside.sum(axis=1), 1), np.nan)


def _noise(contrasts: Floats) -> float:
    known = contrasts[~np.isnan(contrasts)]
    return float(1.4826 * np.median(np.abs(known - np.median(known)))) if len(known) else np.inf


def _shrunk(effects: Floats, noise: float) -> float:
    """The mean of the years' effects, less what chance explains (James and Stein 1961)."""
    if len(effects) < MIN_YEARS:
        return 0.0
    mean = float(effects.mean())
    error = max(noise, float(effects.std())) / np.sqrt(len(effects))
    kept = 1 - (SURE * error / mean) ** 2 if mean else 0.0
    return float(np.clip(max(kept, 0.0) * mean, -MAX_LOG_EFFECT, MAX_LOG_EFFECT))
