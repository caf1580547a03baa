"""How owned stores come to have their tables: a folder of migrations for each, in the order of their numbers."""
