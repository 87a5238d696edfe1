"""Units of a processing element, one file each, named as in the model."""
