"""What is alike: all methods of the registry on the same radiographs, by ranks and by largest difference."""
