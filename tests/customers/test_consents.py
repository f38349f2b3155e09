"""The consent ledger: never rewritten; the newest word of each purpose holds; no contact is no contact."""

from __future__ import annotations

import datetime
import itertools
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, InternalError, ProgrammingError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers import consents, trash
from customers.consents import LaterConsentError, NoContactError, record_consent, standings_of
from customers.merging.services import merge_customers, unmerge_customers
from customers.models import Consent, ConsentPurpose, Customer
from customers.rules.checks import Choices, read_rule
from customers.rules.compiler import Reader, compile_rule
from customers.rules.words import sentence
from tests.customers.merging.samples import everything
from tests.factories import ConsentFactory

SPRING = datetime.date(2026, 3, 1)
SUMMER = datetime.date(2026, 6, 1)
A_DAY = datetime.timedelta(days=1)
CALL, EMAIL, CONTACT = ConsentPurpose.CALL, ConsentPurpose.EMAIL, ConsentPurpose.CONTACT


def write(customer: Customer, by: Any, purpose: ConsentPurpose, is_given: bool, **more: Any) -> Consent:
    values = {"from_on": SPRING, "source": "paper", "evidence": "Phiếu 12"} | more
    return record_consent(customer=customer, purpose=purpose, is_given=is_given, by=by, **values)


def held(customer: Customer) -> dict[str, bool]:
    return {purpose: entry.is_given for purpose, entry in consents.entries_of(customer).items()}


def url(customer: Customer, *parts: str) -> str:
    return "/".join(["/customers", str(customer.pk), "consents", *parts, ""])


def form(**more: object) -> dict[str, object]:
    sent = {"purpose": "call", "decision": "given", "source": "paper", "evidence": "Phiếu 12", "from_on": ""}
    return sent | more


def test_the_newest_word_holds_and_the_former_stays(cast):
    write(cast.anh, cast.ha, CALL, True)
    write(cast.anh, cast.ha, CALL, False, from_on=SUMMER)
    assert held(cast.anh) == {"call": False}
    late = write(cast.anh, cast.ha, CALL, True, from_on=SPRING + A_DAY)
    assert not late.is_current
    assert held(cast.anh) == {"call": False}
    assert Consent.objects.filter(customer=cast.anh).count() == 3
    standing = {each.purpose: each for each in standings_of(cast.anh).purposes}
    assert standing[CALL].is_withdrawn
    assert standing[EMAIL].entry is None


def test_of_one_day_the_last_line_holds(cast):
    write(cast.anh, cast.ha, CALL, False)
    write(cast.anh, cast.ha, CALL, True)
    assert held(cast.anh) == {"call": True}


@pytest.mark.django_db
def test_whatever_is_written_one_line_of_each_purpose_holds(cast):
    lines = st.tuples(
        st.sampled_from([CALL, EMAIL]), st.booleans(), st.integers(0, 3), st.sampled_from(["anh", "binh"])
    )

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(lines, max_size=8), st.booleans())
    def check(written, at_once):
        with transaction.atomic():
            rows = [
                Consent(
                    customer=getattr(cast, who),
                    purpose=purpose,
                    is_given=is_given,
                    from_on=SPRING + day * A_DAY,
                    source="paper",
                    evidence="x",
                    recorded_by=cast.ha,
                )
                for purpose, is_given, day, who in written
            ]
            if at_once:
                Consent.objects.bulk_create(rows)
            else:
                for row in rows:
                    row.save()
            for customer in (cast.anh, cast.binh):
                mine = [row for row in rows if row.customer == customer]
                newest: dict[str, bool] = {}
                for row in sorted(mine, key=lambda row: (row.from_on, row.pk)):
                    newest[row.purpose] = row.is_given
                assert held(customer) == newest
                assert Consent.objects.filter(customer=customer).current().count() == len(newest)
            transaction.set_rollback(True)

    check()


@pytest.mark.parametrize(
    "change",
    [
        {"is_given": False},
        {"purpose": "email"},
        {"from_on": SUMMER},
        {"evidence": "Khác"},
        {"source": "email"},
        {"recorded_at": datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)},
    ],
)
def test_the_database_lets_nobody_rewrite_a_line(cast, change):
    write(cast.anh, cast.ha, CALL, True)
    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        Consent.objects.update(**change)


