"""An office's calendar by page: seen, changed piece by piece, with whom it concerns before it is done."""
