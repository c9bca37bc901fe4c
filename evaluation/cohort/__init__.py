"""A cohort's counts at every threshold, as the page reads them."""
