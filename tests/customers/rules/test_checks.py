"""What people type becomes what rules keep, and what makes no sense is refused in words that help."""

import pytest

from customers.registry import SegmentChoice, registry
from customers.rules.checks import Choices, RuleError, read_rule
from customers.rules.fields import register
from customers.rules.tree import write
from customers.rules.vocabulary import OF_KIND, OPERATORS, SECTIONS, Kind, Vocabulary, vocabulary
from customers.rules.words import clause, in_words, sentence
from tests.factories import TagFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _one_segment(monkeypatch):
    champions = SegmentChoice(pk=7, name="Tốt nhất", family="rfm", family_name="Nhóm RFM")
    monkeypatch.setattr(registry, "segment_choices", lambda: (champions,))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("spend.gte.1tr2", "spend.gte.1200000"),
        ("spend.gte.5.000.000 ₫", "spend.gte.5000000"),
        ("orders.gt.007", "orders.gt.7"),
        ("last_purchase.since.4/5/2026", "last_purchase.since.2026-05-04"),
        ("last_purchase.ago_over.60", "last_purchase.ago_over.60"),
        ("last_purchase.unknown.x", "last_purchase.unknown"),
        ("phone.begins.0912 34", "phone.begins.091234"),
        ("name.contains.  Ngọc   Ánh ", "name.contains.Ngọc Ánh"),
        ("gender.is.female~female~male", "gender.is.female~male"),
        ("segment.is.7,any(owner.is.me,branch.unknown)", "segment.is.7,any(owner.is.me,branch.unknown)"),
    ],
)
def test_what_is_typed_is_kept_in_one_form(cast, typed, kept):
    rule = read_rule(typed, Choices(cast.quan))
    assert write(rule) == kept
    assert read_rule(kept, Choices(cast.quan)) == rule


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nothing.is.x", "nothing"),
        ("gender.contains.x", "Giới tính"),
        ("gender.is", "Điền giá trị"),
        ("gender.is.robot", "Chọn lại"),
        ("segment.is.8", "Phân khúc"),
        ("spend.gte.1x2", "Tổng chi tiêu"),
        ("spend.gte.-5", "Tổng chi tiêu"),
        ("spend.gte.1~2", "Bỏ các giá trị kia"),
        ("orders.gte.9999999999", "quá lớn"),
        ("orders.gte.1.5", "số nguyên"),
        ("last_purchase.since.31/02/2026", "Lần mua gần nhất"),
        ("last_purchase.ago_over.99999", "36525"),
        ("phone.begins.09", "ít nhất ba"),
        ("name.contains.!!", "chữ hoặc số"),
        ("citizen_id.contains.001", "so sánh khác"),
        ("any(", "liên kết"),
        ("a.is.b,none()", "Nhóm chưa có điều kiện"),
        ("any(" * 5 + "gender.is.male" + ")" * 5, "4 lớp"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(cast, text, says):
    with pytest.raises(RuleError) as refused:
        read_rule(text, Choices(cast.quan))
    assert says in refused.value.message


def test_nobody_can_name_a_person_or_a_branch_that_is_not_theirs(cast):
    for text in (f"owner.is.{cast.nam.pk}", f"branch.is.{cast.cau_giay.pk}"):
        assert read_rule(text, Choices(cast.huy))
        with pytest.raises(RuleError):
            read_rule(text, Choices(cast.duc))
        with pytest.raises(RuleError):
            read_rule(text, Choices(cast.mai))
    assert read_rule("owner.is.me", Choices(cast.duc))


def test_a_rule_is_a_sentence_in_both_languages(cast):
    rule = read_rule(
        "spend_12m.gte.5000000,last_purchase.ago_over.60,any(gender.is.female~male,segment.is_not.7)",
        Choices(cast.quan),
    )
    assert sentence(rule, cast.quan, "vi").replace("\xa0", " ") == (
        "Khách hàng: Chi tiêu trong 12 tháng từ 5.000.000 ₫ và Lần mua gần nhất cách đây hơn 60 ngày"
        " và (Giới tính là Nữ hoặc Nam hoặc Phân khúc không phải Tốt nhất)."
    )
    assert sentence(rule, cast.quan, "en").replace("\xa0", " ") == (
        "Customers: Spend in 12 months from 5,000,000 ₫ and Last purchase more than 60 days ago"
        " and (Gender is Female or Male or Segment is not Tốt nhất)."
    )


def test_everybody_and_nobody_of_some_have_words(cast):
    choices = Choices(cast.quan)
    assert in_words(read_rule("", choices), choices) == "tất cả"
    assert in_words(read_rule("none(gender.is.male)", choices), choices) == "trừ Giới tính là Nam"


def test_every_comparison_of_every_field_has_words_and_is_read(cast):
    """Whatever an app adds can be chosen, checked and said."""
    examples = {
        Kind.NUMBER: "3",
        Kind.YEAR: "1990",
        Kind.MONEY: "5000000",
        Kind.DAY: "2026-11-22",
        Kind.TEXT: "an",
        Kind.PHONE: "0912",
    }
    TagFactory()
    choices = Choices(cast.quan)
    for field in vocabulary.fields.values():
        for operator in field.operators:
            value = choices.of(field)[0].value if field.kind == Kind.CHOICE else examples[field.kind]
            typed = "3" if operator.takes.value == "days" else value
            condition = read_rule(f"{field.name}.{operator.name}.{typed}", choices).members[0]
            said = clause(condition, choices)
            assert said.subject
            assert said.predicate
            assert "%" not in said.predicate.replace("\xa0%", "")


def test_no_field_twice_and_every_field_under_a_heading():
    filled = Vocabulary()
    register(filled)
    with pytest.raises(ValueError, match="already"):
        register(filled)
    shown = [field.name for _section, fields in vocabulary.sections() for field in fields]
    assert sorted(shown) == sorted(vocabulary.fields)
    assert {field.section for field in vocabulary.fields.values()} <= set(SECTIONS)
    offered = {operator.name for field in vocabulary.fields.values() for operator in field.operators}
    assert offered | {name for names in OF_KIND.values() for name in names} == set(OPERATORS)
