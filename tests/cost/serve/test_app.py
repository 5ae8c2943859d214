from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from starlette.testclient import TestClient

from cost.bill.charge_table import SCHEMA
from cost.bill.engine import Engine
from cost.bill.model import Bill
from cost.bill.tags import TagKey
from cost.report import Report
from cost.serve.app import create_app
from cost.serve.live import LiveBill
from cost.serve.server import bound, url_of
from plinth.errors import InputError

FIRST = date(2026, 9, 1)
HOSTILE = "</script><script>alert(1)</script>"
LOCAL = "http://127.0.0.1:8765"


class Files:
    """What is read: a bill made anew each time, or an error."""

    def __init__(self, row: Callable[..., dict[str, Any]]) -> None:
        self.row, self.reads, self.error = row, 0, False

    def rows(self) -> list[dict[str, Any]]:
        days = [FIRST + timedelta(days=number) for number in range(61)]
        made = [self.row(day, Decimal(cost), Tags={"team": team}, ResourceId=team) for day in days for team, cost in (("vision", 5), (HOSTILE, 1))]
        return [*made, self.row(days[-1], 100 * self.reads, Tags={"team": "late"})]

    def read(self) -> Bill:
        if self.error:
            raise InputError("the csv ends inside a quoted value", where="bill.csv", fix="fetch it again")
        self.reads += 1
        engine = Engine()
        rows = self.rows()
        engine.backend.con.register("made", pa.Table.from_pylist(rows, schema=SCHEMA.to_pyarrow()))
        keys = (TagKey(key="team", columns=(), spelling="team"),)
        stored = engine.store("charges", SCHEMA, "SELECT * FROM made")
        return Bill(charges=stored, engine=engine, files=(), format="made", rows=len(rows), currency="USD", tag_keys=keys, synthetic=False)


@pytest.fixture(scope="module")
def files(row: Callable[..., dict[str, Any]]) -> Files:
    return Files(row)


@pytest.fixture(scope="module")
def live(files: Files) -> Iterator[LiveBill]:
    made = LiveBill(files.read)
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(live: LiveBill) -> Iterator[TestClient]:
    with TestClient(create_app(live), base_url=LOCAL, follow_redirects=False) as made:
        yield made


def test_the_page_has_a_month_and_a_team_picker_and_a_reload_button(client: TestClient):
    page = client.get("/")
    assert page.status_code == 200
    assert '<option value="2026-10" selected>October 2026</option>' in page.text
    assert '<option value="vision">vision</option>' in page.text
    assert 'formaction="/reload"' in page.text
    assert "Cost report: October 2026" in page.text


def test_a_month_and_a_team_can_be_chosen(client: TestClient):
    page = client.get("/", params={"month": "2026-09", "team": "vision"}).text
    assert "Cost report: 24 Sep to 30 Sep 2026" in page, "a first month has none before it: its last week is compared"
    assert '<option value="vision" selected>' in page
    report = Report.model_validate(client.get("/api/report", params={"month": "2026-09", "team": "vision"}).json())
    assert report.headline.bill_totals.amortized == pytest.approx(150)
    assert [each.name for each in report.by_group] == ["vision"]


def test_the_newest_month_of_all_teams_is_the_first_report(client: TestClient):
    report = Report.model_validate(client.get("/api/report").json())
    assert (report.headline.current.label, report.headline.previous and report.headline.previous.label) == ("October 2026", "September 2026")
    assert report.headline.change and report.headline.change.previous == pytest.approx(186)


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"month": "2026-11"}, "use one of 2026-10, 2026-09"),
        ({"team": "nobody"}, "does not have this team"),
        ({"month": "2026-09", "team": "late"}, "no charges"),
    ],
)
def test_an_unknown_choice_is_not_found_and_the_error_says_what_there_is(client: TestClient, choice: dict[str, str], said: str):
    for path in ("/", "/api/report"):
        refused = client.get(path, params=choice)
        assert refused.status_code == 404
        assert said in refused.text
        assert not refused.headers["content-type"].startswith("text/html")


def test_another_host_name_is_refused(client: TestClient):
    for path in ("/", "/api/report", "/healthz"):
        assert client.get(path, headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/healthz", headers={"Host": "localhost:8765"}).json() == {"status": "ok"}


def test_no_other_site_may_read_frame_or_reload_it(client: TestClient, files: Files):
    page = client.get("/", headers={"Origin": "http://evil.example"})
    assert "access-control-allow-origin" not in page.headers
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe-eval" not in policy
    assert page.headers["cache-control"] == "no-store"
    reads = files.reads
    assert client.post("/reload", headers={"Origin": "http://evil.example"}).status_code == 403
    assert client.post("/reload", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert files.reads == reads


def test_text_of_the_bill_can_not_run_on_the_live_page(client: TestClient):
    page = client.get("/").text
    assert HOSTILE not in page
    assert "&lt;/script&gt;" in page


def test_reload_reads_the_bill_again_and_keeps_the_choice(client: TestClient, files: Files):
    before = client.get("/api/report").json()["headline"]["totals"]["amortized"]
    answer = client.post("/reload", data={"month": "2026-09", "team": "vision", "x": "y"}, headers={"Origin": LOCAL})
    assert (answer.status_code, answer.headers["location"]) == (303, "/?month=2026-09&team=vision")
    assert client.get("/api/report").json()["headline"]["totals"]["amortized"] == pytest.approx(before + 100)


def test_a_bill_that_can_not_be_read_again_leaves_the_page_as_it_was(client: TestClient, files: Files):
    before = client.get("/api/report").json()
    files.error = True
    failed = client.post("/reload", headers={"Origin": LOCAL})
    files.error = False
    assert failed.status_code == 422
    assert "ends inside a quoted value" in failed.text
    assert client.get("/api/report").json() == before


def test_an_oversized_form_is_not_read(client: TestClient):
    assert client.post("/reload", content=b"month=2026-09&team=" + b"x" * 100_000).headers["location"] == "/"


def test_requests_at_once_get_whole_answers(client: TestClient, live: LiveBill):
    live._reports.clear()
    choices = [{"month": "2026-09", "team": "vision"}, {"month": "2026-10"}] * 4
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda choice: client.get("/api/report", params=choice), choices))
    assert {each.status_code for each in found} == {200}
    assert [len(each.json()["by_group"]) for each in found] == [1, 3] * 4
    assert len(live._reports) == 2


def test_there_is_nothing_else(client: TestClient):
    assert {client.get(path).status_code for path in ("/docs", "/openapi.json", "/redoc", "/../etc/passwd")} == {404}


def test_a_port_that_is_taken_is_bad_input():
    listening = bound(0)
    port = listening.getsockname()[1]
    assert url_of(listening) == f"http://127.0.0.1:{port}/"
    with pytest.raises(InputError, match="the port can't be used"):
        bound(port)
    listening.close()
