"""A made-up bill for a stack's own estimate, marked synthetic on every row: for demos and tests, never for decisions."""

from cost.synthetic.generate import generate_bill
from cost.synthetic.model import PlanTerms, Spike, SpikeRequest, SyntheticBill

__all__ = ["PlanTerms", "Spike", "SpikeRequest", "SyntheticBill", "generate_bill"]
