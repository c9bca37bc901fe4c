"""Maps and masks pixel by pixel: enlarging, counting, thresholds."""
