"""The phantom cohort: simulated frontal chest radiographs with exact masks.

`simulate_case` gives one case; `write_cohort` writes many in CheXlocalize's layout.
"""
