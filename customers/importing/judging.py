"""What would become of the rows of a list: the same reading and matching for the check and for the import."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.models import User
from customers.importing.binding import Binding
from customers.importing.customer_rows import CUSTOMER_CANON, CustomerReader, CustomerRow
from customers.importing.customer_saving import change_of, stored_customers
from customers.importing.errors import RowError
from customers.importing.fields import CUSTOMER_FIELDS, ImportField, mapping_of
from customers.importing.mapping import Canon, ImportMapping, Options
from customers.importing.matching import Match, Matcher
from customers.importing.resembling import FIELD, ResemblanceFinder
from customers.models import ImportRow, ImportRun
from customers.said import Listed, kept
from customers.said import said as _
from customers.vietnamese.money import NO_BREAK_SPACE
from customers.vietnamese.phones import format_phone, parse_phone
from customers.vietnamese.typed import InputError

WIZARD_CANON = Canon(columns=("code", *CUSTOMER_CANON.columns), required=(), money=CUSTOMER_CANON.money)
DATE_COLUMNS = ("birth_date", "created_at", "purchased_at")
_LOOK_ALIKE = str.maketrans("OoQIlSsBZz", "0001155822")
_TWO_NUMBERS = re.compile(r"\s*'?(\d{1,2})([/.-])(\d{1,2})(\2\d{2,4}.*)", re.DOTALL)

_CHOICES = {field.name: field.choices for field in CUSTOMER_FIELDS if field.choices is not None}
Verdict = ImportRow.Verdict


@dataclass(slots=True)
class Piece:
    """A row of a list before it is judged; `problem` says why it cannot be read at all."""

    line: int
    cells: list[str]
    problem: str = ""


@dataclass(slots=True)
class Judged:
    """A row with what is wrong or remarkable about it, and whom it is about."""

    piece: Piece
    row: CustomerRow = field(default_factory=lambda: CustomerRow(0, ""))
    errors: list[RowError] = field(default_factory=list)
    hints: list[RowError] = field(default_factory=list)
    verdict: str = Verdict.REJECT
    match: int | None = None
    key: str = ""


class CustomerJudge:
    """Judges rows of one import for the person who brought it."""

    def __init__(self, run: ImportRun) -> None:
        self._run = run
        mapping = mapping_for(run, CUSTOMER_FIELDS, money="monthly_income")
        self._reader = CustomerReader(
            Binding(run.header, mapping, WIZARD_CANON), mapping, viewer=viewer_of(run)
        )
        self._resemblances = ResemblanceFinder(run, viewer_of(run))
        self._matcher = Matcher(key=run.match_key, source=run.source, viewer=viewer_of(run))
        self._turned = turned_dates(run)

    def judge(self, pieces: Sequence[Piece]) -> list[Judged]:
        """What would become of each row; a fixed number of queries for any number of rows."""
        judged = [self._read(piece) for piece in pieces]
        readable = {one.row.line: one for one in judged if not one.errors}
        rows = [one.row for one in readable.values()]
        matches = self._matcher.find(rows)
        self._recognise([row for row in rows if matches[row.line].is_nobody], matches)
        found = {line: match.pk for line, match in matches.items() if match.pk}
        stored = stored_customers(found, rows)
        for line, one in readable.items():
            has_news = line not in found or (line in stored and change_of(stored[line], one.row) is not None)
            self._decide(one, matches[line], has_news=has_news)
        return judged

    def _recognise(self, unknown: Sequence[CustomerRow], matches: dict[int, Match]) -> None:
        """Look among the customers for whom rows resemble that nothing else says who they are about."""
        for line, found in self._resemblances.find(unknown).items():
            likeliest = found[0]
            certain = [one for one in found if one.is_almost_certain and one.is_editable]
            said = RowError(FIELD, (certain or found)[0].said)
            is_update = self._run.duplicates == ImportRun.Duplicates.UPDATE
            # Where two are as certain, a person has to say which.
            if is_update and len(certain) == 1 and likeliest is certain[0]:
                matches[line] = Match(likeliest.pk, resembles=said)
            else:
                matches[line] = Match(resembles=said)

    def _read(self, piece: Piece) -> Judged:
        if piece.problem:
            return Judged(piece, CustomerRow(piece.line, ""), [RowError("", piece.problem)])
        cells = days_first(piece.cells, self._turned)
        row, errors = self._reader.read_all(piece.line, cells)
        errors = [_in_labels(error) for error in errors]
        key = "" if errors else self._matcher.key_of(row)
        return Judged(piece, row, errors, [*row.changed, *row.warnings], key=key)

    def _decide(self, one: Judged, match: Match, *, has_news: bool) -> None:
        """The verdict on a row that can be read."""
        one.match = match.pk
        if match.error:
            one.errors.append(match.error)
            return
        if match.resembles:
            one.hints.append(match.resembles)
        if match.pk:
            one.key = f"customer:{match.pk}"
            wanted = self._run.mode != ImportRun.Mode.CREATE
            one.verdict = (Verdict.UPDATE if has_news else Verdict.UNCHANGED) if wanted else Verdict.SKIP
            return
        is_left_out = match.resembles and self._run.duplicates == ImportRun.Duplicates.SKIP
        if is_left_out or self._run.mode == ImportRun.Mode.UPDATE:
            one.verdict = Verdict.SKIP
            return
        if refusal := self._refusal_of_new(one.row):
            one.errors.append(refusal)
            return
        if match.hint and not match.resembles:
            one.hints.append(match.hint)
        one.verdict = Verdict.CREATE

    def _refusal_of_new(self, row: CustomerRow) -> RowError | None:
        """A new customer needs a name, as in the form; or a number, where a list has no names."""
        if row.fields.get("given_name") or row.fields.get("family_name"):
            return None
        if row.external_id and "full_name" not in self._run.columns:
            return None
        return RowError("full_name", _("Enter the customer's name."))

    def complete(self, row: CustomerRow) -> CustomerRow:
        """A new customer with the branch and the person in charge that the import gives to those without."""
        if "owner_id" not in row.fields and "branch_id" not in row.fields:
            if self._run.owner_id:
                row.fields["owner_id"] = self._run.owner_id
            if self._run.branch_id:
                row.fields["branch_id"] = self._run.branch_id
        return row


def _in_labels(error: RowError) -> RowError:
    """What is allowed in a closed list, in the words of the pages instead of our codes."""
    choices = _CHOICES.get(error.field)
    if choices is None:
        return error
    allowed = Listed(choices.labels)
    return RowError(
        error.field, _("Not known. Give it a meaning above, or write: %(allowed)s.") % {"allowed": allowed}
    )


def viewer_of(run: ImportRun) -> User:
    """Whose rows and rights an import goes by: those of whoever brought it, as they are now."""
    return run.asked_by


def mapping_for(run: ImportRun, fields: Sequence[ImportField], *, money: str) -> ImportMapping:
    """What was said of the columns of a list; `money` is the column of ours that its rate is about."""
    return mapping_of(
        titles=run.header,
        columns=run.columns,
        fields=fields,
        options=Options(source=run.source),
        values=run.meanings,
        scale={money: run.scale},
    )


def turned_dates(run: ImportRun) -> frozenset[int]:
    """The columns whose dates begin with the month."""
    if run.date_order != ImportRun.DateOrder.MONTH_FIRST:
        return frozenset()
    return frozenset(place for place, name in enumerate(run.columns) if name in DATE_COLUMNS)


def days_first(cells: list[str], turned: frozenset[int]) -> list[str]:
    """The cells of a row with the dates in these columns turned round."""
    if not turned:
        return cells
    return [day_first(cell) if place in turned else cell for place, cell in enumerate(cells)]


def problems_of(one: Judged, columns: Sequence[str]) -> list[dict[str, Any]]:
    """What is kept beside a row: each problem at the first column of the file that it is about."""
    found: list[dict[str, Any]] = []
    for level, problems in (("error", one.errors), ("warning", one.hints)):
        for problem in problems:
            place = columns.index(problem.field) if problem.field in columns else None
            known: dict[str, Any] = {
                "column": place,
                "level": level,
                "field": problem.field,
                **kept(problem.message),
            }
            if problem.choices and place is not None:
                known |= {"level": "question", "choices": problem.choices}
            if level == "error" and problem.field == "phone" and place is not None:
                known["instead"] = phone_instead(one.piece.cells[place] if one.piece.cells else "")
            found.append(known)
    return found


def phone_instead(text: str) -> str:
    """The number that was probably meant, where letters stand for the digits they look like; else nothing."""
    meant = text.translate(_LOOK_ALIKE)
    if meant == text:
        return ""
    try:
        return format_phone(parse_phone(meant).number).replace(NO_BREAK_SPACE, " ")
    except InputError:
        return ""


def day_first(text: str) -> str:
    """A date that begins with the month, turned round: 12/31/1990 is 31/12/1990; any other text as it is."""
    found = _TWO_NUMBERS.fullmatch(text)
    return f"{found[3]}{found[2]}{found[1]}{found[4]}" if found else text


def guess_date_order(values: Sequence[str]) -> str:
    """The order that makes dates of all the values; day first where both do or neither."""
    pairs = [(int(found[1]), int(found[3])) for value in values if (found := _TWO_NUMBERS.fullmatch(value))]
    months = 12
    day_first_fails = sum(second > months for _first, second in pairs)
    month_first_fails = sum(first > months for first, _second in pairs)
    is_month_first = day_first_fails > month_first_fails
    return ImportRun.DateOrder.MONTH_FIRST if is_month_first else ImportRun.DateOrder.DAY_FIRST
