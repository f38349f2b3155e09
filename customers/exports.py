"""Files of customers that people ask for: made of exactly the list they see, kept for some days, recorded.

The folder of the files is served by nobody; a file has a random name and is given only to who asked for it.
"""

from __future__ import annotations

import datetime
import logging
import uuid
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from accounts.models import User
from customers import paging, private_files
from customers.exporting import ExportError, export_customers
from customers.filters import conditions
from customers.listing import CURSOR, CustomerList
from customers.models import Customer, CustomerExport, CustomerQuerySet
from customers.rules.words import in_words

logger = logging.getLogger(__name__)

EXPORT_TASK = "customers.export"
KEPT = datetime.timedelta(days=7)
# A draft of a worker that was killed; nobody writes for so long.
ABANDONED = datetime.timedelta(days=1)


class _CancelledError(Exception):
    """Somebody no longer wants the file."""


def folder() -> Path:
    return private_files.folder(settings.EXPORT_DIR)


def path_of(export: CustomerExport) -> Path:
    return folder() / export.stored_as


def list_of(user: User, query: str) -> CustomerList:
    """The list that an address asks for, from its beginning."""
    asked = QueryDict(query, mutable=True)
    asked.pop(CURSOR, None)
    return CustomerList(user, asked)


def conditions_in_words(listing: CustomerList) -> list[str]:
    """What narrows and orders a list, one line each."""
    search = [f"{_('Search')}: {listing.search.text}"] if listing.search.text else []
    simple = [f"{condition.label}: {condition.value}" for condition in conditions(listing.filter)]
    grouped = [in_words(part, listing.choices) for part in listing.parts.values()]
    return [*search, *simple, *grouped, f"{_('Order')}: {listing.sorting.label}"]


def has_whole_list(user: User) -> bool:
    """Whether somebody exports all whom they see, and not only the customers in their own care."""
    return user.has_perm("customers.view_all_customer") or user.has_perm("customers.view_branch_customer")


def customers_of(listing: CustomerList) -> CustomerQuerySet:
    """The customers of a list whom the person may take away, in no order."""
    customers = listing.customers(all_found=True)
    if has_whole_list(listing.user):
        return customers
    return customers.filter(CustomerQuerySet.in_care_of(listing.user))


def request_export(
    *, listing: CustomerList, conditions: str, columns: Sequence[str], file_format: str, reason: str
) -> CustomerExport:
    """Record an export and make its file: at once, or by the worker where they are more than are counted."""
    is_small = listing.few is not None
    with transaction.atomic():
        export = CustomerExport.objects.create(
            asked_by=listing.user,
            reason=reason,
            query=listing.asked.urlencode(),
            conditions=conditions,
            columns=list(columns),
            file_format=file_format,
            language=translation.get_language() or settings.LANGUAGE_CODE,
        )
        if not is_small:
            app.configure_task(EXPORT_TASK).defer(export_id=export.pk)
    if is_small:
        make_file(export)
        export.refresh_from_db()
    return export


def run_export(export_id: int) -> None:
    """What the worker does; a second time, after a worker was killed, from the beginning."""
    export = CustomerExport.objects.open().filter(pk=export_id).first()
    if export is not None:
        with translation.override(export.language):
            make_file(export)


def make_file(export: CustomerExport) -> None:
    """Write the file as the person sees the list now; what goes wrong is kept beside the record."""
    person = User.objects.with_permissions().filter(pk=export.asked_by_id, is_active=True).first()
    if person is None:
        _fail(export, _("The account that asked for this file is no longer active."))
        return
    CustomerExport.objects.filter(pk=export.pk).update(state=CustomerExport.State.RUNNING)
    name = f"{uuid.uuid4().hex}.{export.file_format}"
    try:
        written = _write(export, list_of(person, export.query), folder() / name)
        _finish(export, name, written)
    except _CancelledError:
        (folder() / name).unlink(missing_ok=True)
    except ExportError as error:
        _fail(export, error.message)
    except DatabaseError as error:
        logger.exception("export %s failed", export.pk)
        _fail(export, str(error).strip().partition("\n")[0])


def _write(export: CustomerExport, listing: CustomerList, path: Path) -> int:
    customers: QuerySet[Customer] = paging.in_order(customers_of(listing), listing.order)
    expected = customers.count()

    def report(written: int) -> None:
        share = min(written * 100 // max(expected, 1), 99)
        still = CustomerExport.objects.open().filter(pk=export.pk)
        if not still.update(progress=share, rows=written):
            raise _CancelledError

    return export_customers(
        path=path, customers=customers, columns=export.columns, labels=True, report=report
    )


def _finish(export: CustomerExport, name: str, written: int) -> None:
    now = timezone.now()
    done = CustomerExport.objects.open().filter(pk=export.pk)
    if not done.update(
        state=CustomerExport.State.DONE,
        progress=100,
        rows=written,
        stored_as=name,
        finished_at=now,
        expires_at=now + KEPT,
    ):
        raise _CancelledError


def _fail(export: CustomerExport, reason: str) -> None:
    CustomerExport.objects.filter(pk=export.pk).update(
        state=CustomerExport.State.FAILED, error=reason, finished_at=timezone.now()
    )


def cancel_export(*, export: CustomerExport) -> bool:
    """Stop an export that is not finished; False where it was."""
    open_now = CustomerExport.objects.open().filter(pk=export.pk)
    return bool(open_now.update(state=CustomerExport.State.CANCELLED, finished_at=timezone.now()))


def forget_expired() -> int:
    """Delete the files that are kept no longer, and drafts that nobody will finish; gives their number."""
    now = timezone.now()
    CustomerExport.objects.filter(expires_at__lte=now).exclude(stored_as="").update(stored_as="")
    kept = set(CustomerExport.objects.exclude(stored_as="").values_list("stored_as", flat=True))
    deleted = 0
    for path in folder().iterdir():
        changed = datetime.datetime.fromtimestamp(path.stat().st_mtime, tz=datetime.UTC)
        is_new = changed > now - ABANDONED
        if path.name not in kept and not (is_new and path.name.startswith(".")):
            path.unlink(missing_ok=True)
            deleted += 1
    return deleted
