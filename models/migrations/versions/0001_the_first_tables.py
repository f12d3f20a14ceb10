"""The first tables"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "categories",
        sa.Column("category_id", sa.String(length=120), nullable=False),
        sa.Column("category_name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("category_id", name=op.f("pk_categories")),
        sa.UniqueConstraint("category_name", name=op.f("uq_categories_category_name")),
    )
    op.create_table(
        "store_clusters",
        sa.Column("cluster_id", sa.String(length=40), nullable=False),
        sa.Column("cluster_name", sa.String(length=80), nullable=False),
        sa.Column("fashion_tier", sa.String(length=40), nullable=False),
        sa.Column("silhouette", sa.Double(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("cluster_id", name=op.f("pk_store_clusters")),
    )
    op.create_table(
        "stores",
        sa.Column("store_id", sa.String(length=64), nullable=False),
        sa.Column("store_name", sa.String(length=200), nullable=False),
        sa.Column("location_tier", sa.String(length=40), nullable=True),
        sa.Column("store_size_sqft", sa.Double(), nullable=True),
        sa.Column("median_income", sa.Double(), nullable=True),
        sa.Column("foot_traffic", sa.Double(), nullable=True),
        sa.Column("competitor_density", sa.Double(), nullable=True),
        sa.Column("online_penetration", sa.Double(), nullable=True),
        sa.Column("population_density", sa.Double(), nullable=True),
        sa.Column("extra", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("cluster_id", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "store_size_sqft IS NULL OR store_size_sqft > 0", name=op.f("ck_stores_size_positive")
        ),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["store_clusters.cluster_id"], name=op.f("fk_stores_cluster_id_store_clusters")
        ),
        sa.PrimaryKeyConstraint("store_id", name=op.f("pk_stores")),
    )
    with op.batch_alter_table("stores", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stores_cluster_id"), ["cluster_id"], unique=False)

    op.create_table(
        "workflows",
        sa.Column("workflow_id", sa.String(length=40), nullable=False),
        sa.Column("workflow_type", sa.String(length=20), nullable=False),
        sa.Column("category_id", sa.String(length=120), nullable=True),
        sa.Column("flow_run_id", sa.String(length=40), nullable=True),
        sa.Column("idempotency_key", sa.String(length=200), nullable=True),
        sa.Column("request", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "workflow_type IN ('forecast', 'reforecast', 'markdown', 'variance')",
            name=op.f("ck_workflows_type_known"),
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.category_id"], name=op.f("fk_workflows_category_id_categories")
        ),
        sa.PrimaryKeyConstraint("workflow_id", name=op.f("pk_workflows")),
        sa.UniqueConstraint("flow_run_id", name=op.f("uq_workflows_flow_run_id")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_workflows_idempotency_key")),
    )
    with op.batch_alter_table("workflows", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_workflows_category_id"), ["category_id"], unique=False)
        batch_op.create_index(
            "ix_workflows_created_at_workflow_id", ["created_at", "workflow_id"], unique=False
        )

    op.create_table(
        "approvals",
        sa.Column("workflow_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("decision", sa.String(length=10), nullable=True),
        sa.Column("decided_by", sa.String(length=120), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("before", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=True),
        sa.Column("after", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "decision IS NULL OR decision IN ('accept', 'reject')", name=op.f("ck_approvals_decision_known")
        ),
        sa.CheckConstraint("kind IN ('manufacturing', 'markdown')", name=op.f("ck_approvals_kind_known")),
        sa.CheckConstraint(
            "(decision IS NULL) = (decided_at IS NULL)", name=op.f("ck_approvals_decided_at_with_decision")
        ),
        sa.ForeignKeyConstraint(
            ["workflow_id"], ["workflows.workflow_id"], name=op.f("fk_approvals_workflow_id_workflows")
        ),
        sa.PrimaryKeyConstraint("workflow_id", "kind", name=op.f("pk_approvals")),
    )
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approvals_resumed_at"), ["resumed_at"], unique=False)

    op.create_table(
        "forecasts",
        sa.Column("forecast_id", sa.String(length=40), nullable=False),
        sa.Column("workflow_id", sa.String(length=40), nullable=False),
        sa.Column("category_id", sa.String(length=120), nullable=False),
        sa.Column("original_id", sa.String(length=40), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("season_start_date", sa.Date(), nullable=False),
        sa.Column("season_end_date", sa.Date(), nullable=False),
        sa.Column("season", sa.String(length=40), nullable=False),
        sa.Column("total_season_demand", sa.Integer(), nullable=False),
        sa.Column("weekly_demand_curve", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("forecasting_method", sa.String(length=80), nullable=False),
        sa.Column("models_used", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("model_weights", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("prophet_forecast", sa.Double(), nullable=True),
        sa.Column("arima_forecast", sa.Double(), nullable=True),
        sa.Column("peak_week", sa.Integer(), nullable=False),
        sa.Column("season_total_interval", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("backtest", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("recipe", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("explanation", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("warnings", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("reasoning", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_forecasts_revision_positive")),
        sa.CheckConstraint("total_season_demand >= 0", name=op.f("ck_forecasts_demand_not_negative")),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.category_id"], name=op.f("fk_forecasts_category_id_categories")
        ),
        sa.ForeignKeyConstraint(
            ["original_id"], ["forecasts.forecast_id"], name=op.f("fk_forecasts_original_id_forecasts")
        ),
        sa.ForeignKeyConstraint(
            ["workflow_id"], ["workflows.workflow_id"], name=op.f("fk_forecasts_workflow_id_workflows")
        ),
        sa.PrimaryKeyConstraint("forecast_id", name=op.f("pk_forecasts")),
        sa.UniqueConstraint("workflow_id", "revision", name=op.f("uq_forecasts_workflow_id_revision")),
    )
    with op.batch_alter_table("forecasts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_forecasts_category_id"), ["category_id"], unique=False)
        batch_op.create_index(
            "ix_forecasts_created_at_forecast_id", ["created_at", "forecast_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_forecasts_original_id"), ["original_id"], unique=False)

    op.create_table(
        "historical_sales",
        sa.Column("category_id", sa.String(length=120), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("store_id", sa.String(length=64), nullable=False),
        sa.Column("quantity_sold", sa.Double(), nullable=False),
        sa.Column("revenue", sa.Double(), nullable=True),
        sa.Column("on_hand", sa.Double(), nullable=True),
        sa.Column("stockout", sa.Boolean(), nullable=True),
        sa.CheckConstraint("quantity_sold >= 0", name=op.f("ck_historical_sales_quantity_not_negative")),
        sa.CheckConstraint(
            "revenue IS NULL OR revenue >= 0", name=op.f("ck_historical_sales_revenue_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["categories.category_id"],
            name=op.f("fk_historical_sales_category_id_categories"),
        ),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.store_id"], name=op.f("fk_historical_sales_store_id_stores")
        ),
        sa.PrimaryKeyConstraint("category_id", "date", "store_id", name=op.f("pk_historical_sales")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("historical_sales", schema=None) as batch_op:
        batch_op.create_index("ix_historical_sales_store_id", ["store_id"], unique=False)

    op.create_table(
        "season_parameters",
        sa.Column("workflow_id", sa.String(length=40), nullable=False),
        sa.Column("forecast_horizon_weeks", sa.Integer(), nullable=False),
        sa.Column("season_start_date", sa.Date(), nullable=False),
        sa.Column("season_end_date", sa.Date(), nullable=False),
        sa.Column("replenishment_strategy", sa.String(length=20), nullable=False),
        sa.Column("dc_holdback_percentage", sa.Double(), nullable=False),
        sa.Column("markdown_checkpoint_week", sa.Integer(), nullable=True),
        sa.Column("markdown_threshold", sa.Double(), nullable=True),
        sa.Column("extraction_confidence", sa.String(length=10), nullable=False),
        sa.Column("extraction_reasoning", sa.String(), nullable=False),
        sa.Column("user_input", sa.String(), nullable=True),
        sa.Column("extraction", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.CheckConstraint(
            "dc_holdback_percentage BETWEEN 0 AND 1", name=op.f("ck_season_parameters_holdback_in_range")
        ),
        sa.CheckConstraint(
            "forecast_horizon_weeks BETWEEN 1 AND 52", name=op.f("ck_season_parameters_horizon_in_range")
        ),
        sa.CheckConstraint(
            "markdown_checkpoint_week IS NULL OR markdown_checkpoint_week BETWEEN 1 AND forecast_horizon_weeks",
            name=op.f("ck_season_parameters_checkpoint_in_season"),
        ),
        sa.ForeignKeyConstraint(
            ["workflow_id"],
            ["workflows.workflow_id"],
            name=op.f("fk_season_parameters_workflow_id_workflows"),
        ),
        sa.PrimaryKeyConstraint("workflow_id", name=op.f("pk_season_parameters")),
    )
    op.create_table(
        "stage_results",
        sa.Column("workflow_id", sa.String(length=40), nullable=False),
        sa.Column("stage", sa.String(length=60), nullable=False),
        sa.Column("agent", sa.String(length=40), nullable=False),
        sa.Column("summary", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workflow_id"], ["workflows.workflow_id"], name=op.f("fk_stage_results_workflow_id_workflows")
        ),
        sa.PrimaryKeyConstraint("workflow_id", "stage", name=op.f("pk_stage_results")),
    )
    op.create_table(
        "workflow_logs",
        sa.Column("workflow_id", sa.String(length=40), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("payload", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("timestamp", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sequence >= 1", name=op.f("ck_workflow_logs_sequence_positive")),
        sa.ForeignKeyConstraint(
            ["workflow_id"], ["workflows.workflow_id"], name=op.f("fk_workflow_logs_workflow_id_workflows")
        ),
        sa.PrimaryKeyConstraint("workflow_id", "sequence", name=op.f("pk_workflow_logs")),
        sa.UniqueConstraint("workflow_id", "key", name=op.f("uq_workflow_logs_workflow_id_key")),
    )
    op.create_table(
        "actual_sales",
        sa.Column("forecast_id", sa.String(length=40), nullable=False),
        sa.Column("week_number", sa.Integer(), nullable=False),
        sa.Column("store_id", sa.String(length=64), nullable=False),
        sa.Column("units_sold", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("units_sold >= 0", name=op.f("ck_actual_sales_units_not_negative")),
        sa.CheckConstraint("week_number >= 1", name=op.f("ck_actual_sales_week_positive")),
        sa.ForeignKeyConstraint(
            ["forecast_id"], ["forecasts.forecast_id"], name=op.f("fk_actual_sales_forecast_id_forecasts")
        ),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.store_id"], name=op.f("fk_actual_sales_store_id_stores")
        ),
        sa.PrimaryKeyConstraint("forecast_id", "week_number", "store_id", name=op.f("pk_actual_sales")),
    )
    op.create_table(
        "allocations",
        sa.Column("allocation_id", sa.String(length=40), nullable=False),
        sa.Column("forecast_id", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("manufacturing_qty", sa.Integer(), nullable=False),
        sa.Column("safety_stock_percentage", sa.Double(), nullable=False),
        sa.Column("initial_allocation_total", sa.Integer(), nullable=False),
        sa.Column("holdback_total", sa.Integer(), nullable=False),
        sa.Column("store_allocations", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("order_data", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("reasoning", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('proposed', 'approved', 'rejected')", name=op.f("ck_allocations_status_known")
        ),
        sa.CheckConstraint(
            "initial_allocation_total + holdback_total = manufacturing_qty",
            name=op.f("ck_allocations_units_conserved"),
        ),
        sa.ForeignKeyConstraint(
            ["forecast_id"], ["forecasts.forecast_id"], name=op.f("fk_allocations_forecast_id_forecasts")
        ),
        sa.PrimaryKeyConstraint("allocation_id", name=op.f("pk_allocations")),
        sa.UniqueConstraint("forecast_id", "revision", name=op.f("uq_allocations_forecast_id_revision")),
    )
    op.create_table(
        "forecast_cluster_distribution",
        sa.Column("forecast_id", sa.String(length=40), nullable=False),
        sa.Column("cluster_id", sa.String(length=40), nullable=False),
        sa.Column("cluster_name", sa.String(length=80), nullable=False),
        sa.Column("allocation_percentage", sa.Double(), nullable=False),
        sa.Column("total_units", sa.Integer(), nullable=False),
        sa.Column("store_count", sa.Integer(), nullable=False),
        sa.Column("store_ids", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.CheckConstraint(
            "allocation_percentage BETWEEN 0 AND 1",
            name=op.f("ck_forecast_cluster_distribution_share_in_range"),
        ),
        sa.CheckConstraint(
            "total_units >= 0", name=op.f("ck_forecast_cluster_distribution_units_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["forecast_id"],
            ["forecasts.forecast_id"],
            name=op.f("fk_forecast_cluster_distribution_forecast_id_forecasts"),
        ),
        sa.PrimaryKeyConstraint("forecast_id", "cluster_id", name=op.f("pk_forecast_cluster_distribution")),
    )
    op.create_table(
        "markdowns",
        sa.Column("markdown_id", sa.String(length=40), nullable=False),
        sa.Column("forecast_id", sa.String(length=40), nullable=False),
        sa.Column("workflow_id", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("week_number", sa.Integer(), nullable=False),
        sa.Column("sell_through_pct", sa.Double(), nullable=True),
        sa.Column("target_sell_through_pct", sa.Double(), nullable=False),
        sa.Column("gap_pct", sa.Double(), nullable=True),
        sa.Column("recommended_markdown_pct", sa.Double(), nullable=True),
        sa.Column("elasticity_coefficient", sa.Double(), nullable=False),
        sa.Column("expected_demand_lift_pct", sa.Double(), nullable=True),
        sa.Column("details", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("reasoning", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('planned', 'proposed', 'approved', 'rejected')",
            name=op.f("ck_markdowns_status_known"),
        ),
        sa.CheckConstraint(
            "recommended_markdown_pct IS NULL OR recommended_markdown_pct BETWEEN 0 AND 0.4",
            name=op.f("ck_markdowns_depth_in_range"),
        ),
        sa.ForeignKeyConstraint(
            ["forecast_id"], ["forecasts.forecast_id"], name=op.f("fk_markdowns_forecast_id_forecasts")
        ),
        sa.ForeignKeyConstraint(
            ["workflow_id"], ["workflows.workflow_id"], name=op.f("fk_markdowns_workflow_id_workflows")
        ),
        sa.PrimaryKeyConstraint("markdown_id", name=op.f("pk_markdowns")),
        sa.UniqueConstraint("forecast_id", "revision", name=op.f("uq_markdowns_forecast_id_revision")),
    )
    with op.batch_alter_table("markdowns", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_markdowns_workflow_id"), ["workflow_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("markdowns", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_markdowns_workflow_id"))

    op.drop_table("markdowns")
    op.drop_table("forecast_cluster_distribution")
    op.drop_table("allocations")
    op.drop_table("actual_sales")
    op.drop_table("workflow_logs")
    op.drop_table("stage_results")
    op.drop_table("season_parameters")
    with op.batch_alter_table("historical_sales", schema=None) as batch_op:
        batch_op.drop_index("ix_historical_sales_store_id")

    op.drop_table("historical_sales")
    with op.batch_alter_table("forecasts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_forecasts_original_id"))
        batch_op.drop_index("ix_forecasts_created_at_forecast_id")
        batch_op.drop_index(batch_op.f("ix_forecasts_category_id"))

    op.drop_table("forecasts")
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_approvals_resumed_at"))

    op.drop_table("approvals")
    with op.batch_alter_table("workflows", schema=None) as batch_op:
        batch_op.drop_index("ix_workflows_created_at_workflow_id")
        batch_op.drop_index(batch_op.f("ix_workflows_category_id"))

    op.drop_table("workflows")
    with op.batch_alter_table("stores", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stores_cluster_id"))

    op.drop_table("stores")
    op.drop_table("store_clusters")
    op.drop_table("categories")
