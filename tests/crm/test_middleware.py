import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_pages_of_whoever_is_logged_in_stay_out_of_caches(cast, as_user):
    said = as_user(cast.ha).get(reverse("customers:detail", args=[cast.anh.pk]))["Cache-Control"]
    assert {"no-store", "private"} <= set(said.split(", "))


def test_an_address_that_only_takes_a_form_answers_with_a_page(cast, as_user):
    page = as_user(cast.ha).get(reverse("set_theme"))
    assert page.status_code == 405
    assert page["Allow"] == "POST"
    assert "Địa chỉ này chỉ nhận biểu mẫu" in page.text
