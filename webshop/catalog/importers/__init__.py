"""Moving in: the product files of other shops, as a catalogue of ours."""
