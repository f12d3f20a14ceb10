"""The product's database. Importing the package knows every table, as migrations need."""

from models import approvals, catalogue, keys, plans, promotions, sales, seasons, stream, workflows

__all__ = ["approvals", "catalogue", "keys", "plans", "promotions", "sales", "seasons", "stream", "workflows"]
