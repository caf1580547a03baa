"""What an operation is, what it asks of whom, and how long that takes: for the operator at the command line."""
