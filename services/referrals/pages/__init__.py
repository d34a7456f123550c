"""The pages of referrals: for the staff of offices, and for operators."""

from services.referrals.pages import partners, referrals  # the modules hang their routes on the blueprint
from services.referrals.pages.blueprint import blueprint

__all__ = ["blueprint", "partners", "referrals"]
