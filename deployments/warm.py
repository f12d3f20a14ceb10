"""Imported once by the fork server: everything that a flow run needs, so that each run starts warm."""

import logging

import pmdarima  # noqa: F401
import prophet  # noqa: F401
import sklearn.cluster  # noqa: F401

import flows  # noqa: F401
from deployments import child, worker  # noqa: F401

logging.getLogger("cmdstanpy").setLevel(logging.WARNING)
