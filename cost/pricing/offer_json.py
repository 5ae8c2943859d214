"""JSON offer files of any size, read one product at a time: AWS's EC2 file is several GB and holds all in one object."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import IO, Any, Final

from cost.pricing.products import ON_DEMAND, Offer, Product, Wanted, day_of, product_of
from plinth.errors import InputError

CHUNK: Final = 1 << 20
MAX_VALUE: Final = 64 << 20
"""The longest value below a product or term that is read whole; AWS's are a few KB."""


def read_json_offer(name: str, file: IO[str], wanted: Wanted) -> Iterator[Product]:
    """The wanted products of an offer file, or of the answers of `aws pricing get-products`.

    Raises InputError where the text is no offer file, ends early, or has its terms before its products.
    """
    stream = _Stream(name, file)
    head: dict[str, str] = {}
    described: dict[str, Mapping[str, Any]] = {}
    known = False
    for key in stream.members():
        if key == "products":
            known = True
            described = _products(stream, wanted, head.get("offerCode", ""))
        elif key == "terms" and not known:
            raise InputError("the price list has its terms before its products", where=name, fix="download the file again, or its csv form")
        elif key == "terms":
            yield from _priced(stream, _offer(name, head), described)
        elif key == "PriceList":
            known = True
            yield from _listed(stream, wanted)
        elif key in ("offerCode", "version", "publicationDate"):
            head[key] = str(stream.value())
        else:
            stream.skip()
    if not known:
        raise InputError("the file is no price list of AWS", where=name, fix="give an offer file, or what aws pricing get-products printed")


def product_of_item(name: str, item: Mapping[str, Any], *, wanted: Wanted) -> Product | None:
    """The product of one item of a GetProducts answer, where it is wanted and has an on-demand price in USD."""
    described = item.get("product", {})
    service_code = str(item.get("serviceCode") or described.get("attributes", {}).get("servicecode", ""))
    if not _is_wanted(wanted, service_code, described):
        return None
    published = day_of(name, str(item.get("publicationDate", "")))
    offer = Offer(service_code, str(item.get("version", "")), published)
    return product_of(name, offer, described, item.get("terms", {}).get(ON_DEMAND, {}))


def _offer(name: str, head: Mapping[str, str]) -> Offer:
    return Offer(head.get("offerCode", ""), head.get("version", ""), day_of(name, head.get("publicationDate", "")))


def _products(stream: _Stream, wanted: Wanted, service_code: str) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for sku in stream.members():
        described = stream.mapping()
        if _is_wanted(wanted, service_code, described):
            found[sku] = described
    return found


def _priced(stream: _Stream, offer: Offer, described: Mapping[str, Mapping[str, Any]]) -> Iterator[Product]:
    for term_type in stream.members():
        if term_type != ON_DEMAND:
            stream.skip()
            continue
        for sku in stream.members():
            terms = stream.mapping()
            product = product_of(f"{stream.name}, {sku}", offer, described[sku], terms) if sku in described else None
            if product is not None:
                yield product


def _listed(stream: _Stream, wanted: Wanted) -> Iterator[Product]:
    for item in stream.elements():
        try:
            value = json.loads(item) if isinstance(item, str) else item
        except (json.JSONDecodeError, RecursionError):
            value = None
        if not isinstance(value, Mapping):
            raise InputError("an item of the price list is no JSON object", where=stream.name, value=str(item)[:40], fix="save the answer again")
        product = product_of_item(stream.name, value, wanted=wanted)
        if product is not None:
            yield product


def _is_wanted(wanted: Wanted, service_code: str, described: Mapping[str, Any]) -> bool:
    attributes = described.get("attributes", {})
    code = service_code or str(attributes.get("servicecode", ""))
    return isinstance(attributes, Mapping) and wanted(code, str(attributes.get("usagetype", "")), str(attributes.get("operation", "")))


class _Stream:
    """A JSON text read from the front: members and elements are walked, values decoded one at a time, memory stays at a chunk and a value."""

    def __init__(self, name: str, file: IO[str]):
        self.name = name
        self._file, self._text, self._at, self._ended = file, "", 0, False
        self._decoder = json.JSONDecoder()

    def members(self) -> Iterator[str]:
        """The keys of the object that stands here; the caller takes each key's value before the next."""
        self._take("{")
        if self._peek() == "}":
            self._at += 1
            return
        while True:
            key = self.value()
            if not isinstance(key, str):
                raise self._damaged()
            self._take(":")
            yield key
            if self._take(",}") == "}":
                return

    def elements(self) -> Iterator[Any]:
        """The values of the array that stands here."""
        self._take("[")
        if self._peek() == "]":
            self._at += 1
            return
        while True:
            yield self.value()
            if self._take(",]") == "]":
                return

    def mapping(self) -> Mapping[str, Any]:
        """The value that stands here, which is an object."""
        value = self.value()
        if not isinstance(value, dict):
            raise self._damaged()
        return value

    def value(self) -> Any:
        """The value that stands here, whole."""
        self._peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except RecursionError:
                raise self._damaged() from None
            except json.JSONDecodeError:
                if self._ended or len(self._text) - self._at > MAX_VALUE:
                    raise self._damaged() from None
                self._fill()
                continue
            if end == len(self._text) and not self._ended:
                self._fill()
                continue
            self._at = end
            return value

    def skip(self) -> None:
        """Pass over the value that stands here; an object is passed member by member."""
        if self._peek() != "{":
            self.value()
            return
        for _ in self.members():
            self.value()

    def _peek(self) -> str:
        while True:
            while self._at < len(self._text):
                if not self._text[self._at].isspace():
                    return self._text[self._at]
                self._at += 1
            if self._ended:
                raise self._damaged()
            self._fill()

    def _take(self, expected: str) -> str:
        found = self._peek()
        if found not in expected:
            raise self._damaged()
        self._at += 1
        return found

    def _fill(self) -> None:
        rest = self._text[self._at :]
        more = self._file.read(max(CHUNK, len(rest)))
        self._ended = not more
        self._text, self._at = rest + more, 0

    def _damaged(self) -> InputError:
        what = "the price list ends early" if self._ended and self._at >= len(self._text) else "the price list is not JSON as AWS writes it"
        return InputError(what, where=self.name, value=self._text[self._at : self._at + 40], fix="download the file again")
