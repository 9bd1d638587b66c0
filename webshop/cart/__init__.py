"""The cart: on the server, named by a signed cookie, priced anew each time it is shown."""
