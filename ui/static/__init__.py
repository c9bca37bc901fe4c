"""A site without a server: what the page shows of chosen cases, written once, for any web server to hand out."""
