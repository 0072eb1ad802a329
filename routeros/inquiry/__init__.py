"""Commands that only ask: which there are, what each may cost, and what of their rows may be seen."""

from routeros.inquiry.allowed import EXTRAS, Asking, Extra, Refused, Wish, asks
from routeros.inquiry.rows import Shelf, seen

__all__ = ["EXTRAS", "Asking", "Extra", "Refused", "Shelf", "Wish", "asks", "seen"]
