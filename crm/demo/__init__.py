"""Demo data: an invented firm with Vietnamese customers, of any size.

The same size, seed and day give the same rows.

Used by `manage.py load_demo` only. Nothing of it runs in a firm that works with its own customers.
"""
