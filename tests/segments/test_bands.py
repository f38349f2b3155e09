import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import translation

from segments import bands
from segments.models import Family, Segment

pytestmark = pytest.mark.django_db


def words_of(family: Family) -> list[str]:
    segments = list(Segment.objects.of(family).order_by("position"))
    uppers = bands.upper_bounds(segments)
    return [bands.words(segment, uppers.get(segment.pk)).replace("\u00a0", " ") for segment in segments]


def test_bands_are_said_with_their_real_bounds():
    with translation.override("vi"):
        assert words_of(Family.AGE) == [
            "dưới 13 tuổi",
            "13–19 tuổi",
            "20–29 tuổi",
            "30–39 tuổi",
            "40–59 tuổi",
            "từ 60 tuổi",
            "",
        ]
        assert words_of(Family.BASKET)[:2] == [
            "dưới 200.000 ₫",
            "200.000 ₫ đến dưới 500.000 ₫",
        ]
        assert words_of(Family.VALUE)[1] == "1 đến dưới 5 triệu ₫"
        assert words_of(Family.HOUSEHOLD)[:3] == ["1 người", "2 người", "3–4 người"]
    with translation.override("en"):
        assert words_of(Family.FREQUENCY)[1:3] == ["1 purchase", "2–3 purchases"]
        assert words_of(Family.QUANTITY)[0] == "under 5 units"


def test_short_words_fit_under_a_column():
    segments = list(Segment.objects.of(Family.BASKET).order_by("position"))
    uppers = bands.upper_bounds(segments)
    with translation.override("vi"):
        short = [bands.short_words(segment, uppers.get(segment.pk)) for segment in segments]
    assert short == ["< 0,2", "0,2–0,5", "0,5–1", "1–3", "≥ 3", "Không mua"]


@pytest.mark.parametrize("bound", [30, 25, 60, 61, None])
def test_a_bound_stays_between_its_neighbours(bound):
    segment = Segment.objects.get(family=Family.AGE, key="middle_aged")
    segment.lower_bound = bound
    with pytest.raises(ValidationError) as refused:
        segment.full_clean()
    assert list(refused.value.message_dict) == ["lower_bound"]


def test_a_bound_between_its_neighbours_is_taken():
    segment = Segment.objects.get(family=Family.AGE, key="middle_aged")
    segment.lower_bound = 45
    segment.full_clean()


def test_the_first_bound_is_fixed():
    segment = Segment.objects.get(family=Family.AGE, key="child")
    segment.lower_bound = 6
    with pytest.raises(ValidationError, match="0"):
        segment.full_clean()


def test_the_database_refuses_bounds_twice_and_bounds_outside_of_bands():
    with pytest.raises(IntegrityError), transaction.atomic():
        Segment.objects.filter(family=Family.AGE, key="adult").update(lower_bound=40)
    with pytest.raises(IntegrityError), transaction.atomic():
        Segment.objects.filter(family=Family.GENDER, key="male").update(lower_bound=1)
