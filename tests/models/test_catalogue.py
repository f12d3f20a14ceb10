from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.catalogue import (
    LONGEST_SLUG,
    find_category,
    list_clusters,
    list_stores,
    save_categories,
    save_clusters,
    save_stores,
    save_unknown_stores,
    slugify,
)
from models.sales import list_categories
from schemas.errors import InvalidInputError, NotFoundError

NOW = datetime(2025, 1, 6, 9, tzinfo=UTC)
CLUSTERS = [
    {"cluster_id": each, "cluster_name": each.title(), "fashion_tier": each, "silhouette": 0.5}
    for each in ("value_conscious", "fashion_forward", "mainstream")
]


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Women's Dresses", "womens_dresses"),
        ("Women’s  DRESSES ", "womens_dresses"),
        ("Prêt-à-porter", "pret_a_porter"),
        ("Size 1+2", "size_1_2"),
        ("ドレス", "ドレス"),
        ("Платья", "платья"),
    ],
)
def test_a_categorys_id_is_its_name_without_signs(name, slug):
    assert slugify(name) == slug


@given(st.text(max_size=200))
def test_an_id_is_never_empty_fits_its_column_and_is_its_own_id(name):
    slug = slugify(name)
    assert 0 < len(slug) <= LONGEST_SLUG
    assert slugify(slug) == slug


def test_names_of_signs_or_of_great_length_stay_apart():
    assert slugify("!!!") != slugify("???")
    assert slugify("a" * 200) != slugify("a" * 199)


@pytest.mark.database
def test_a_category_is_found_by_its_id_and_by_any_spelling_of_its_name(database):
    with database.write() as session:
        assert save_categories(session, ["Women's Dresses"]) == {"Women's Dresses": "womens_dresses"}
        assert save_categories(session, ["WOMENS DRESSES"]) == {"WOMENS DRESSES": "womens_dresses"}

    with database.read() as session:
        for words in ("womens_dresses", " Women's Dresses", "women’s dresses"):
            assert find_category(session, words).category_name == "Women's Dresses"
        assert [(category.category_id, rows) for category, rows in list_categories(session)] == [
            ("womens_dresses", 0)
        ]
        with pytest.raises(NotFoundError, match="known are: womens_dresses"):
            find_category(session, "hats")


@pytest.mark.database
def test_two_spellings_in_one_file_are_refused_because_one_would_overwrite_the_other(database):
    with pytest.raises(InvalidInputError, match="'T-Shirts' and 'T Shirts'"), database.write() as session:
        save_categories(session, ["T-Shirts", "T Shirts"])


@pytest.mark.database
def test_stores_come_in_the_same_order_on_every_database(database):
    ids = ["S10", "S9", "a1", "S_1", "B-2", "b_3", "é"]
    with database.write() as session:
        assert save_unknown_stores(session, ids) == sorted(ids)

    with database.read() as session:
        assert [store.store_id for store in list_stores(session)] == sorted(ids)


@pytest.mark.database
def test_a_stores_file_changes_what_it_names_and_keeps_the_rest(database):
    with database.write() as session:
        save_unknown_stores(session, ["S1", "S2"])
        save_stores(session, [{"store_id": "S1", "store_name": "One", "median_income": 50_000.0}])

    with database.read() as session:
        one, two = list_stores(session)
    assert (one.store_name, one.median_income, one.extra) == ("One", 50_000.0, {})
    assert (two.store_name, two.median_income) == ("S2", None)


@pytest.mark.database
def test_clusters_are_replaced_with_every_stores_place_in_them(database):
    with database.write() as session:
        save_unknown_stores(session, ["S1", "S2", "S3"])
        save_clusters(session, CLUSTERS, {"S1": "mainstream", "S2": "fashion_forward"}, NOW)
    with database.write() as session:
        save_clusters(session, CLUSTERS, {"S2": "mainstream", "S3": "fashion_forward"}, NOW)

    with database.read() as session:
        found = [(cluster.cluster_id, stores) for cluster, stores in list_clusters(session)]
    assert found == [("fashion_forward", ["S3"]), ("mainstream", ["S2"])]


@pytest.mark.database
def test_what_several_write_at_once_is_there_once(database):
    def write(_number):
        with database.write() as session:
            save_categories(session, ["Hats", "Gloves"])
            save_unknown_stores(session, ["S1", "S2"])
            save_clusters(session, CLUSTERS, {"S1": "mainstream", "S2": "mainstream"}, NOW)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))

    with database.read() as session:
        assert len(list_categories(session)) == 2
        assert [stores for _, stores in list_clusters(session)] == [["S1", "S2"]]