def test_the_database_lets_nobody_delete_a_line(cast):
    write(cast.anh, cast.ha, CALL, True)
    with pytest.raises((ProgrammingError, InternalError), match="Cannot delete"), transaction.atomic():
        Consent.objects.all().delete()
    with pytest.raises(Exception, match="protected"), transaction.atomic():
        Customer.objects.filter(pk=cast.anh.pk).delete()


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"evidence": " "}, "consent_given_has_evidence"),
        ({"from_on": timezone.localdate() + A_DAY}, "consent_holds_already"),
    ],
)
def test_the_database_refuses_what_proves_nothing(cast, values, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        ConsentFactory(customer=cast.anh, **values)


# No contact


def test_no_contact_withdraws_what_needs_contact_and_nothing_else(cast):
    write(cast.anh, cast.ha, CALL, True)
    write(cast.anh, cast.ha, ConsentPurpose.ANALYSIS, True)
    write(cast.anh, cast.ha, CONTACT, False, from_on=SUMMER, source="call", evidence="")
    assert held(cast.anh) == {
        "analysis": True,
        "call": False,
        "message": False,
        "email": False,
        "contact": False,
    }
    no_contact = standings_of(cast.anh).no_contact
    assert no_contact is not None
    assert no_contact.from_on == SUMMER


def test_nothing_that_needs_contact_is_agreed_to_while_there_is_none(cast):
    write(cast.anh, cast.ha, CONTACT, False, from_on=SUMMER)
    for day in (SUMMER, SUMMER + A_DAY):
        with pytest.raises(NoContactError):
            write(cast.anh, cast.ha, CALL, True, from_on=day)
    write(cast.anh, cast.ha, CALL, True, from_on=SPRING)
    assert held(cast.anh)["call"] is False
    write(cast.anh, cast.ha, CONTACT, True, from_on=SUMMER + A_DAY)
    assert standings_of(cast.anh).no_contact is None
    # Whoever may be contacted again has to be asked again.
    assert held(cast.anh)["call"] is False
    write(cast.anh, cast.ha, CALL, True, from_on=SUMMER + A_DAY)
    assert held(cast.anh)["call"] is True


def test_no_contact_from_a_day_before_a_later_consent_is_refused(cast):
    write(cast.anh, cast.ha, CALL, True, from_on=SUMMER)
    with pytest.raises(LaterConsentError):
        write(cast.anh, cast.ha, CONTACT, False, from_on=SPRING)
    assert held(cast.anh) == {"call": True}


@pytest.mark.django_db
def test_whatever_is_recorded_nobody_who_wants_no_contact_agrees_to_it(cast):
    steps = st.tuples(st.sampled_from([CALL, EMAIL, CONTACT]), st.booleans(), st.integers(0, 4))

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(steps, max_size=10))
    def check(taken):
        with transaction.atomic():
            for purpose, is_given, day in taken:
                try:
                    write(cast.anh, cast.ha, purpose, is_given, from_on=SPRING + day * A_DAY)
                except (NoContactError, LaterConsentError):
                    continue
            now = held(cast.anh)
            if now.get(CONTACT) is False:
                assert not any(now.get(purpose) for purpose in (CALL, EMAIL))
            transaction.set_rollback(True)

    check()


# Merging and erasing


def merge(cast, **more):
    keep, duplicate = (Customer.objects.get(pk=each.pk) for each in (cast.anh, cast.binh))
    return merge_customers(keep=keep, duplicate=duplicate, by=cast.huy, **more)


STATES = [None, (True, SPRING), (True, SUMMER), (False, SPRING), (False, SUMMER)]


@pytest.mark.parametrize(("ours", "theirs"), list(itertools.product(STATES, STATES)))
def test_the_strictest_word_stays_in_force_after_a_merge(cast, ours, theirs):
    for customer, state in ((cast.anh, ours), (cast.binh, theirs)):
        if state is not None:
            write(customer, cast.ha, CALL, state[0], from_on=state[1])
    before = everything()
    decided = [state[0] for state in (ours, theirs) if state is not None]

    done = merge(cast)

    assert held(cast.anh) == ({"call": all(decided)} if decided else {})
    unmerge_customers(merge=done, by=cast.huy)
    assert everything() == before


