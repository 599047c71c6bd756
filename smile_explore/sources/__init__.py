"""One module per transport: a product and an interval in, validated local paths out."""
