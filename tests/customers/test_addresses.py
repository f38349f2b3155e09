"""The longest address that the list of customers can make fits what the server takes."""

import re
import runpy
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings
from django.http import QueryDict
from django.urls import reverse
from django.utils.choices import flatten_choices

from customers.filters import CustomerFilter
from customers.listing import CURSOR, CustomerList
from customers.models import Province
from customers.paging import Cursor
from customers.search import LONGEST
from tests.factories import CustomerFactory

CONFIGURATION = Path(settings.BASE_DIR) / "gunicorn.conf.py"
# Three bytes in UTF-8 and so nine characters in an address: more than any other letter of one code unit.
LETTER = "ậ"


def longest_values(user) -> dict[str, str]:
    """The form filled in: every text to its last letter, every choice with the longest of its values."""
    province = Province.objects.first()
    form = CustomerFilter(QueryDict(f"province={province.pk}"), user=user).form
    values = {}
    for name, field in form.fields.items():
        if hasattr(field, "choices"):
            values[name] = max((str(value) for value, _label in flatten_choices(field.choices)), key=len)
        else:
            assert field.max_length, f"{name} takes a text of any length"
            values[name] = LETTER * field.max_length
    return values


@pytest.mark.django_db
def test_the_longest_address_of_the_list_fits_even_as_the_way_back_from_the_login_page(cast):
    customer = CustomerFactory(family_name=LETTER * 60, middle_name=LETTER * 80, given_name=LETTER * 60)
    customer.refresh_from_db()
    order = CustomerList(cast.quan, QueryDict("sort=-name")).order
    cursor = Cursor(order.name, True, 10**6, 0, (customer.name_sort, 10**6))
    asked = {
        "q": LETTER * LONGEST,
        "sort": "-last_purchase",
        CURSOR: cursor.encode(),
        **longest_values(cast.quan),
    }
    address = f"{reverse('customers:list')}?{urlencode(asked)}"
    login = f"{reverse('account_login')}?next={quote(address)}"
    limit = runpy.run_path(str(CONFIGURATION))["limit_request_line"]
    assert len(address) > 2000
    assert len(f"GET {login} HTTP/1.1\r\n") <= limit


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "shown"), [("spend_min", "1" * 41), ("created_from", "1" * 21)])
def test_a_text_that_is_too_long_is_told_at_its_field(cast, name, shown):
    conditions = CustomerFilter(QueryDict(f"{name}={shown}"), user=cast.quan)
    assert name not in conditions.values
    assert list(conditions.form.errors) == [name]
    assert f'maxlength="{len(shown) - 1}"' in str(conditions.form[name])


def test_the_server_reads_the_limit_wherever_it_starts_in_the_project():
    command = [sys.executable, "-m", "gunicorn", "--print-config", "wsgiref.simple_server:demo_app"]
    told = subprocess.check_output(command, cwd=settings.BASE_DIR, text=True)
    assert re.search(r"^limit_request_line += 8190$", told, re.MULTILINE)
