"""Tests of cost.bill.merge_sql: what is merged, what is kept apart, and how account ids and tags are read from parquet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cost.bill import read_bill
from cost.bill.cur_columns import CUR_COLUMNS
from cost.bill.model import Bill
from plinth.errors import InputError

Parquet = Callable[..., Path]
SNAKE = {column.legacy: column.name for column in CUR_COLUMNS}
AMOUNTS = ("line_item_unblended_cost", "line_item_usage_amount", "pricing_public_on_demand_cost")


@pytest.fixture
def parquet(kit: SimpleNamespace, tmp_path: Path) -> Parquet:
    """Lines, each over the plain one, as a parquet with lower-snake names; `columns` are put as they are."""

    def write(lines: Sequence[Mapping[str, Any]], columns: Mapping[str, pa.Array], name: str = "bill.parquet") -> Path:
        base = {SNAKE[name]: value for name, value in kit.BASE.items()}
        filled = [base | {"identity_line_item_id": f"{name}-{number}"} | dict(line) for number, line in enumerate(lines)]
        made = {column: pa.array([line.get(column) for line in filled], pa.string()) for column in dict.fromkeys(key for line in filled for key in line)}
        made |= {column: values.cast(pa.float64()) for column, values in made.items() if column in AMOUNTS} | dict(columns)
        pq.write_table(pa.table(made), tmp_path / name)
        return tmp_path / name

    return write


def rows(bill: Bill, *columns: str) -> list[dict[str, Any]]:
    with closing(bill.engine):
        return bill.engine.rows(bill.charges.order_by(*columns[:1]).select(*columns))


def maps(*entries: Mapping[str, str] | None) -> pa.Array:
    return pa.array([None if each is None else list(each.items()) for each in entries], pa.map_(pa.string(), pa.string()))


def test_whole_number_accounts_get_their_zeros_and_a_tag_of_resource_tags_wins_over_tags(parquet: Parquet):
    columns = {
        "line_item_usage_account_id": pa.array([2, 2], pa.int64()),
        "bill_payer_account_id": pa.array([1, 1], pa.int32()),
        "resource_tags": maps({"user_team": "vision"}, {}),
        "tags": maps({"resourceTags/user:team": "language"}, {"resourceTags/user:team": "language"}),
    }
    bill = read_bill([parquet([{"line_item_unblended_cost": "1"}, {"line_item_unblended_cost": "2"}], columns)])
    assert rows(bill, "BilledCost", "SubAccountId", "BillingAccountId", "Tags") == [
        {"BilledCost": 1, "SubAccountId": "000000000002", "BillingAccountId": "000000000001", "Tags": {"team": "vision"}},
        {"BilledCost": 2, "SubAccountId": "000000000002", "BillingAccountId": "000000000001", "Tags": {"team": "language"}},
    ]


def test_floating_point_accounts_and_columns_that_differ_in_case_only_are_refused(parquet: Parquet):
    floating = parquet([{}], {"line_item_usage_account_id": pa.array([2.0])})
    with pytest.raises(InputError, match="account ids are floating point numbers") as caught:
        read_bill([floating])
    assert caught.value.where == f"{floating}, column line_item_usage_account_id"
    twice = parquet([{}], {"resource_tags_user_team": pa.array(["a"]), "resource_tags_user_Team": pa.array(["b"])})
    with pytest.raises(InputError, match="two columns of one name, but for case") as caught:
        read_bill([twice])
    assert "team" in str(caught.value.value).lower()


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_usage_of_a_day_is_merged_and_fees_of_a_commitment_are_not(kit: SimpleNamespace, parquet: Parquet, tmp_path: Path, kind: str):
    reserved = {"lineItem/LineItemType": "RIFee", "reservation/ReservationARN": kit.RESERVATION, "lineItem/ResourceId": "r"}
    plan = {"lineItem/LineItemType": "SavingsPlanRecurringFee", "savingsPlan/SavingsPlanARN": kit.PLAN, "lineItem/ResourceId": "s"}
    lines = [each for each in ({"lineItem/ResourceId": "i"}, reserved, plan) for _ in range(2)]
    snake = [{SNAKE[name]: value for name, value in line.items()} for line in lines]
    path = kit.write(tmp_path / "a.csv", lines) if kind == "csv" else parquet(snake, {})
    found = rows(read_bill([path]), "ResourceId", "x_lines", "x_unblended_cost")
    assert [tuple(row.values()) for row in found] == [("i", 2, Decimal(2)), ("r", 1, 1), ("r", 1, 1), ("s", 1, 1), ("s", 1, 1)]
