"""From what drove it to what it did: lag, timing, epochs, association."""
