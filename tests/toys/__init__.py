"""Methods and a model unlike those of the program, which its registries must take without special cases."""
