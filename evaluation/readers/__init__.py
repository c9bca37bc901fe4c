"""Several people marked one radiograph: how far they agree, what they say together, and how one does among them."""
