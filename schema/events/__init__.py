"""Events: what may be asked, recorded and followed."""
