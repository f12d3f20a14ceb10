from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import String

from models import schema
from models.catalogue import Category
from models.session import parse_url
from models.states import page_of_standings
from models.workflows import NewWorkflow, create_workflow
from schemas.errors import InvalidInputError
from schemas.stages import WorkflowType

pytestmark = pytest.mark.database
NOW = datetime(2025, 1, 6, 9, tzinfo=UTC)


def test_from_empty_to_newest_leaves_nothing_for_autogenerate_to_change(empty_database_url):
    assert schema.current(empty_database_url) is None

    schema.upgrade(empty_database_url)

    assert schema.current(empty_database_url) == schema.newest()
    assert schema.differences(empty_database_url) == []


def test_every_revision_goes_down_and_up_again(empty_database_url):
    for revision in sorted(schema.known_revisions()):
        schema.upgrade(empty_database_url, revision)
        schema.downgrade(empty_database_url, "-1")
        schema.upgrade(empty_database_url, revision)
        assert schema.current(empty_database_url) == revision
    assert schema.differences(empty_database_url) == []

    schema.downgrade(empty_database_url, "base")
    assert schema.current(empty_database_url) is None


def test_an_unknown_revision_is_refused_by_name(empty_database_url):
    with pytest.raises(InvalidInputError, match="abc123"):
        schema.upgrade(empty_database_url, "abc123")


@pytest.mark.parametrize("url", ["mysql://a/b", "not a url", ""])
def test_other_databases_are_refused_with_the_remedy(url):
    with pytest.raises(InvalidInputError, match=r"(?i)sqlite"):
        parse_url(url)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_short_postgresql_urls_get_the_driver(scheme):
    assert parse_url(f"{scheme}://me@host/name").drivername == "postgresql+psycopg"


@pytest.mark.timeout(60)
def test_several_machines_may_upgrade_at_once(empty_database_url):
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(schema.upgrade, [empty_database_url] * 3))

    assert schema.differences(empty_database_url) == []


def test_a_migration_may_replace_a_table_that_others_refer_to(database, monkeypatch):
    with database.write() as session:
        session.add(Category(category_id="dresses", category_name="Dresses"))
        session.flush()
        create_workflow(session, NewWorkflow(WorkflowType.FORECAST, "dresses", {}, NOW, unique="1"))

    def replace_categories(_config, _revision):
        connection = _config.attributes["connection"]
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("categories") as batch:
            batch.alter_column("category_name", existing_type=String(200), type_=String(300))

    monkeypatch.setattr(schema.command, "upgrade", replace_categories)
    schema.upgrade(database.url)

    with database.read() as session:
        assert session.get(Category, "dresses").category_name == "Dresses"
        assert len(page_of_standings(session, limit=2)) == 1


def test_a_password_is_not_repeated_when_a_url_is_refused():
    with pytest.raises(InvalidInputError) as refused:
        parse_url("postgres:/me:s3cret@host")
    assert "s3cret" not in refused.value.detail


def test_another_driver_gives_way_to_the_one_that_is_installed():
    assert parse_url("postgresql+asyncpg://me@host/name").drivername == "postgresql+psycopg"
