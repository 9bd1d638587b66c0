"""Everything that speaks SQL. One module of queries per noun; each takes an open connection."""
