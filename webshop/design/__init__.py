"""The designer's bench: a gallery of all templates in all states, live reload, mistakes in the page."""
