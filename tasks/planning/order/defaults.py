"""Every threshold of the allocation stage, in one frozen place."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AllocationDefaults:
    """Choices behind buy, split and holdback.

    Attributes:
        sales_weight: the share of `historical_mix` that follows sales; the rest follows store attributes.
        max_samples: paths × stores above which fewer paths are used, so that a large chain stays quick.
        min_paths: paths that are kept in any case.
        holdback_grid: holdback shares that are compared.
        buy_reach: share of the forecast, below and above it, within which the best quantity is searched.
        buy_step: step of that search.
        telling_spread: log spread of the season total up to which the distribution alone sets the safety
            stock; beyond it, the trade's usual one has the more say the wider the distribution is.
        share_noise_power: how the concentration of store shares grows with the weeks of a window; on three
            real and sampled retailers one week had a fourth to an eighth of twelve weeks' concentration.
        waiting_worth: what is left of a unit's worth by waiting at the centre: a later shipment can land
            wrongly too, and a sale now is sure.
        notable_deviation: difference from a store's sales share above which a reason says why.
    """

    sales_weight: float = 0.70
    max_samples: int = 1_000_000
    min_paths: int = 200
    holdback_grid: tuple[float, ...] = tuple(round(0.05 * step, 2) for step in range(20))
    buy_reach: float = 0.60
    buy_step: float = 0.01
    telling_spread: float = 0.20
    share_noise_power: float = 0.7
    waiting_worth: float = 0.9
    notable_deviation: float = 0.02


DEFAULTS = AllocationDefaults()
