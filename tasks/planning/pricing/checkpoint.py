"""The markdown planned before the season: when it is looked at, and how likely it is to be needed."""

import numpy as np
from pydantic import BaseModel, ConfigDict

from schemas.parameters import Checkpoint
from tasks.planning.paths import DemandPaths


class MarkdownPlan(BaseModel):
    """What will be asked at the checkpoint.

    Attributes:
        expected_sell_through: units sold ÷ made by the end of the checkpoint week, mean of the sampled
            futures.
        sell_through_interval: its central 80 %.
        chance_needed: share of the futures whose sell-through lies under the threshold.
    """

    model_config = ConfigDict(frozen=True)

    checkpoint_week: int
    threshold: float
    expected_sell_through: float
    sell_through_interval: tuple[float, float]
    chance_needed: float
    elasticity_coefficient: float
    reasoning: str


def plan_markdown(
    paths: DemandPaths, checkpoint: Checkpoint, *, made: int, elasticity: float
) -> MarkdownPlan:
    """What the season's checkpoint is expected to find."""
    week, threshold = checkpoint.week, checkpoint.threshold
    sold = np.minimum(paths.weekly[:, :week].sum(axis=1), made)
    through = sold / made if made else np.ones(len(sold))
    low, high = np.quantile(through, [0.1, 0.9])
    chance, expected = float((through < threshold).mean()), float(through.mean())
    return MarkdownPlan(
        checkpoint_week=week,
        threshold=threshold,
        expected_sell_through=round(expected, 4),
        sell_through_interval=(round(float(low), 4), round(float(high), 4)),
        chance_needed=round(chance, 4),
        elasticity_coefficient=elasticity,
        reasoning=(
            f"By the end of week {week} {expected:.0%} of the order is expected to be sold ({low:.0%} to "
            f"{high:.0%}); under {threshold:.0%}, which happens in {chance:.0%} of the sampled futures, a "
            "markdown is weighed."
        ),
    )
