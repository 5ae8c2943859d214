"""An estimate against the bill: error per resource with its cause, and the usage that the bill teaches the next estimate."""

from cost.reconcile.compare import reconcile
from cost.reconcile.learn import learn_usage
from cost.reconcile.model import LearnedUsage, Reconciliation

__all__ = ["LearnedUsage", "Reconciliation", "learn_usage", "reconcile"]
