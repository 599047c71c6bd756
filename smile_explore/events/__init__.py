"""Find, label, read and write intervals of interest."""
