"""The sample retailer: generated from a seed, with its truth documented, never committed as bulk."""

from data.files import RetailerFiles, write_retailer
from data.retailer import DEFAULT_SEED, Retailer, generate_retailer

__all__ = ["DEFAULT_SEED", "Retailer", "RetailerFiles", "generate_retailer", "write_retailer"]
