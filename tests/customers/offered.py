"""Segments as the app above offers them, for tests of pages that only show them."""

from customers.registry import registry


def offer_segments(monkeypatch, *segments):
    monkeypatch.setattr(registry, "segment_choices", lambda: segments)
    monkeypatch.setattr(registry, "segments_among", lambda pks: [one for one in segments if one.pk in pks])
