"""What the benchmark writes: tables, figures, a manifest, and the tables of the MedicalPatchNet README."""
