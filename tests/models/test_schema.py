import pytest

from models import schema
from models.session import parse_url
from schemas.errors import InvalidInputError

pytestmark = pytest.mark.database


def test_from_empty_to_newest_leaves_nothing_for_autogenerate_to_change(empty_database_url):
    assert schema.current(empty_database_url) is None

    schema.upgrade(empty_database_url)

    assert schema.current(empty_database_url) == schema.newest()
    assert schema.differences(empty_database_url) == []


def test_every_revision_goes_down_and_up_again(empty_database_url):
    schema.upgrade(empty_database_url)

    schema.downgrade(empty_database_url, "-1")
    schema.upgrade(empty_database_url)
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
