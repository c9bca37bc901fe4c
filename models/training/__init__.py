"""Training MedicalPatchNet and the baseline CNN, by the published recipe or on the phantom cohort."""
