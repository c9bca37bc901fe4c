"""How far a method's map resembles where people looked: scores of maps against maps, in no mean with masks."""
