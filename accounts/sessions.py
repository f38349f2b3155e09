from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import CharField, DateTimeField
from django.utils import timezone

from accounts.compiled_queries import CompiledQuery, Given

_RUNNING = CompiledQuery(
    lambda: Session.objects.filter(
        session_key=Given("key", CharField()), expire_date__gt=Given("now", DateTimeField())
    )
)


class SessionStore(db.SessionStore):
    """Sessions in the database, read by a query that is made once: every page reads one."""

    def _get_session_from_db(self) -> Any:
        found = _RUNNING(key=self.session_key, now=timezone.now())
        if not found:
            self._session_key = None
            return None
        return found[0]
