"""What becomes of a person's work when they leave; apps above fill it in from `AppConfig.ready()`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from accounts.models import User


@dataclass
class Handover:
    """`size` counts what a person is in charge of; `move(officer=, to=, by=)` gives all of it to colleagues.

    With several colleagues, each gets an equal part.
    """

    size: Callable[[User], int] = field(default=lambda _user: 0)
    move: Callable[..., Any] = field(default=lambda **_people: None)


handover = Handover()
