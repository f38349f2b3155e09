import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from crm import bench
from crm.bench_scenarios import NothingToMeasureError, people, scenarios
from customers.models import Customer

WIDTH = 44


class Command(BaseCommand):
    help = "Measure the real pages on the loaded database against their budgets."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the results as JSON")
        parser.add_argument(
            "--user",
            action="append",
            default=[],
            help="log in as this user (may be repeated); else one per role",
        )
        parser.add_argument("--repeat", type=int, default=20, help="how often each page is timed (20)")
        parser.add_argument("--only", default="", help="only scenarios whose name contains this")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["repeat"] < 1:
            raise CommandError("--repeat must be at least 1.")
        try:
            chosen = scenarios(people(options["user"]))
        except User.DoesNotExist as error:
            raise CommandError(f"There is no such user: {', '.join(options['user'])}") from error
        except NothingToMeasureError as error:
            raise CommandError(str(error)) from error
        chosen = [scenario for scenario in chosen if options["only"] in scenario.name]
        try:
            self._report(bench.run(chosen, repeat=options["repeat"]), as_json=options["json"])
        except bench.UnexpectedAnswerError as error:
            raise CommandError(str(error)) from error

    def _report(self, results: Any, *, as_json: bool) -> None:
        if as_json:
            found = [result.as_dict() for result in results]
            self.stdout.write(json.dumps({"customers": Customer.objects.count(), "results": found}, indent=1))
            return
        self.stdout.write(
            f"{'':{WIDTH}} {'as':10} {'p50':>7} {'p95':>7} {'queries':>7} {'/ SQL':>6} {'budget':>6}"
        )
        missed = 0
        for result in results:
            missed += not result.is_within_budget
            verdict = "ok" if result.is_within_budget else "MISSED"
            self.stdout.write(
                f"{result.name[:WIDTH]:{WIDTH}} {result.user[:10]:10} {result.p50:7.1f} {result.p95:7.1f}"
                f" {result.queries:7} {result.ratio:6.1f} {result.budget:6} {verdict}"
            )
            self.stdout.flush()
        self.stdout.write(
            f"Milliseconds. {missed} budget(s) missed." if missed else "Milliseconds. All within budget."
        )
