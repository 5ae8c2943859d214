from __future__ import annotations

import pytest

from plinth.stack import UNKNOWN

TABLE = "aws:dynamodb/table:Table"
TARGET = "aws:appautoscaling/target:Target"


def limits(resource_id):
    dimension = "dynamodb:table:WriteCapacityUnits"
    return {"minCapacity": 1, "maxCapacity": 90, "resourceId": resource_id, "scalableDimension": dimension, "serviceNamespace": "dynamodb"}


@pytest.mark.parametrize("others", [0, 50])
def test_a_property_that_is_unknown_is_found_by_what_it_depends_on(priced, resource, line, others):
    table = resource(TABLE, "features", {"hashKey": "id", "readCapacity": 5, "writeCapacity": 5})
    target = resource(TARGET, "writes", limits(UNKNOWN), property_dependencies={"resourceId": (table.urn,)})
    unrelated = [resource(TARGET, f"other-{n}", limits(f"table/other-{n}")) for n in range(others)]
    assert line(priced(table, target, *unrelated), "provisioned write capacity unit").quantity.max == pytest.approx(90 * 730)


def test_a_property_that_depends_on_another_resource_is_not_taken(priced, resource, line):
    table = resource(TABLE, "features", {"name": "features", "hashKey": "id", "readCapacity": 5, "writeCapacity": 5})
    other = resource(TABLE, "other", {"hashKey": "id", "readCapacity": 5, "writeCapacity": 5})
    target = resource(TARGET, "writes", limits(UNKNOWN), property_dependencies={"resourceId": (other.urn,)})
    assert line(priced(table, other, target), "provisioned write capacity unit").quantity.max == pytest.approx(5 * 730)
