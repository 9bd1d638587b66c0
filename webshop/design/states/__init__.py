"""The states of templates: data beside them, made into objects of the shop's own types, and drawn."""
