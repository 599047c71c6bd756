"""One module per file format: a path in, a raw Dataset in the archive's own terms out."""
