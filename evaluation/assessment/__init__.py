"""Whether what a model says about an image can be read at all: one verdict for every tab, export, answer and command.

`film_of` looks at an image once; `assess` says what that means for a model.
"""

from evaluation.assessment.assess import assess
from evaluation.assessment.film import Film, film_of
from evaluation.assessment.verdict import Assessment, Reason, Remedy, State

__all__ = ["Assessment", "Film", "Reason", "Remedy", "State", "assess", "film_of"]
