"""One file per family of findings; each function changes the scene and joins the finding's mask."""