def test_no_contact_of_the_merged_record_binds_the_kept_one(cast):
    write(cast.binh, cast.ha, CONTACT, False)
    write(cast.anh, cast.ha, EMAIL, True, from_on=SUMMER)
    merge(cast)
    assert standings_of(cast.anh).no_contact is not None
    assert held(cast.anh)["email"] is False
    by_merge = Consent.objects.get(customer=cast.anh, source="merge")
    assert (by_merge.purpose, by_merge.recorded_by) == ("email", cast.huy)
    assert cast.binh.code in by_merge.evidence


def test_what_is_agreed_to_after_the_merge_holds_and_stays_when_it_is_undone(cast):
    write(cast.binh, cast.ha, CALL, False)
    write(cast.anh, cast.ha, CALL, True, from_on=SUMMER)
    done = merge(cast)
    today = timezone.localdate()
    write(cast.anh, cast.ha, CALL, True, from_on=today)
    assert held(cast.anh) == {"call": True}
    unmerge_customers(merge=done, by=cast.huy)
    assert held(cast.anh) == {"call": True}
    assert held(cast.binh) == {"call": False}
    assert not Consent.objects.filter(source="merge").exists()


def test_the_preview_of_a_merge_says_where_the_records_disagree(cast, as_user):
    write(cast.binh, cast.ha, CALL, False)
    write(cast.anh, cast.ha, CALL, True, from_on=SUMMER)
    write(cast.anh, cast.ha, EMAIL, True)
    page = as_user(cast.huy).get(f"/customers/duplicates/{cast.anh.pk}/merge/{cast.binh.pk}/").text
    notice = page.split('id="consents"')[1].split("</ul>")[0]
    assert "Tiếp thị qua cuộc gọi: đồng ý từ 01/06/2026, rút lại từ 01/03/2026" in notice
    assert "email" not in notice.lower()


def test_erasing_a_customer_erases_their_lines_alone(cast):
    write(cast.anh, cast.ha, CALL, True)
    write(cast.binh, cast.ha, CALL, True)
    trash.trash_customer(customer=cast.anh, reason="Khách yêu cầu", by=cast.huy)
    Customer.trash.update(trashed_at=timezone.now() - datetime.timedelta(days=31))
    assert trash.erase_expired() == 1
    assert list(Consent.objects.values_list("customer", flat=True)) == [cast.binh.pk]
    with pytest.raises((ProgrammingError, InternalError), match="Cannot delete"), transaction.atomic():
        Consent.objects.all().delete()


# The pages


def test_consent_is_recorded_and_shown_with_its_day_and_source(cast, as_user):
    client = as_user(cast.ha)
    sent = form(evidence="  Phiếu <b>12</b>\u202e ", from_on="01/03/2026")
    page = client.post(url(cast.anh, "new"), sent, follow=True).text
    made = Consent.objects.get()
    assert (made.purpose, made.is_given, made.from_on, made.recorded_by, made.evidence) == (
        "call",
        True,
        SPRING,
        cast.ha,
        "Phiếu <b>12</b>",
    )
    card = page.split('id="consents"')[1].split("</section>")[0]
    assert "từ 01/03/2026 · phiếu có chữ ký" in card
    assert card.count("chưa hỏi") == 5
    client.post(url(cast.anh, "new"), form(decision="withdrawn", evidence=""))
    ledger = client.get(url(cast.anh)).text
    assert "Phiếu &lt;b&gt;12&lt;/b&gt;" in ledger
    assert ledger.count("rút lại</span>") == 2


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"purpose": "everything"}, "purpose"),
        ({"decision": ""}, "decision"),
        ({"decision": "maybe"}, "decision"),
        ({"source": "merge"}, "source"),
        ({"evidence": " "}, "evidence"),
        ({"evidence": "x" * 301}, "evidence"),
        ({"from_on": "31/02/2026"}, "from_on"),
        ({"from_on": "01/01/2099"}, "from_on"),
        ({"evidence": "\x00"}, "evidence"),
    ],
)
def test_what_makes_no_sense_is_told_at_its_field(cast, as_user, sent, field):
    response = as_user(cast.ha).post(url(cast.anh, "new"), form(**sent))
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not Consent.objects.exists()


