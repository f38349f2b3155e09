"""What segments offer to pages about customers."""

import pytest

from customers.registry import registry
from segments.models import Family, Segment


@pytest.mark.django_db
def test_some_segments_are_read_alone_and_in_the_order_of_all(django_assert_num_queries):
    wanted = set(Segment.objects.filter(family__in=[Family.GENDER, Family.RFM]).values_list("pk", flat=True))
    with django_assert_num_queries(2):
        some, every = registry.segments_among(wanted), registry.segment_choices()
    assert {choice.pk for choice in some} == wanted
    assert list(some) == [choice for choice in every if choice.pk in wanted]
