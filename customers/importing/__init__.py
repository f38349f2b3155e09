"""Lists from outside, brought in. Reading, mapping, checking and saving are apart, for previews.

`docs/import-export.md` describes files and mappings for their writers.
"""
