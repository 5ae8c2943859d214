from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workloads.network import Array
from workloads.serving.payload import CSV, JSON, Predictions, Refusal, accepted_type, media_type, parse, render

PIXELS = st.lists(st.floats(0, 16), min_size=64, max_size=64)
ROWS = st.lists(PIXELS, min_size=1, max_size=4)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)


def _refused(body: bytes, content_type: str = JSON) -> Refusal:
    with pytest.raises(Refusal) as caught:
        parse(body, content_type)
    return caught.value


@given(ROWS)
def test_json_and_csv_of_the_same_rows_give_the_same_pixels(rows: list[list[float]]) -> None:
    from_json = parse(json.dumps({"instances": rows}).encode(), JSON)
    from_csv = parse("\n".join(",".join(map(repr, row)) for row in rows).encode(), CSV)
    assert from_json.tolist() == from_csv.tolist() == rows


@settings(max_examples=200)
@given(st.binary(max_size=400), st.sampled_from([JSON, CSV]))
def test_any_bytes_are_either_rows_or_a_4xx_with_a_reason(body: bytes, content_type: str) -> None:
    _rows_or_4xx(body, content_type)


@settings(max_examples=200)
@given(ANY_JSON | st.fixed_dictionaries({"instances": ANY_JSON}))
def test_any_json_is_either_rows_or_a_4xx_with_a_reason(value: object) -> None:
    _rows_or_4xx(json.dumps(value).encode(), JSON)


@settings(max_examples=100)
@given(st.text(alphabet="0123456789.,-+einfa#\"' \n\r\t_", max_size=200))
def test_any_csv_is_either_rows_or_a_4xx_with_a_reason(text: str) -> None:
    _rows_or_4xx(text.encode(), CSV)


def _rows_or_4xx(body: bytes, content_type: str) -> None:
    try:
        rows = parse(body, content_type)
    except Refusal as refusal:
        assert refusal.status in (400, 422) and refusal.reason and len(refusal.reason) < 1000
    else:
        assert rows.shape[1] == 64 and (rows >= 0).all() and (rows <= 16).all()


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[1,", b"[" * 100_000])
def test_what_is_not_json_is_a_400(body: bytes) -> None:
    assert _refused(body).status == 400


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([[0] * 64], "object"),
        ({}, "instances"),
        ({"instances": []}, "at least 1"),
        ({"instances": [[0] * 63]}, "row 1 has 63 numbers"),
        ({"instances": [[0] * 64, [0] * 65]}, "row 2 has 65 numbers"),
        ({"instances": [["0"] * 64]}, "and 61 more"),
        ({"instances": [[True] * 64]}, "valid number"),
        ({"instances": [[math.nan] + [0] * 63]}, "finite"),
        ({"instances": [[math.inf] + [0] * 63]}, "finite"),
        ({"instances": [[0] * 63 + [255]]}, "row 1, pixel 64 is 255; pixels are 0 to 16"),
        ({"instances": [[-1] + [0] * 63]}, "pixel 1 is -1"),
        ({"instances": [[0] * 64], "instance": 1}, "instance"),
    ],
)
def test_json_of_another_shape_is_a_422_that_says_where(value: object, reason: str) -> None:
    refusal = _refused(json.dumps(value).encode())
    assert refusal.status in (400, 422) and (reason in refusal.reason or refusal.status == 400)
    if not any(text in json.dumps(value) for text in ("NaN", "Infinity")):
        assert refusal.status == 422 and reason in refusal.reason


def test_not_a_number_never_reaches_the_model() -> None:
    assert _refused(b'{"instances": [[NaN' + b",0" * 63 + b"]]}").status in (400, 422)
    assert _refused(b"nan" + b",0" * 63, CSV).status == 422
    assert _refused(b'{"instances": [[1e999' + b",0" * 63 + b"]]}").status == 422


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"\n\n", 422),
        (b"1,2,3", 422),
        (b"a" + b",0" * 63, 400),
        (b",".join([b"0"] * 64) + b"\n1,2", 400),
        (b"\xff\xfe", 400),
        (b"17" + b",0" * 63, 422),
        (b"inf" + b",0" * 63, 422),
        (b"# a comment", 400),
    ],
)
@pytest.mark.filterwarnings("error")
def test_a_bad_csv_is_a_4xx(body: bytes, status: int) -> None:
    assert _refused(body, CSV).status == status


@pytest.mark.parametrize("content_type", ["application/x-npy", "text/plain", "", "application/jsonlines"])
def test_another_content_type_is_a_415_whatever_the_body(content_type: str) -> None:
    assert _refused(b'{"instances": []}', content_type).status == 415


@pytest.mark.parametrize(
    ("header", "expected"),
    [("text/csv", "text/csv"), ("Text/CSV; charset=utf-8", "text/csv"), (" application/json ", "application/json"), (None, "application/json")],
)
def test_a_content_type_is_read_without_its_parameters(header: str | None, expected: str) -> None:
    assert media_type(header, JSON) == expected


@pytest.mark.parametrize(
    ("accept", "request_type", "answer"),
    [(None, CSV, CSV), ("*/*", JSON, JSON), ("text/csv", JSON, CSV), ("image/png, application/json;q=0.5", CSV, JSON), ("text/*", CSV, CSV), ("", JSON, JSON)],
)
def test_the_answer_is_in_the_type_that_the_caller_takes(accept: str | None, request_type: str, answer: str) -> None:
    assert accepted_type(accept, request_type) == answer


def test_an_answer_in_no_type_that_we_have_is_a_406() -> None:
    with pytest.raises(Refusal) as caught:
        accepted_type("image/png", JSON)
    assert caught.value.status == 406


def test_answers_name_the_likeliest_class_in_the_order_asked() -> None:
    probabilities: Array = np.eye(10)[[3, 0, 9]]
    assert render(probabilities, CSV) == b"3\n0\n9\n"
    answer = Predictions.model_validate_json(render(probabilities, JSON))
    assert [row.label for row in answer.predictions] == [3, 0, 9]
    assert [row.probabilities for row in answer.predictions] == probabilities.tolist()
