"""The attributes of a store that clustering reads."""

STORE_NUMBERS = (
    "store_size_sqft",
    "median_income",
    "foot_traffic",
    "competitor_density",
    "online_penetration",
    "population_density",
)
