"""Each kind of product file that is understood, read into the values of `source`."""
