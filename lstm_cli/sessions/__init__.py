"""One training from first to last, however it begins: it reports facts to whoever listens, and prints nothing."""
