"""Segments, the runs that refresh them, and their stored figures."""

from segments.models.run import RefreshRun, SegmentFigure
from segments.models.segment import Family, Segment

__all__ = ["Family", "RefreshRun", "Segment", "SegmentFigure"]
