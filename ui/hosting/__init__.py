"""Files for who hosts the app, and the question whether it lives."""