def test_who_wants_no_contact_is_not_recorded_as_agreeing_to_it(cast, as_user):
    client = as_user(cast.ha)
    client.post(url(cast.anh, "new"), form(purpose="contact", decision="withdrawn"))
    response = client.post(url(cast.anh, "new"), form())
    assert response.status_code == 422
    assert "không muốn được liên hệ" in response.context["form"].errors["purpose"][0]
    assert "Không muốn được liên hệ" in client.get(cast.anh.get_absolute_url()).text


def test_who_wants_no_contact_is_named_so_and_calling_is_quiet(cast, as_user):
    client = as_user(cast.ha)
    warning = "Chỉ gọi hoặc nhắn khi khách yêu cầu."

    def record() -> tuple[str, str]:
        page = client.get(cast.anh.get_absolute_url()).text
        name, rest = page.split('id="name"')[1].split("</div>", 1)
        return name, rest.split('id="person"')[1].split('id="pinned"')[0]

    name, person = record()
    assert "Không muốn được liên hệ" not in name
    assert 'button--primary" href="tel:' in person
    assert warning not in person
    answer = client.post(
        url(cast.anh, "new"), form(purpose="contact", decision="withdrawn"), headers={"HX-Request": "true"}
    ).text
    name, person = record()
    assert "Không muốn được liên hệ" in name
    assert 'href="tel:' in person
    assert "button--primary" not in person
    assert warning in person
    # With script, at once.
    for part in ("name", "person"):
        drawn = answer.split(f'id="{part}" hx-swap-oob="outerHTML"')[1]
        assert ("Không muốn được liên hệ" if part == "name" else warning) in drawn
    write(cast.anh, cast.ha, CONTACT, True, from_on=timezone.localdate())
    assert "Không muốn được liên hệ" not in record()[0]


def test_a_reader_sees_the_card_without_the_form(cast, as_user):
    cast.cau_giay.staff_read_all = True
    cast.cau_giay.save()
    write(cast.anh, cast.ha, CALL, True)
    page = as_user(cast.nam).get(cast.anh.get_absolute_url()).text
    card = page.split('id="consents"')[1].split("</section>")[0]
    assert "phiếu có chữ ký" in card
    assert "consents/new" not in card
    assert "consents/new" in as_user(cast.ha).get(cast.anh.get_absolute_url()).text


def test_without_the_permission_nothing_is_recorded(cast, as_user):
    Permission.objects.get(codename="add_consent").group_set.clear()
    client = as_user(cast.ha)
    assert client.post(url(cast.anh, "new"), form()).status_code == 403
    assert "consents/new" not in client.get(cast.anh.get_absolute_url()).text
    assert client.get(url(cast.anh)).status_code == 200
    assert not Consent.objects.exists()


# Filters and columns


def test_a_filter_by_consent_says_in_both_languages_whom_it_finds(cast):
    rule = read_rule("consent.given.call~email", Choices(cast.ha))
    assert sentence(rule, cast.ha, "vi").startswith("Khách hàng: Sự đồng ý đã có cho mục đích Tiếp thị qua")
    assert sentence(rule, cast.ha, "en") == (
        "Customers: Consent given for Marketing by call or Marketing by email."
    )


def test_a_withdrawn_consent_is_no_longer_found(cast):
    def found(text: str) -> set[int]:
        where = compile_rule(read_rule(text, Choices(cast.quan)), Reader(cast.quan, timezone.localdate()))
        return set(Customer.objects.filter(where).values_list("pk", flat=True))

    write(cast.anh, cast.ha, CALL, True)
    write(cast.binh, cast.ha, CALL, True)
    write(cast.binh, cast.ha, CALL, False, from_on=SUMMER)
    assert found("consent.given.call") == {cast.anh.pk}
    assert found("consent.withdrawn.call") == {cast.binh.pk}
    assert found("consent.unasked.call") == {cast.cuc.pk}


@pytest.mark.parametrize(
    ("purpose", "is_given", "said"),
    [
        (CALL, True, "Tiếp thị qua cuộc gọi"),
        (CALL, False, "Không đồng ý mục đích nào"),
        (CONTACT, False, "Không muốn được liên hệ"),
    ],
)
def test_the_list_can_show_consent(cast, as_user, purpose, is_given, said):
    write(cast.anh, cast.ha, purpose, is_given)
    assert said in as_user(cast.ha).get("/customers/?columns=consent").text
