"""Methods that change the image and ask the model again."""
