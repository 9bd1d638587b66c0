"""Who buys in the tests, and with which cards: one person, as a form, as typed, and as the shop reads it."""

from webshop.address import Address
from webshop.checkout.details import Details

ADA = Details("ada@example.com", Address("Ada Lovelace", "1 Analytical Street", "", "10115", "Berlin", "DE"))
GRACE = Details("grace@example.com", ADA.address)

# The checkout's fields by their names, and by the autocomplete tokens that a person's browser knows.
FORM = {
    "email": ADA.email,
    "name": ADA.address.name,
    "line1": ADA.address.line1,
    "line2": ADA.address.line2,
    "postal_code": ADA.address.postal_code,
    "city": ADA.address.city,
    "country": ADA.address.country,
}
TOKENS = {
    "line1": "address-line1",
    "line2": "address-line2",
    "postal_code": "postal-code",
    "city": "address-level2",
}
TYPED = {TOKENS.get(name, name): value for name, value in FORM.items()}

GOOD_CARD, DECLINED, CHALLENGED = "4242424242424242", "4000000000000002", "4000002760003184"
# The sandbox's own form, as people type it.
CARD = {"number": "4242 4242 4242 4242", "expiry": "12/34", "cvc": "123", "method": "card"}
