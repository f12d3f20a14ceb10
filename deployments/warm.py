"""Imported once by the fork server: everything that a flow run needs, so that each run starts warm."""

import sklearn.cluster  # noqa: F401

import flows  # noqa: F401
from deployments import child, worker  # noqa: F401
from schemas.settings import get_settings
from tasks.llm.configured import load_model_library
from tasks.planning.demand.forecasters import load_libraries

load_libraries()
load_model_library(get_settings())
