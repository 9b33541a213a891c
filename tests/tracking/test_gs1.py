from __future__ import annotations

import pytest

from tracking.values.errors import InvalidValue
from tracking.values.gs1 import check_digit, element_string, encoded, sscc


@pytest.mark.parametrize(
    ("digits", "last"),
    [
        ("629104150021", "3"),
        ("37610425002123456", "9"),
        ("00000000000000000", "0"),
        ("10614141000000000", "2"),
    ],
    ids=[
        "the example of a GTIN-13",
        "the example of an SSCC",
        "zero",
        "worked out by hand: 48 to 50",
    ],
)
def test_check_digit_is_that_of_published_examples(digits: str, last: str) -> None:
    assert check_digit(digits) == last


def test_sscc_has_18_digits_that_end_with_their_check_digit() -> None:
    code = sscc("9521234", 1001, extension=3)
    assert (len(code), code[:8], code[8:17]) == (18, "39521234", "000001001")
    assert code[17] == check_digit(code[:17])


@pytest.mark.parametrize(
    ("prefix", "serial", "cause"),
    [
        ("952", 1, "no GS1 company prefix"),
        ("9521234567890", 1, "no GS1"),
        ("95212345678", 10**5, "does not fit"),
    ],
)
def test_number_that_is_no_sscc_is_refused(prefix: str, serial: int, cause: str) -> None:
    with pytest.raises(InvalidValue, match=cause):
        sscc(prefix, serial)


def test_separator_stands_after_values_of_any_length_only() -> None:
    elements = [("91", "A-1"), ("00", "1" * 18), ("92", "B")]
    assert element_string(elements) == f"(91)A-1(00){'1' * 18}(92)B"
    assert encoded(elements, "~1") == f"~191A-1~100{'1' * 18}92B"


@pytest.mark.parametrize("value", ["", "ü", "A B", "x" * 91])
def test_value_that_gs1_cannot_encode_is_refused(value: str) -> None:
    with pytest.raises(InvalidValue, match="cannot hold"):
        element_string([("91", value)])
