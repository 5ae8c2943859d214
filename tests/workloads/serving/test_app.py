from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from workloads.serving.app import ATTRIBUTES_HEADER, create_app
from workloads.serving.model import Model, load_model
from workloads.serving.payload import MAX_BODY_BYTES

GOOD = {"instances": [[0.0] * 64]}


@pytest.fixture
def client(model_directory: Path) -> Iterator[TestClient]:
    loaded = threading.Event()

    def load() -> Model:
        model = load_model(model_directory)
        loaded.set()
        return model

    with TestClient(create_app(load)) as client:
        assert loaded.wait(10)
        while client.get("/ping").status_code != 200:
            pass
        yield client


def test_ping_says_503_until_the_model_is_loaded_and_200_from_then_on(model_directory: Path) -> None:
    may_load = threading.Event()

    def load() -> Model:
        assert may_load.wait(10)
        return load_model(model_directory)

    with TestClient(create_app(load)) as client:
        assert client.get("/ping").status_code == 503
        assert client.post("/invocations", json=GOOD).status_code == 503
        may_load.set()
        while (status := client.get("/ping").status_code) == 503:
            pass
        assert status == 200 and client.post("/invocations", json=GOOD).status_code == 200


def test_a_model_that_can_not_be_loaded_is_reported_and_never_healthy(tmp_path: Path) -> None:
    failed = threading.Event()
    with TestClient(create_app(lambda: load_model(tmp_path), lambda error: failed.set())) as client:
        assert failed.wait(10)
        assert client.get("/ping").status_code == 503


def test_ping_has_an_empty_body(client: TestClient) -> None:
    assert client.get("/ping").content == b""


def test_an_answer_is_json_with_a_label_and_ten_probabilities(client: TestClient) -> None:
    response = client.post("/invocations", json=GOOD)
    assert response.status_code == 200 and response.headers["content-type"] == "application/json"
    (prediction,) = response.json()["predictions"]
    assert len(prediction["probabilities"]) == 10 and abs(sum(prediction["probabilities"]) - 1) < 1e-9


def test_csv_in_and_csv_out(client: TestClient) -> None:
    response = client.post("/invocations", content=",".join(["1"] * 64), headers={"content-type": "text/csv"})
    assert response.status_code == 200 and response.headers["content-type"].startswith("text/csv")
    assert response.text.strip().isdigit()


def test_a_request_without_a_content_type_is_read_as_json(client: TestClient) -> None:
    assert client.post("/invocations", content=json.dumps(GOOD)).status_code == 200


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{", {"content-type": "application/json"}, 400),
        (b'{"instances": [[1]]}', {"content-type": "application/json"}, 422),
        (b"x", {"content-type": "application/x-npy"}, 415),
        (b'{"instances": []}', {"accept": "image/png"}, 406),
    ],
)
def test_a_bad_request_is_a_4xx_with_a_reason_in_json(client: TestClient, content: bytes, headers: dict[str, str], status: int) -> None:
    response = client.post("/invocations", content=content, headers=headers)
    assert response.status_code == status and response.json()["error"]


def test_a_body_of_six_mebibytes_is_read_and_one_byte_more_is_a_413(client: TestClient) -> None:
    assert MAX_BODY_BYTES == 6_291_456
    body = json.dumps(GOOD).encode()
    assert client.post("/invocations", content=body.ljust(MAX_BODY_BYTES)).status_code == 200
    assert client.post("/invocations", content=body.ljust(MAX_BODY_BYTES + 1)).status_code == 413


def test_a_body_sent_in_chunks_is_measured_too(client: TestClient) -> None:
    chunks = (b" " * 1_000_000 for _ in range(7))
    assert client.post("/invocations", content=chunks).status_code == 413


def test_the_limit_is_the_one_in_awss_own_api_model() -> None:
    import gzip

    import botocore

    (path,) = (Path(botocore.__file__).parent / "data" / "sagemaker-runtime").glob("*/service-2.json.gz")
    assert json.loads(gzip.decompress(path.read_bytes()))["shapes"]["BodyBlob"]["max"] == MAX_BODY_BYTES


def test_the_answer_says_which_model_gave_it_and_returns_the_callers_trace(client: TestClient, model_directory: Path) -> None:
    ours = f"model-sha256={load_model(model_directory).sha256}"
    assert client.post("/invocations", json=GOOD).headers[ATTRIBUTES_HEADER] == ours
    assert client.post("/invocations", json=GOOD, headers={ATTRIBUTES_HEADER: "trace=7"}).headers[ATTRIBUTES_HEADER] == f"trace=7;{ours}"


def test_the_attributes_stay_within_sagemakers_1024_characters(client: TestClient) -> None:
    for length in (900, 901, 5000):
        answer = client.post("/invocations", json=GOOD, headers={ATTRIBUTES_HEADER: "x" * length}).headers[ATTRIBUTES_HEADER]
        assert len(answer) <= 1024 and "model-sha256=" in answer


def test_nothing_else_is_served(client: TestClient) -> None:
    assert {client.get(path).status_code for path in ("/", "/docs", "/openapi.json", "/redoc", "/metrics")} == {404}
    assert client.get("/invocations").status_code == 405
