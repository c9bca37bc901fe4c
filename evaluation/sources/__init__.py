"""Where maps come from: the program's own outputs, CheXlocalize pickles, and any other method's files."""
