"""What a markdown after the checkpoint can still make of units that would be left over."""

from dataclasses import dataclass

import numpy as np

from schemas.defaults import MARKDOWN_LADDER as LADDER
from schemas.economics import Economics
from schemas.parameters import Checkpoint
from tasks.planning.paths import DemandPaths
from tasks.planning.pricing.ladder import demand_lift
from tasks.planning.units import Floats


@dataclass(frozen=True)
class Clearance:
    """Demand up to the checkpoint and after it, each of shape (paths,), and how customers answer to a
    markdown.

    Stock is taken as one pool, and the depth as chosen with the rest of the season known: by the checkpoint
    most of it is.
    """

    before: Floats
    after: Floats
    threshold: float
    elasticity: float

    @classmethod
    def planned(
        cls, paths: DemandPaths, checkpoint: Checkpoint | None, elasticity: float
    ) -> "Clearance | None":
        """What the checkpoint is worth; None where the season has none."""
        if checkpoint is None:
            return None
        week = checkpoint.week
        return cls(
            before=paths.weekly[:, :week].sum(axis=1),
            after=paths.weekly[:, week:].sum(axis=1),
            threshold=checkpoint.threshold,
            elasticity=elasticity,
        )

    def gain(self, quantity: int, economics: Economics) -> tuple[Floats, Floats]:
        """Money above salvage that the best depth brings over full price, and units that it sells more."""
        left = np.maximum(quantity - self.before, 0)
        weighed = np.minimum(self.before, quantity) < self.threshold * quantity
        full = np.minimum(left, self.after)
        best = (economics.price - economics.salvage_value) * full
        start, units = best, full
        for depth in LADDER[1:]:
            sold = np.minimum(left, self.after * demand_lift(depth, self.elasticity))
            value = (economics.price * (1 - depth) - economics.salvage_value) * sold
            better = weighed & (value > best)
            units = np.where(better, sold, units)
            best = np.where(better, value, best)
        return best - start, units - full
