"""The markdown planned before the season: when it is looked at, and how likely it is to be needed."""

import numpy as np

from schemas.markdowns import MarkdownPlan
from schemas.parameters import Checkpoint
from tasks.planning.paths import DemandPaths


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
