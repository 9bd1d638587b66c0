"""Signatures: what we signed is read, also after a change of keys; nothing else is."""

import pytest

from webshop.web.signing import Signatures

OLDEST, OLD, NEW = "o" * 32, "p" * 32, "q" * 32


def test_what_was_signed_is_read() -> None:
    signatures = Signatures([NEW])
    assert signatures.read_cart(signatures.sign_cart("c" * 32)) == "c" * 32
    assert signatures.read_order(signatures.sign_order("K7QM-2XTD")) == "K7QM-2XTD"


def test_the_newest_key_signs_the_one_before_is_still_read_and_older_ones_are_not() -> None:
    signatures = Signatures([NEW, OLD])

    assert signatures.sign_order("K7QM-2XTD") == Signatures([NEW]).sign_order("K7QM-2XTD")
    assert signatures.read_order(Signatures([OLD]).sign_order("K7QM-2XTD")) == "K7QM-2XTD"
    assert signatures.read_cart(Signatures([OLD]).sign_cart("cart")) == "cart"
    assert signatures.read_order(Signatures([OLDEST]).sign_order("K7QM-2XTD")) is None
    assert signatures.read_cart(Signatures([OLDEST]).sign_cart("cart")) is None


def test_a_carts_signature_opens_no_order_nor_the_other_way_round() -> None:
    signatures = Signatures([NEW])
    assert signatures.read_order(signatures.sign_cart("K7QM-2XTD")) is None
    assert signatures.read_cart(signatures.sign_order("K7QM-2XTD")) is None


@pytest.mark.parametrize("number", range(len("K7QM-2XTD")))
def test_another_value_under_the_same_signature_is_refused(number: int) -> None:
    signed = Signatures([NEW]).sign_order("K7QM-2XTD")
    tampered = signed[:number] + "3" + signed[number + 1 :]
    assert Signatures([NEW]).read_order(tampered) is None


def test_a_signature_with_one_other_letter_or_cut_short_is_refused() -> None:
    signatures = Signatures([NEW])
    value, _dot, signature = signatures.sign_order("K7QM-2XTD").rpartition(".")
    other = "A" if signature[0] != "A" else "B"

    assert len(signature) == 43  # 256 bits
    assert signatures.read_order(f"{value}.{other}{signature[1:]}") is None
    for length in range(43):
        assert signatures.read_order(f"{value}.{signature[:length]}") is None


@pytest.mark.parametrize(
    "signed", ["", ".", "K7QM-2XTD", "K7QM-2XTD.", "größer.é", "\ud800.x", "\x00", "K7QM-2XTD.😀", "." * 9999]
)
def test_what_nobody_signed_is_refused(signed: str) -> None:
    assert Signatures([NEW]).read_order(signed) is None
    assert Signatures([NEW]).read_cart(signed) is None


def test_who_was_read_once_is_read_again_and_nobody_elses_signature_is_theirs() -> None:
    signatures, others = Signatures([NEW]), Signatures([OLD])
    signed, forged = (each.sign_cart("c" * 32) for each in (signatures, others))
    assert [signatures.read_cart(each) for each in (signed, forged) * 2] == ["c" * 32, None] * 2
    assert [others.read_cart(each) for each in (signed, forged) * 2] == [None, "c" * 32] * 2


def test_what_is_too_long_for_a_cart_is_not_kept_to_be_refused_again() -> None:
    signatures = Signatures([NEW])
    before = signatures._read_cart.cache_info().currsize
    assert [signatures.read_cart("." * 8000 + str(number)) for number in range(10)] == [None] * 10
    assert signatures._read_cart.cache_info().currsize == before == 0
    assert len(signatures.sign_cart("c" * 32)) == 76


def test_what_earlier_releases_signed_is_still_read() -> None:
    """Carts and order links outlive an upgrade: these were made by the first release."""
    signatures = Signatures(["k" * 32])
    assert (
        signatures.read_cart("00000000000000000000000000000000.zCJKlWAst1ZDwTg-8TNjDwoTv5uvmdAVZuq55bfZp-w")
        == "0" * 32
    )
    assert signatures.read_order("K7QM-2XTD.MYy1WYgxjbAw6Aola9RJBIqz2v1HYwceBOjFn9JCBBo") == "K7QM-2XTD"
