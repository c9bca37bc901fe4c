"""What else looks like this patch to the model: an index of a cohort's patches, searched exactly."""
