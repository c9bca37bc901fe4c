"""Methods that ask the network's gradient by the pixels of its input, one file a method."""
