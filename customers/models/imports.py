from __future__ import annotations

import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Branch, User
from customers.models.customer import code_of
from customers.said import told

# How long the list and what stood before it are kept.
KEPT_FOR = datetime.timedelta(days=30)


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def visible_to(self, user: User) -> ImportRunQuerySet:
        """A list holds personal data of whoever is in it: for who brought it, and for who sees everybody."""
        if user.has_perm("customers.view_all_customer"):
            return self
        return self.filter(asked_by=user)

    def expired(self) -> ImportRunQuerySet:
        """Those whose lists are not to be kept any longer."""
        return self.filter(created_at__lte=timezone.now() - KEPT_FOR)


class ImportRun(models.Model):
    """A list that somebody brings in: the kept file, what its columns mean, how far it is, what it did."""

    class Kind(models.TextChoices):
        CUSTOMERS = "customers", _("Customers")
        PURCHASES = "purchases", _("Purchases")

    class State(models.TextChoices):
        MAPPING = "mapping", _("Choosing columns")
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Checked")
        IMPORTING = "importing", _("Being imported")
        DONE = "done", _("Imported")
        CANCELLED = "cancelled", _("Cancelled")
        FAILED = "failed", _("Failed")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")

    class Mode(models.TextChoices):
        BOTH = "both", _("Create and update")
        CREATE = "create", _("Only create")
        UPDATE = "update", _("Only update")

    class Key(models.TextChoices):
        NUMBER = "number", _("the number in your other system")
        CODE = "code", _("customer code")
        PHONE = "phone", _("phone and name")
        EMAIL = "email", _("email and name")
        CITIZEN_ID = "citizen_id", _("citizen ID number")

    class Duplicates(models.TextChoices):
        CREATE = "create", _("Create them all the same; the check says which")
        SKIP = "skip", _("Leave them out")
        UPDATE = "update", _("Update whom they are almost certainly, where you may; create the others")

    class DateOrder(models.TextChoices):
        DAY_FIRST = "", _("day/month/year")
        MONTH_FIRST = "mdy", _("month/day/year")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.CUSTOMERS)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.MAPPING)
    asked_by = models.ForeignKey(
        User, verbose_name=_("brought by"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # Of who brought it.
    language = models.CharField(max_length=8)

    file_name = models.CharField(_("file"), max_length=200)
    stored_as = models.CharField(max_length=32, unique=True)
    file_size = models.PositiveBigIntegerField(_("size"))
    sheet = models.TextField(_("sheet"), blank=True)
    # [[name, whether people see it], …] of all sheets of a workbook, in its order.
    sheets = models.JSONField(default=list)
    encoding = models.CharField(_("encoding"), max_length=10, blank=True)
    delimiter = models.CharField(_("delimiter"), max_length=1, blank=True)
    header_line = models.PositiveIntegerField(_("line of the column names"), default=1)
    header = ArrayField(models.TextField(), verbose_name=_("columns"), default=list)

    # What each column of the file is here, in the order of the file; empty where it is left out.
    columns = ArrayField(models.CharField(max_length=30, blank=True), default=list)
    # By column of ours: what a word in the file means here, where that had to be said.
    meanings = models.JSONField(default=dict)
    date_order = models.CharField(
        _("dates in the file"),
        max_length=3,
        choices=DateOrder.choices,
        default=DateOrder.DAY_FIRST,
        blank=True,
    )
    scale = models.DecimalField(_("amounts times"), max_digits=12, decimal_places=3, default=1)
    mode = models.CharField(_("what to do"), max_length=6, choices=Mode.choices, default=Mode.BOTH)
    match_key = models.CharField(_("known by"), max_length=10, choices=Key.choices, default=Key.PHONE)
    duplicates = models.CharField(
        _("rows that resemble a customer"),
        max_length=6,
        choices=Duplicates.choices,
        default=Duplicates.CREATE,
    )
    source = models.CharField(_("name of the other system"), max_length=40, default="import")
    branch = models.ForeignKey(
        Branch,
        verbose_name=_("branch of new customers"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    owner = models.ForeignKey(
        User,
        verbose_name=_("person in charge of new customers"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    create_missing = models.BooleanField(_("create customers who are missing"), default=False)

    total = models.PositiveIntegerField(_("rows"), default=0)
    progress = models.PositiveIntegerField(_("rows so far"), default=0)
    cancel_asked = models.BooleanField(default=False)
    error = models.TextField(_("error"), blank=True)
    # The same with msgid and values, to be said in other languages.
    error_kept = models.JSONField(default=dict)
    created = models.PositiveIntegerField(pgettext_lazy("rows", "created"), default=0)
    updated = models.PositiveIntegerField(pgettext_lazy("rows", "updated"), default=0)
    unchanged = models.PositiveIntegerField(pgettext_lazy("rows", "unchanged"), default=0)
    skipped = models.PositiveIntegerField(pgettext_lazy("rows", "skipped"), default=0)
    failed = models.PositiveIntegerField(pgettext_lazy("rows", "failed"), default=0)
    restored = models.PositiveIntegerField(pgettext_lazy("rows", "restored"), default=0)
    kept = models.PositiveIntegerField(pgettext_lazy("rows", "kept"), default=0)
    created_at = models.DateTimeField(_("brought at"), auto_now_add=True)
    queued_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(_("started at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = [models.Index(fields=["asked_by", "-id"], name="import_of_person")]
        constraints = [
            models.CheckConstraint(condition=Q(scale__gt=0), name="import_scale_above_zero"),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_working(self) -> bool:
        """Whether the background worker has something to do for it."""
        return self.state in {self.State.CHECKING, self.State.IMPORTING, self.State.UNDOING}

    @property
    def may_change(self) -> bool:
        """Whether nothing has been written yet, so that columns and ways may still be chosen."""
        return self.state in {self.State.MAPPING, self.State.CHECKED}

    @property
    def is_finished(self) -> bool:
        return self.state in {self.State.DONE, self.State.CANCELLED, self.State.FAILED}

    @property
    def may_be_undone(self) -> bool:
        """Whether it wrote something, and what it takes to give that back is still kept."""
        is_kept = self.created_at > timezone.now() - KEPT_FOR
        return self.is_finished and is_kept and self.to_write > 0

    @property
    def percent(self) -> int:
        return min(100, self.progress * 100 // self.total) if self.total else 0

    @property
    def reason(self) -> str:
        """Why it could not be checked or finished, in the language of now; empty where it could."""
        return told(self.error_kept or {"text": self.error}) if self.error else ""

    @property
    def to_write(self) -> int:
        """How many rows an import would create or change, as the check found them."""
        return self.created + self.updated


class ImportRow(models.Model):
    """A row of such a list as it stands, what is wrong with it, and what became of it.

    It names its customer without a foreign key, as a log does: merging or erasing one never waits for a list.
    """

    class Verdict(models.TextChoices):
        CREATE = "create", _("Create")
        UPDATE = "update", _("Update")
        UNCHANGED = "unchanged", _("Nothing new")
        SKIP = "skip", _("Leave out")
        REJECT = "reject", _("Rejected")

    class Outcome(models.TextChoices):
        WAITING = "", _("waiting")
        CREATED = "created", pgettext_lazy("row", "created")
        UPDATED = "updated", pgettext_lazy("row", "updated")
        UNCHANGED = "unchanged", pgettext_lazy("row", "unchanged")
        SKIPPED = "skipped", pgettext_lazy("row", "skipped")
        FAILED = "failed", pgettext_lazy("row", "failed")

    class Undo(models.TextChoices):
        NONE = "", _("not undone")
        RESTORED = "restored", pgettext_lazy("row", "restored")
        KEPT = "kept", pgettext_lazy("row", "kept")

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows", db_index=False)
    line = models.PositiveIntegerField(_("line"))
    cells = ArrayField(models.TextField())
    verdict = models.CharField(max_length=9, choices=Verdict.choices)
    # [{"column": place in the file or null, "level": "error", "warning" or "question",
    #   "text": msgid, "values": {…}, "instead": …, "choices": [[code, name], …]}]
    problems = models.JSONField(default=list)
    # What tells two rows for one customer; empty where nothing does.
    key = models.TextField(blank=True)
    outcome = models.CharField(max_length=9, choices=Outcome.choices, blank=True)
    customer_pk = models.BigIntegerField(null=True)
    # {"before": {field: value}, "after": {…}, "phones": [added], "emails": [added]}
    written = models.JSONField(null=True)
    undo = models.CharField(max_length=8, choices=Undo.choices, blank=True)
    kept_because = models.TextField(blank=True)

    class Meta:
        verbose_name = _("imported row")
        verbose_name_plural = _("imported rows")
        constraints = [models.UniqueConstraint(fields=["run", "line"], name="import_row_once_a_line")]
        indexes = [
            models.Index(fields=["run", "line"], name="import_row_problems", condition=~Q(problems=[])),
            models.Index(fields=["run", "key", "line"], name="import_row_key", condition=~Q(key="")),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.line}"

    @property
    def customer_code(self) -> str:
        """The code of the customer whom the row became or changed; empty where there is none."""
        return code_of(self.customer_pk) if self.customer_pk else ""

    @property
    def unreadable(self) -> str:
        """Why the row as a whole could not be read in its file; empty where it could."""
        return next((told(problem) for problem in self.problems if not problem["field"]), "")

    @property
    def resembles(self) -> str:
        """Of whom the row may be a duplicate, as far as its reader may know."""
        return " ".join(told(problem) for problem in self.problems if problem["field"] == "duplicate")
