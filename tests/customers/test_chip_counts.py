"""The numbers on the conditions of the list: by each condition alone, within what the person sees."""

from __future__ import annotations

import re

import pytest
from django.db import OperationalError, connection

from customers import chip_counts, listing
from customers.models import Customer
from tests.factories import ConsentFactory

COUNTS = "/customers/counts/"


def counts(client, query: str) -> dict[str, str]:
    page = client.get(COUNTS + query).text
    return dict(re.findall(r'id="count-([^"]*)"[^>]*>([^<]*)<', page))


@pytest.fixture
def conditions(cast) -> str:
    """Ánh and Cúc are women, Bình and Cúc came by a referral."""
    Customer.objects.filter(pk__in=[cast.anh.pk, cast.cuc.pk]).update(gender="female")
    Customer.objects.filter(pk__in=[cast.binh.pk, cast.cuc.pk]).update(source="referral")
    return "?gender=female&rule=source.is.referral"


def test_each_condition_is_counted_alone_within_what_the_person_sees(cast, as_user, conditions):
    assert counts(as_user(cast.quan), conditions) == {"gender": "2", "rule-0": "2"}
    assert counts(as_user(cast.ha), conditions) == {"gender": "1", "rule-0": "0"}
    assert counts(as_user(cast.huy), conditions + "&q=anh") == {"q": "1", "gender": "2", "rule-0": "2"}


def test_every_part_of_a_rule_is_counted_and_a_rule_of_one_group_as_a_whole(cast, as_user, conditions):
    client = as_user(cast.quan)
    query = "?rule=gender.is.female,any(source.is.referral,gender.is.female),none(source.is.referral)"
    assert counts(client, query) == {"rule-0": "2", "rule-1": "3", "rule-2": "1"}
    assert counts(client, "?rule=none(source.is.referral,gender.is.female)") == {"rule": "0"}


def test_the_status_of_the_list_holds_for_its_counts(cast, as_user, conditions):
    Customer.objects.filter(pk=cast.anh.pk).update(is_active=False)
    client = as_user(cast.quan)
    assert counts(client, conditions)["gender"] == "1"
    assert counts(client, conditions + "&status=all") == {"gender": "2", "rule-0": "2", "status": "3"}
    assert counts(client, conditions + "&status=inactive")["gender"] == "1"


def test_nobody_is_counted_beyond_what_the_list_counts(cast, as_user, conditions, monkeypatch):
    monkeypatch.setattr(listing, "MOST_COUNTED", 1)
    assert counts(as_user(cast.quan), conditions) == {"gender": "hơn 1", "rule-0": "hơn 1"}


def test_a_saved_state_of_consent_is_counted(cast, as_user):
    ConsentFactory(customer=cast.anh)
    assert counts(as_user(cast.quan), "?rule=consent.given.call") == {"rule-0": "1"}


@pytest.mark.parametrize("query", ["", "?rule=no.such", "?gender=robot", "?q=%00", "?view=999"])
def test_where_there_is_nothing_to_count_there_is_no_number(cast, as_user, query):
    response = as_user(cast.quan).get(COUNTS + query)
    assert response.status_code == 200
    assert "chip__count" not in response.text


def test_what_takes_too_long_comes_without_a_number(cast, as_user, conditions, monkeypatch):
    monkeypatch.setattr(chip_counts, "MILLISECONDS_EACH", 20)
    count = listing.CustomerList.count

    def slowly(self):
        if "gender" in self.condition_names:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(5)")
        return count.func(self)

    monkeypatch.setattr(listing.CustomerList, "count", property(slowly))
    assert counts(as_user(cast.quan), conditions) == {"rule-0": "2"}
    monkeypatch.setattr(chip_counts, "SECONDS", -1.0)
    assert counts(as_user(cast.quan), conditions) == {}


def test_another_failure_of_the_database_is_not_hidden(cast, as_user, conditions, monkeypatch):
    def fail(_self):
        raise OperationalError

    monkeypatch.setattr(listing.CustomerList, "count", property(fail))
    with pytest.raises(OperationalError):
        as_user(cast.quan).get(COUNTS + conditions)


def test_the_list_asks_for_the_numbers_only_where_there_are_conditions(cast, as_user, conditions):
    client = as_user(cast.quan)
    page = client.get("/customers/" + conditions).text
    assert f'hx-get="{COUNTS}{conditions.replace("&", "&amp;")}"' in page
    assert COUNTS not in client.get("/customers/").text
