"""What a customer's closed periods owe as of a cut, line by line, with the commits that run over several of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sretool.billing.catalog.values import Commit, Customer, PlanVersion
from sretool.billing.invoices.usage import Quantities
from sretool.billing.periods import BillingPeriod, active_share, commit_months
from sretool.billing.pricing import OwedLine, Rounding, owed_lines
from sretool.money import minor_units

COMMIT_PREFIX = "commit:"


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for one period: the customer and the plan version of its catalogue, without which nothing is owed."""

    period: BillingPeriod
    customer: Customer
    version: PlanVersion | None


@dataclass(frozen=True, slots=True)
class Account:
    """The closed periods of a customer by their start, with their usage as of one cut."""

    terms: Mapping[int, Terms]
    quantities: Mapping[int, Quantities]
    usage_rounding: Rounding = minor_units
    _plan_lines: dict[int, list[OwedLine]] = field(default_factory=dict)

    def owed(self, start_us: int) -> list[OwedLine]:
        """The lines of a period: those of its plan, the minimum, then the commits that it bills."""
        terms = self.terms[start_us]
        commits = [(commit, self._commit_minor(commit, terms)) for commit in terms.customer.commits]
        return [
            *self._of_plan(start_us),
            *(
                OwedLine("commit", f"{COMMIT_PREFIX}{commit.id}", minor)
                for commit, minor in commits
                if minor is not None
            ),
        ]

    def _of_plan(self, start_us: int) -> list[OwedLine]:
        if start_us not in self._plan_lines:
            terms = self.terms[start_us]
            self._plan_lines[start_us] = (
                []
                if terms.version is None
                else owed_lines(
                    terms.version,
                    self.quantities.get(start_us, {}),
                    share=active_share(terms.customer, terms.period.month),
                    usage_rounding=self.usage_rounding,
                )
            )
        return self._plan_lines[start_us]

    def _commit_minor(self, commit: Commit, terms: Terms) -> int | None:
        """A prepaid commit is billed in its first month; what is missing of a postpaid one in its last."""
        first, last = commit_months(commit)
        if commit.kind == "prepaid":
            return commit.amount_minor if terms.period.month == first else None
        if terms.period.month != last:
            return None
        covered = [start_us for start_us, other in self.terms.items() if first <= other.period.month <= last]
        used = sum(line.amount_minor for start_us in covered for line in self._of_plan(start_us) if line.is_usage)
        return max(0, commit.amount_minor - used)
