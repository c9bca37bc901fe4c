"""Networks that weigh the places of an image before they classify it, and what such weighing is compared with."""
