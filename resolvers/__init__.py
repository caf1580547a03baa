"""How each field is answered, and what must hold before it is. No SQL, no HTTP."""
