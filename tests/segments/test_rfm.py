import datetime
import itertools
import math

from hypothesis import given
from hypothesis import strategies as st

from segments import rfm
from tests.segments.oracle import RFM_GROUPS

numbers = st.lists(st.integers(0, 30), min_size=1, max_size=200)


def cuts_of(values: list[int]) -> list[int]:
    ordered = sorted(values)
    return [ordered[math.ceil(part * len(ordered)) - 1] for part in (0.2, 0.4, 0.6, 0.8)]


@given(numbers)
def test_more_is_never_scored_less_and_equals_share_a_score(values):
    cuts = cuts_of(values)
    scored = sorted((value, rfm.score(value, cuts)) for value in values)
    assert all(1 <= score <= 5 for _value, score in scored)
    assert all(a[1] <= b[1] for a, b in itertools.pairwise(scored))
    assert len(set(scored)) == len(set(values))


@given(numbers)
def test_the_bounds_shown_on_the_axes_are_those_of_the_scores(values):
    cuts = cuts_of(values)
    bounds = rfm.bounds_of_scores(cuts)
    for value in values:
        fitting = [
            score
            for score, pair in enumerate(bounds, start=1)
            if pair is not None
            and (pair[0] is None or pair[0] < value)
            and (pair[1] is None or value <= pair[1])
        ]
        assert fitting == [rfm.score(value, cuts)]


def test_the_map_covers_25_cells_as_the_definition_of_the_groups_says():
    for recency in rfm.SCORES:
        for frequency in rfm.SCORES:
            defined = [key for key, (rs, fs) in RFM_GROUPS.items() if recency in rs and frequency in fs]
            # Lost is the one exception that the definition makes within hibernating.
            expected = defined[:1] if defined[0] == "lost" else defined
            assert expected == [rfm.group_of(recency, frequency)]
    assert {group for row in rfm.MAP.values() for group in row} == set(rfm.Group) - {rfm.Group.PROSPECT}


def test_fixed_recency_counts_days_since_the_last_purchase():
    as_of = datetime.date(2026, 11, 22)
    cuts = rfm.fixed_recency_cuts(as_of)
    days = [0, 30, 31, 90, 91, 180, 181, 365, 366, 4000]
    scores = [rfm.score(as_of - datetime.timedelta(days=day), cuts) for day in days]
    assert scores == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
