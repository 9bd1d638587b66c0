"""Are there known holes in what is installed? `make audit` asks; only the standard library is needed here."""
