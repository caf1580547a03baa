"""Cambridge Results API: R1 to R7."""
