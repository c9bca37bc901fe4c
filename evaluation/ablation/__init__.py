"""What each part of a training recipe is worth: variants of one recipe, several seeds each, scored alike."""
