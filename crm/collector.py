"""Python's garbage collector, kept from walking through the whole application in the middle of a page."""

import gc

# A page leaves about a thousand objects in cycles behind, for which Python would look once a page or more
# often. With so many it looks once in ten or twenty pages, and takes a few milliseconds then.
YOUNG_OBJECTS = 10_000


def calm() -> None:
    """Called once all is loaded: what is there by now stays for good."""
    gc.collect()
    gc.freeze()
    _young, *others = gc.get_threshold()
    gc.set_threshold(YOUNG_OBJECTS, *others)
