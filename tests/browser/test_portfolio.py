"""A manager's afternoon: a portfolio is ticked and given away, a customer is deleted and comes back."""

import re

from playwright.sync_api import expect

from customers.models import Customer
from tests.conftest import make_cast


def test_ticked_customers_go_to_a_colleague(visit, complaints, assert_accessible):
    cast = make_cast()
    page = visit(f"/customers/portfolio/{cast.ha.pk}/", user=cast.huy)
    assert_accessible(page)
    page.get_by_label("Nguyễn Thị Ngọc Ánh").check()
    page.get_by_label("Người phụ trách mới").select_option(str(cast.nam.pk))
    page.get_by_label("Lý do").fill("Chuyển địa bàn")
    page.get_by_role("button", name="Bàn giao", exact=True).click()
    expect(page.get_by_text("Lê Hoài Nam vừa nhận thêm 1 khách hàng.")).to_be_visible()
    assert Customer.objects.get(pk=cast.anh.pk).owner == cast.nam
    assert complaints == []


def test_a_customer_is_deleted_and_restored(visit, complaints, assert_accessible):
    cast = make_cast()
    page = visit(cast.anh.get_absolute_url(), user=cast.ha)
    page.get_by_role("link", name="Xóa", exact=True).click()
    page.get_by_label("Lý do xóa").fill("Nhập nhầm")
    page.get_by_role("button", name="Xóa khách hàng").click()
    expect(page.get_by_role("heading", name="Thùng rác")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Khôi phục").click()
    expect(page).to_have_url(re.compile(rf"{cast.anh.get_absolute_url()}$"))
    assert complaints == []


def test_a_relation_is_noted_on_the_record(visit, complaints, assert_accessible):
    cast = make_cast()
    page = visit(cast.anh.get_absolute_url(), user=cast.huy)
    page.get_by_role("link", name="Thêm quan hệ").click()
    assert_accessible(page)
    page.get_by_label("Người kia", exact=True).fill(cast.cuc.code)
    page.get_by_label("Người kia là").select_option("referrer")
    page.get_by_role("button", name="Thêm quan hệ").click()
    relations = page.locator("section", has=page.get_by_role("heading", name="Quan hệ"))
    expect(relations.last.get_by_text("Lê Thị Cúc")).to_be_visible()
    expect(relations.last.get_by_text("Người giới thiệu khách này")).to_be_visible()
    assert_accessible(page)
    assert complaints == []
