"""What maps are scored against: masks, forms, readers, anatomy."""
