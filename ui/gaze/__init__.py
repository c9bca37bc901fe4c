"""Where somebody looked, in the view: of a dataset or of files; an annotation that is a map and has no border."""
