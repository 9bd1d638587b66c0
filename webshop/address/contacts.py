"""How somebody is reached and billed: e-mail addresses, phone numbers and VAT numbers as they are stored."""

import re

from webshop.text import clean_code

# Most addresses are so plain that no library has to be asked, which takes a while to load.
PLAIN = re.compile(r"[A-Za-z0-9]+([._+-][A-Za-z0-9]+)*@([A-Za-z0-9]+(-[A-Za-z0-9]+)*\.)+[A-Za-z]{2,}")
LONGEST_PLAIN = 64  # letters: nothing in it can be too long
NOBODYS = {"arpa", "invalid", "local", "localhost", "onion"}  # ends of names that get no mail

# What follows the letters of the country (EL is Greece, XI Northern Ireland): European Commission, VIES.
EUROPEAN = {
    "AT": r"U\d{8}",
    "BE": r"[01]\d{9}",
    "BG": r"\d{9,10}",
    "CY": r"\d{8}[A-Z]",
    "CZ": r"\d{8,10}",
    "DE": r"\d{9}",
    "DK": r"\d{8}",
    "EE": r"\d{9}",
    "EL": r"\d{9}",
    "ES": r"[A-Z]\d{7}[A-Z0-9]|\d{8}[A-Z]",
    "FI": r"\d{8}",
    "FR": r"[A-HJ-NP-Z0-9]{2}\d{9}",
    "HR": r"\d{11}",
    "HU": r"\d{8}",
    "IE": r"\d[A-Z0-9+*]\d{5}[A-Z]{1,2}",
    "IT": r"\d{11}",
    "LT": r"\d{9}|\d{12}",
    "LU": r"\d{8}",
    "LV": r"\d{11}",
    "MT": r"\d{8}",
    "NL": r"[A-Z0-9+*]{9}B[A-Z0-9+*]{2}",
    "PL": r"\d{10}",
    "PT": r"\d{9}",
    "RO": r"\d{2,10}",
    "SE": r"\d{12}",
    "SI": r"\d{8}",
    "SK": r"\d{9,10}",
    "XI": r"\d{9}|\d{12}|GD\d{3}|HA\d{3}",
}
BRITISH = {"GB": r"\d{9}|\d{12}|GD\d{3}|HA\d{3}"}


def read_email(typed: str) -> str:
    """The address as mail servers and Stripe take it, in ASCII: "ada@müller.de" is "ada@xn--mller-kva.de"; ""
    for what is none. Whether mail arrives is not asked here, but by sending it."""
    if _is_plain(typed):
        return typed
    from email_validator import EmailNotValidError, validate_email  # for the first that is not plain

    email = clean_code(typed)
    local, _at, _domain = email.rpartition("@")
    try:
        # Test domains are for tests.
        found = validate_email(email, check_deliverability=False, test_environment=True, allow_smtputf8=False)
    except EmailNotValidError:
        return ""
    return email if email.isascii() else f"{local}@{found.ascii_domain}"


def _is_plain(typed: str) -> bool:
    """Whether the library would surely take it as it is."""
    end = typed.rpartition(".")[2].lower()
    return len(typed) <= LONGEST_PLAIN and end not in NOBODYS and PLAIN.fullmatch(typed) is not None


def read_phone(typed: str, country: str) -> str:
    """The number as it is dialled from abroad: "0341 123456" in Germany is "+49 341 123456"; "" for what
    cannot be one."""
    import phonenumbers  # for the first who types one
    from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

    try:
        number = phonenumbers.parse(clean_code(typed), country)
    except NumberParseException:
        return ""
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return ""
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def read_vat_number(typed: str, country: str) -> str:
    """Without spaces and dots: "de 123.456.789" is "DE123456789"; "" for what cannot be one. Only the form of
    those of `country` is known, where it is European; whose it is, and whether it is theirs, nobody asks."""
    number = re.sub("[ ./-]", "", clean_code(typed).upper())
    if not re.fullmatch(r"(?=.*[0-9])[A-Z0-9+*]{4,20}", number):
        return ""
    if country == "GR":
        country, number = "EL", re.sub("^GR", "EL", number)
    pattern = (EUROPEAN | BRITISH).get(country)
    if pattern and number.startswith(country) and not _is(number, country, pattern):
        return ""
    return number


def vat_area(number: str) -> str:
    """ "eu" or "gb" for a number that has the form of one from there, else ""."""
    for area, patterns in (("eu", EUROPEAN), ("gb", BRITISH)):
        if any(_is(number, country, pattern) for country, pattern in patterns.items()):
            return area
    return ""


def _is(number: str, country: str, pattern: str) -> bool:
    return re.fullmatch(f"{country}(?:{pattern})", number, re.ASCII) is not None
