"""Zips, as the legacy CUR delivers them: members that are bills are unpacked, within stated limits, under names of our own."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from cost.bill.sources.model import Role, count, role_of
from plinth.errors import InputError

MAX_MEMBERS: Final = 1_000
MAX_UNPACKED_BYTES: Final = 64 * 1024**3
MAX_RATIO: Final = 200
"""Deflate reaches 1,032:1 on one repeated byte; a bill's text about 10 to 40:1."""
RATIO_FREE_BYTES: Final = 256 * 1024**2
"""Below this, no ratio is a danger."""


def unpack(path: Path, name: str, folder: Path) -> tuple[list[tuple[str, Path]], list[str]]:
    """The zip's bills as (member's name, local file), and its other members' names. Raises InputError for a hostile or damaged zip."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            _check(members, path.stat().st_size, name, folder)
            bills = [member for member in members if _role(member) is Role.DATA]
            other = [member.filename for member in members if _role(member) is Role.OTHER]
            unpacked = [(member.filename, _extract(archive, member, folder / f"{index:04d}{_suffix(member)}")) for index, member in enumerate(bills)]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise InputError("the zip is damaged or packed in a way that can't be read", where=name, value=str(error), fix="copy it again, whole") from error
    if not unpacked:
        raise InputError("the zip holds no bill", where=name, value=[member.filename for member in members], fix="give a zip of csv files")
    return unpacked, other


def _role(member: zipfile.ZipInfo) -> Role:
    parts = PurePosixPath(member.filename).parts
    return Role.STATUS if "__MACOSX" in parts else role_of(parts)


def _suffix(member: zipfile.ZipInfo) -> str:
    lower = member.filename.lower()
    return ".csv.gz" if lower.endswith(".gz") else PurePosixPath(lower).suffix


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> Path:
    with archive.open(member) as packed, target.open("wb") as file:
        shutil.copyfileobj(packed, file, 1024 * 1024)
    return target


def _check(members: Sequence[zipfile.ZipInfo], packed: int, name: str, folder: Path) -> None:
    """Raise InputError for a zip that is too much, or whose members are not plain files of a bill."""
    total = sum(member.file_size for member in members)
    limits = (
        (len(members) > MAX_MEMBERS, f"{count(len(members), 'member')}, over the limit of {MAX_MEMBERS:,}"),
        (total > MAX_UNPACKED_BYTES, f"{total:,} bytes unpacked, over the limit of {MAX_UNPACKED_BYTES:,}"),
        (total > RATIO_FREE_BYTES and total > MAX_RATIO * packed, f"{total:,} bytes out of {packed:,}, over the limit of {MAX_RATIO}:1"),
        (total > (free := shutil.disk_usage(folder).free), f"{total:,} bytes unpacked, and {free:,} are free in {folder}"),
    )
    for broken, value in limits:
        if broken:
            raise InputError("the zip unpacks to more than is safe", where=name, value=value, fix="unpack it yourself and give the csv files")
    for member in members:
        if problem := _problem(member):
            raise InputError(f"the zip {problem}", where=name, value=member.filename, fix="unpack it yourself and give the csv files")


def _problem(member: zipfile.ZipInfo) -> str | None:
    """Why this member forbids reading the zip, or None."""
    parts = member.filename.replace("\\", "/").split("/")
    if member.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        return "has a member that would be written outside its folder"
    if member.flag_bits & 0x1:
        return "is encrypted"
    if member.filename.lower().endswith(".zip"):
        return "holds another zip"
    if _role(member) is Role.MANIFEST:
        return "holds a whole delivery with its manifest"
    return None
