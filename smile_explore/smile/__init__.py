"""The SMILE mission: where it is, where it looks, what it would see."""
