# One image for every part of the service, installed from the lock file; the command says which part a container is.
FROM python:3.11-slim AS build
RUN pip install --no-cache-dir uv
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /app
COPY pyproject.toml uv.lock ./
RUN uv sync --locked --no-dev --no-install-project
COPY README.md LICENSE ./
COPY api ./api
COPY data ./data
COPY deployments ./deployments
COPY flows ./flows
COPY models ./models
COPY schemas ./schemas
COPY tasks ./tasks
RUN uv sync --locked --no-dev --no-editable

FROM python:3.11-slim
# pg_dump and psql are for `fashion-forecast backup` and `restore`.
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-client && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --create-home planner && install -d -o planner /var/lib/fashion-forecast
COPY --from=build /app/.venv /app/.venv
ENV PATH=/app/.venv/bin:$PATH
ENV PYTHONUNBUFFERED=1 MPLBACKEND=Agg OMP_NUM_THREADS=1
ENV FASHION_FORECAST_HOME=/var/lib/fashion-forecast FASHION_FORECAST_HOST=0.0.0.0 FASHION_FORECAST_LOG_FORMAT=json
ENV PREFECT_HOME=/var/lib/fashion-forecast/prefect PREFECT_SERVER_ANALYTICS_ENABLED=false
USER planner
WORKDIR /var/lib/fashion-forecast
VOLUME /var/lib/fashion-forecast
CMD ["python", "-m", "api"]
